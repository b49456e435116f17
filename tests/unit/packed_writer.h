/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks of packed operations, as a thread would write them. */
#ifndef TESTS_UNIT_PACKED_WRITER_H
#define TESTS_UNIT_PACKED_WRITER_H

#include "libtrace/packed.h"
#include "libtrace/provider.h"

struct packed_writer {
	struct batch chunk; /* the whole of it */
	uint64_t ticks;	    /* of the latest event */
	uint32_t words[ARENA_CHUNK_WORDS + 1];
};

/* Thread `writer`, of the ids 1 and 100 + writer, begins a chunk; 2 ticks are 1 ns. */
void packed_writer_begin(struct packed_writer *chunk, uint32_t writer, uint32_t sequence,
			 uint64_t ticks);

/* In a new slot where object is below 16, else in none. One of a mutex takes five words then. */
void packed_writer_event(struct packed_writer *chunk, uint64_t ticks, enum event_type type,
			 uint64_t object);

/* Any word. */
void packed_writer_word(struct packed_writer *chunk, uint32_t word);

/* Words from begin to end of it. */
struct batch packed_writer_part(const struct packed_writer *chunk, uint32_t begin, uint32_t end,
				bool is_last);

/* All of it. */
struct batch packed_writer_whole(const struct packed_writer *chunk, bool is_last);

/* The names of all types of this build, as a layout has them. Static. */
const char *packed_writer_names(void);

#endif
