/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks, told once each. */
#include "primitives/stacks.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "primitives/modules.h"
#include "primitives/told.h"
#include "primitives/unwind.h"
#include "primitives/wrap.h"

static unsigned frames_max;
static bool are_on_all;

/* Ids mixed with the process id, so that a forked child need not clear the set. */
#define TOLD_SIZE (1U << 16)
static _Atomic uint64_t told[TOLD_SIZE];

void stacks_load(unsigned frames, bool is_all)
{
	unwind_load();
	frames_max = frames < RECORDING_STACK_FRAMES_MAX ? frames : RECORDING_STACK_FRAMES_MAX;
	are_on_all = is_all;
}

void stacks_load_wanted(void)
{
	const char *given = getenv(RECORDING_STACKS_VARIABLE);
	char *rest = NULL;
	unsigned long frames = given ? strtoul(given, &rest, 10) : RECORDING_STACK_FRAMES;

	stacks_load((unsigned)frames, rest && strcmp(rest, RECORDING_STACKS_ALL) == 0);
}

bool stacks_are_on(bool has_one)
{
	return has_one || are_on_all;
}

static void stack_emit(uint64_t id, const uint64_t *frames, unsigned count)
{
	struct event event = {
		.type = EVENT_process_stack,
		.object = id,
		.frames = frames,
		.frame_count = count,
	};

	for (unsigned i = 0; i < count; i++)
		modules_note(frames[i]);
	wrap_write(&event);
}

uint64_t stacks_take(uint64_t site, struct stacks_walk *walk)
{
	struct unwind_stack stack = { wrap_thread.frames.low, wrap_thread.frames.high };
	unsigned own = 0;

	if (!frames_max)
		return 0;
	unsigned count = unwind(walk->frames, walk->places, frames_max + STACKS_OWN_FRAMES, stack);
	while (own < count && own < STACKS_OWN_FRAMES && walk->frames[own] != site)
		own++;
	if (own == count || own == STACKS_OWN_FRAMES)
		return 0;
	walk->first = own;
	walk->count = count - own < frames_max ? count - own : frames_max;

	uint64_t id = walk->count;
	for (unsigned i = 0; i < walk->count; i++)
		id = told_mix(id ^ walk->frames[own + i]);
	if (id == 0)
		id = 1;
	if (told_claim(told, TOLD_SIZE, told_mix(id ^ (uint64_t)wrap_pid())))
		stack_emit(id, &walk->frames[own], walk->count);
	return id;
}
