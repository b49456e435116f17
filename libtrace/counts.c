/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks of counts, read by the collector. */
#include "libtrace/counts.h"

#include "libtrace/packed.h"

static struct event event_of(const struct arena_count *count)
{
	return (struct event){
		.type = (enum event_type)count->type,
		.object = count->object,
		.site = count->site,
		.stack = count->stack,
		.other = __atomic_load_n(&count->count, __ATOMIC_RELAXED),
		.value = -1,
	};
}

/* From the count of the cursor on, as far as there is room. Returns how many words. */
static uint32_t put(const struct arena_counts *counts, struct counts_cursor *cursor,
		    uint32_t *words, uint64_t *events)
{
	uint32_t tail = atomic_load_explicit(&counts->tail, memory_order_acquire);
	uint32_t used = 0;

	for (; cursor->count < tail && cursor->count < ARENA_COUNTS_MAX; cursor->count++) {
		struct event event = event_of(&counts->list[cursor->count]);

		if (event.other == 0 || event.type == 0 || event.type >= EVENT_COUNT)
			continue;
		if (used + packed_size(&event) > SWEEP_BATCH_WORDS)
			return used;
		used += (uint32_t)packed_put_event(words + used, 0, &event);
		++*events;
	}
	return used;
}

/* The next chunk. */
static void go_on(struct counts_cursor *cursor)
{
	cursor->chunk++;
	cursor->count = 0;
}

static uint32_t chunk_count(const struct arena *arena)
{
	uint32_t count = atomic_load(&arena->allocated);

	return count < ARENA_CHUNK_COUNT ? count : ARENA_CHUNK_COUNT;
}

bool counts_next(struct arena *arena, struct counts_cursor *cursor, uint32_t *words,
		 struct batch *ret, uint64_t *events)
{
	for (; cursor->chunk < chunk_count(arena); go_on(cursor)) {
		const struct arena_counts *counts = arena_counts(arena, cursor->chunk);
		uint64_t owner =
			atomic_load_explicit(&arena->owners[cursor->chunk], memory_order_acquire);
		bool is_counted = arena_owner_state(owner) == ARENA_COUNTS && counts->writer;
		uint32_t used = is_counted ? put(counts, cursor, words, events) : 0;

		if (!used)
			continue;
		words[used] = 0;
		*ret = (struct batch){
			.pid = counts->pid,
			.tid = counts->tid,
			.writer = counts->writer,
			.count = used,
			.is_last = true,
			.begin = arena_now(arena->uses_tsc),
			.words = words,
		};
		return true;
	}
	return false;
}
