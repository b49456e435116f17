/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What moves in COMMAND's family, as the buffers of the recording and /proc show it. */
#include "analyzer/movement.h"

#include "analyzer/clock.h"
#include "analyzer/family.h"
#include "libtrace/event.h"
#include "libtrace/waits.h"

/* Order matters, and each bit of what is added. */
static uint64_t mix(uint64_t sum, uint64_t value)
{
	sum = (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

static uint64_t mix_counts(uint64_t sum, const struct arena_counts *counts)
{
	uint32_t tail = atomic_load_explicit(&counts->tail, memory_order_relaxed);

	for (uint32_t i = 0; i < tail && i < ARENA_COUNTS_MAX; i++)
		sum += *(const volatile uint32_t *)&counts->list[i].count;
	return sum;
}

static uint64_t mix_chunk(uint64_t sum, struct arena *arena, uint32_t number, uint64_t owner)
{
	const struct chunk *chunk = arena_chunk(arena, number);

	sum = mix(sum, owner);
	if (arena_owner_state(owner) == ARENA_FREE)
		return sum;
	sum = mix(sum, atomic_load_explicit(&chunk->tail, memory_order_relaxed));
	return arena_owner_state(owner) == ARENA_COUNTS
		       ? mix_counts(sum, arena_counts(arena, number))
		       : sum;
}

/* Taking a chunk moves nothing forth by itself, but only a thread that has something to tell does so. */
static uint64_t see_chunks(struct arena *arena)
{
	uint32_t allocated = atomic_load(&arena->allocated);
	uint64_t sum = mix(0, atomic_load(&arena->writers));

	for (uint32_t i = 0; i < allocated && i < ARENA_CHUNK_COUNT; i++)
		sum = mix_chunk(sum, arena, i,
				atomic_load_explicit(&arena->owners[i], memory_order_relaxed));
	return sum;
}

/* Input, output and sleep end by what is outside of the program, or by time. */
static bool is_endless(const struct waits_seen *seen)
{
	enum event_operation operation = event_info(seen->type)->operation;

	return !seen->is_timed && operation != OPERATION_IO_BEGIN &&
	       operation != OPERATION_SLEEP_BEGIN;
}

static uint64_t see_waits(uint64_t sum, const struct waits *waits, unsigned *waiting)
{
	struct waits_seen seen;

	for (uint32_t entry = 0; waits_next(waits, &entry, &seen);) {
		sum = mix(mix(sum, entry), seen.version);
		*waiting += is_endless(&seen);
	}
	return sum;
}

/* Or one that waits for a disk: it has not come to what it is about to do. */
static bool has_running_thread(pid_t pid)
{
	cleanup_closedir DIR *threads = processes_threads(pid);
	struct process thread;

	for (pid_t tid; (tid = processes_next(threads)) > 0;)
		if (processes_get_thread(pid, tid, &thread) == 0 && strchr("RD", thread.state))
			return true;
	return false;
}

static uint64_t see_family(uint64_t sum, const pid_t *except, struct stall_sample *sample)
{
	struct processes family;
	uint64_t ticks = 0;

	if (family_read(except, &family) < 0)
		return sum;
	for (size_t i = 0; i < family.count; i++) {
		const struct process *process = &family.list[i];

		sum = mix(mix(sum, (uint64_t)process->pid), process->start_time);
		ticks += process->cpu_ticks;
		sample->is_running |= has_running_thread(process->pid);
	}
	processes_done(&family);
	sample->cpu_ns = (int64_t)(ticks * (uint64_t)SECOND_NS / (uint64_t)sysconf(_SC_CLK_TCK));
	return sum;
}

void movement_see(struct arena *arena, const pid_t *except, struct stall_sample *sample)
{
	*sample = (struct stall_sample){ 0 };
	uint64_t sum = see_waits(see_chunks(arena), arena_waits(arena), &sample->waiting);
	/* Where nobody waits there is no stall, whatever moves. */
	sample->movement = sample->waiting ? see_family(sum, except, sample) : sum;
}
