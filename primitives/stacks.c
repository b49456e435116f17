/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks, told once each. */
#include "primitives/stacks.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "libtrace/recording.h"
#include "primitives/modules.h"
#include "primitives/told.h"
#include "primitives/unwind.h"
#include "primitives/wrap.h"

/* Our own frames between the unwinder and the wrapper's caller, at most. */
#define OWN_FRAMES_MAX 8

static unsigned frames_max;

/* Ids mixed with the process id, so that a forked child need not clear the set. */
#define TOLD_SIZE (1U << 16)
static _Atomic uint64_t told[TOLD_SIZE];

void stacks_load(void)
{
	const char *given = getenv(RECORDING_STACKS_VARIABLE);
	unsigned long wanted = given ? strtoul(given, NULL, 10) : RECORDING_STACK_FRAMES;

	unwind_load();
	frames_max = wanted < RECORDING_STACK_FRAMES_MAX ? wanted : RECORDING_STACK_FRAMES_MAX;
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

uint64_t stacks_take(uint64_t site)
{
	uint64_t frames[RECORDING_STACK_FRAMES_MAX + OWN_FRAMES_MAX];
	struct unwind_stack stack = { wrap_thread.frames.low, wrap_thread.frames.high };
	unsigned own = 0;

	if (!frames_max)
		return 0;
	unsigned count = unwind(frames, frames_max + OWN_FRAMES_MAX, stack);
	while (own < count && own < OWN_FRAMES_MAX && frames[own] != site)
		own++;
	if (own == count || own == OWN_FRAMES_MAX)
		return 0;
	count -= own;
	if (count > frames_max)
		count = frames_max;

	uint64_t id = count;
	for (unsigned i = 0; i < count; i++)
		id = told_mix(id ^ frames[own + i]);
	if (id == 0)
		id = 1;
	if (told_claim(told, TOLD_SIZE, told_mix(id ^ (uint64_t)wrap_pid())))
		stack_emit(id, &frames[own], count);
	return id;
}
