/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks: taken with libunwind, told once each. */
#include "primitives/stacks.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "libtrace/recording.h"
#include "primitives/modules.h"
#include "primitives/told.h"
#include "primitives/wrap.h"

/* Our own frames between the unwinder and the wrapper's caller, at most. */
#define OWN_FRAMES_MAX 8

static int (*unwind)(void **frames, int size);
static unsigned frames_max;
static atomic_bool has_threads;

/* Ids mixed with the process id, so that a forked child need not clear the set. */
#define TOLD_SIZE (1U << 16)
static _Atomic uint64_t told[TOLD_SIZE];

void stacks_load(void)
{
	const char *given = getenv(RECORDING_STACKS_VARIABLE);
	unsigned long wanted = given ? strtoul(given, NULL, 10) : RECORDING_STACK_FRAMES;
	void *frame;

	if (wanted == 0)
		return;
	void *handle = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return;
	*(void **)&unwind = dlsym(handle, "unw_backtrace");
	frames_max = wanted < RECORDING_STACK_FRAMES_MAX ? wanted : RECORDING_STACK_FRAMES_MAX;
	if (unwind)
		unwind(&frame, 1);
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
	void *frames[RECORDING_STACK_FRAMES_MAX + OWN_FRAMES_MAX];
	unsigned own = 0;

	if (!unwind)
		return 0;
	int taken = unwind(frames, (int)(frames_max + OWN_FRAMES_MAX));
	unsigned count = taken > 0 ? (unsigned)taken : 0;
	while (own < count && own < OWN_FRAMES_MAX && (uint64_t)frames[own] != site)
		own++;
	if (own == count || own == OWN_FRAMES_MAX)
		return 0;
	count -= own;
	if (count > frames_max)
		count = frames_max;

	uint64_t id = count;
	for (unsigned i = 0; i < count; i++)
		id = told_mix(id ^ (uint64_t)frames[own + i]);
	if (id == 0)
		id = 1;
	if (told_claim(told, TOLD_SIZE, told_mix(id ^ (uint64_t)wrap_pid())))
		stack_emit(id, (const uint64_t *)&frames[own], count);
	return id;
}

void stacks_note_thread(void)
{
	atomic_store_explicit(&has_threads, true, memory_order_relaxed);
}

void stacks_after_fork(void)
{
	if (atomic_load_explicit(&has_threads, memory_order_relaxed))
		unwind = NULL;
}
