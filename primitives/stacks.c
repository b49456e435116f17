/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks: taken with libunwind, told once each. */
#include "primitives/stacks.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "libtrace/recording.h"
#include "primitives/modules.h"
#include "primitives/wrap.h"

/* Our own frames between the unwinder and the wrapper's caller, at most. */
#define OWN_FRAMES_MAX 8

static int (*unwind)(void **frames, int size);
static unsigned frames_max;
static atomic_bool has_threads;

/*
 * Ids that were told, mixed with the process id, so that a forked child need
 * not clear the table. 0 is free. A full table tells again and again.
 */
#define TOLD_SIZE (1U << 16)
#define TOLD_PROBES 16
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

/* Finalizer of MurmurHash3 (A. Appleby, public domain): each bit of the input moves half the output. */
static uint64_t mix(uint64_t key)
{
	key = (key ^ key >> 33) * 0xff51afd7ed558ccd;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53;
	return key ^ key >> 33;
}

/* True for the first caller with this id in this process. */
static bool told_claim(uint64_t id)
{
	uint64_t key = mix(id ^ (uint64_t)wrap_pid());

	for (unsigned i = 0; i < TOLD_PROBES; i++) {
		_Atomic uint64_t *slot = &told[(key + i) % TOLD_SIZE];
		uint64_t seen = atomic_load_explicit(slot, memory_order_relaxed);

		if (seen == 0 && atomic_compare_exchange_strong(slot, &seen, key))
			return true;
		if (seen == key)
			return false;
	}
	return true;
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
		id = mix(id ^ (uint64_t)frames[own + i]);
	if (id == 0)
		id = 1;
	if (told_claim(id))
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
