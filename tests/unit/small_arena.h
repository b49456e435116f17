/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers in memory for tests: chunks are claimed and filled by hand, and a sweep's batches kept. */
#ifndef TESTS_UNIT_SMALL_ARENA_H
#define TESTS_UNIT_SMALL_ARENA_H

#include "libtrace/sweep.h"

#define SMALL_ARENA_CHUNKS 8
#define SMALL_ARENA_INCARNATION 1
#define SMALL_ARENA_WORDS ((uint32_t)ARENA_CHUNK_WORDS)
#define SEEN_MAX 4096

/* One batch. */
struct seen {
	uint32_t writer, sequence, offset, count, first, last; /* words */
	bool is_last;
};

extern struct arena *arena;
extern struct sweep *sweep;
extern struct seen seen[SEEN_MAX];
extern size_t seen_count;
/* What the allocation of chunks says, and was asked. */
extern int allocate_code;
extern uint32_t allocated_first, allocated_count;

/* A fixture. */
void small_arena_make(void);
void small_arena_done(void);

/* Callbacks of the sweep. */
void small_arena_see(void *context, const struct batch *batch);
int small_arena_allocate(void *context, uint32_t first, uint32_t count);

uint64_t small_arena_owner(int32_t pid, uint32_t incarnation, enum arena_state state);

/* Let a chunk be this process's, in that state. */
void own(uint32_t number, enum arena_state state);
enum arena_state state_of(uint32_t number);

/* As a thread does it. */
struct chunk *fill_header(uint32_t number, uint32_t writer, uint32_t sequence);
struct chunk *claim(uint32_t number, uint32_t writer, uint32_t sequence);

/* Words of the short form, numbered from start on. */
void append(struct chunk *chunk, uint32_t start, uint32_t count);
uint32_t number_in(uint32_t word);

/* The one batch that was seen; it is forgotten for the next time. */
const struct seen *only_seen(void);

#endif
