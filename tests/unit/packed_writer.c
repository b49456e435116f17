/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks of packed operations, as a thread would write them. */
#include "tests/unit/packed_writer.h"

#include <check.h>

void packed_writer_begin(struct packed_writer *chunk, uint32_t writer, uint32_t sequence,
			 uint64_t ticks)
{
	chunk->ticks = ticks;
	chunk->chunk = (struct batch){
		.pid = 1,
		.tid = 100 + (int32_t)writer,
		.writer = writer,
		.sequence = sequence,
		.begin = { ticks, (int64_t)(ticks / 2) },
		.words = chunk->words,
	};
}

void packed_writer_word(struct packed_writer *chunk, uint32_t word)
{
	ck_assert_uint_lt(chunk->chunk.count, ARENA_CHUNK_WORDS);
	chunk->words[chunk->chunk.count++] = word;
}

void packed_writer_event(struct packed_writer *chunk, uint64_t ticks, enum event_type type,
			 uint64_t object)
{
	const char *text = event_fields(type)->text ? "a text" : NULL;
	const struct event event = { .type = type, .object = object, .text = text };
	uint32_t delta = (uint32_t)(ticks - chunk->ticks);
	size_t advance = 0;
	uint32_t *end = chunk->words + chunk->chunk.count;
	uint32_t slot = 16 * ((uint32_t)type % 60) + (uint32_t)object % 16 + 1;
	size_t count;

	ck_assert_uint_ge(ticks, chunk->ticks);
	ck_assert_uint_lt(chunk->chunk.count + packed_size(&event) + 4, ARENA_CHUNK_WORDS);
	if (ticks - chunk->ticks > PACKED_DELTA_MAX) {
		advance = packed_put_advance(end, ticks - chunk->ticks);
		end += advance;
		delta = 0;
	}
	if (object < 16) {
		count = packed_put_define(end, slot, &event);
		end[count++] = packed_short(slot, delta);
		if (slot >= PACKED_WIDE_MIN)
			end[count++] = (uint32_t)object;
	} else {
		count = packed_put_event(end, delta, &event);
	}
	chunk->chunk.count += (uint32_t)(advance + count);
	chunk->ticks = ticks;
}

struct batch packed_writer_part(const struct packed_writer *chunk, uint32_t begin, uint32_t end,
				bool is_last)
{
	struct batch part = chunk->chunk;

	part.offset = begin;
	part.count = end - begin;
	part.words += begin;
	part.is_last = is_last;
	return part;
}

struct batch packed_writer_whole(const struct packed_writer *chunk, bool is_last)
{
	return packed_writer_part(chunk, 0, chunk->chunk.count, is_last);
}

const char *packed_writer_names(void)
{
	static char names[EVENT_COUNT * 32];
	char *at = names;

	for (int type = 0; type < EVENT_COUNT; type++)
		at += sprintf(at, "%s ", event_info((enum event_type)type)->name);
	return names;
}
