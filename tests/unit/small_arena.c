/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers in memory for tests: chunks are claimed and filled by hand, and a sweep's batches kept. */
#include "tests/unit/small_arena.h"

#include <check.h>
#include <sys/mman.h>

#include "libtrace/packed.h"

struct arena *arena;
struct sweep *sweep;
struct seen seen[SEEN_MAX];
size_t seen_count;
int allocate_code;
uint32_t allocated_first, allocated_count;

void small_arena_see(void *context, const struct batch *batch)
{
	(void)context;
	ck_assert_uint_le(batch->offset + batch->count, SMALL_ARENA_WORDS);
	/* There is room for one more. */
	volatile uint32_t pad = batch->words[batch->count];
	(void)pad;
	if (seen_count == SEEN_MAX)
		return;
	seen[seen_count++] = (struct seen){
		batch->writer,
		batch->sequence,
		batch->offset,
		batch->count,
		batch->count ? batch->words[0] : 0,
		batch->count ? batch->words[batch->count - 1] : 0,
		batch->is_last,
	};
}

int small_arena_allocate(void *context, uint32_t first, uint32_t count)
{
	(void)context;
	allocated_first = first;
	allocated_count = count;
	return allocate_code;
}

/* What is behind the file must not be touched. */
#define GUARD_BYTES 65536

void small_arena_make(void)
{
	char *memory = mmap(NULL, ARENA_SIZE + GUARD_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(mprotect(memory + ARENA_SIZE, GUARD_BYTES, PROT_NONE), 0);
	arena = (struct arena *)memory;
	atomic_store(&arena->allocated, SMALL_ARENA_CHUNKS);
	const struct sweep_options options = { arena, small_arena_see, small_arena_allocate, NULL };
	sweep = sweep_new(&options);
	ck_assert_ptr_nonnull(sweep);
	seen_count = 0;
	allocate_code = 0;
	allocated_count = 0;
}

void small_arena_done(void)
{
	sweep_free(sweep);
	munmap(arena, ARENA_SIZE + GUARD_BYTES);
}

uint64_t small_arena_owner(int32_t pid, uint32_t incarnation, enum arena_state state)
{
	return (uint64_t)(uint32_t)pid << 32 | (uint64_t)incarnation << 8 | state;
}

void own(uint32_t number, enum arena_state state)
{
	atomic_store(&arena->owners[number],
		     small_arena_owner(getpid(), SMALL_ARENA_INCARNATION, state));
}

enum arena_state state_of(uint32_t number)
{
	return arena_owner_state(atomic_load(&arena->owners[number]));
}

struct chunk *fill_header(uint32_t number, uint32_t writer, uint32_t sequence)
{
	struct chunk *chunk = arena_chunk(arena, number);

	__atomic_store_n(&chunk->writer, 0, __ATOMIC_RELEASE);
	atomic_thread_fence(memory_order_release);
	__atomic_store_n(&chunk->sequence, sequence, __ATOMIC_RELAXED);
	chunk->pid = chunk->tid = getpid();
	atomic_store(&chunk->tail, 0);
	__atomic_store_n(&chunk->writer, writer, __ATOMIC_RELEASE);
	return chunk;
}

struct chunk *claim(uint32_t number, uint32_t writer, uint32_t sequence)
{
	ck_assert_int_eq(state_of(number), ARENA_FREE);
	own(number, ARENA_ACTIVE);
	return fill_header(number, writer, sequence);
}

/* Words of the short form, numbered from start on. */
void append(struct chunk *chunk, uint32_t start, uint32_t count)
{
	uint32_t tail = atomic_load(&chunk->tail);

	for (uint32_t i = 0; i < count; i++)
		chunk->words[tail + i] = packed_short(1, start + i);
	atomic_store(&chunk->tail, tail + count);
}

uint32_t number_in(uint32_t word)
{
	return word & PACKED_DELTA_MAX;
}

const struct seen *only_seen(void)
{
	ck_assert_uint_eq(seen_count, 1);
	seen_count = 0;
	return &seen[0];
}
