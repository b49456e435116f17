/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzzing of packed operations: no words crash packed_read(), pieces of them give the same as the
 * whole, and what was read is the same when it is written and read again.
 *
 *	clang -fsanitize=fuzzer,address,undefined -std=gnu11 -D_GNU_SOURCE -I. -o fuzz-packed \
 *		tests/fuzz/packed.c libtrace/packed.c libtrace/packed_read.c libtrace/event.c
 *	./fuzz-packed -max_total_time=60
 */
#include <stdlib.h>
#include <string.h>

#include "libtrace/packed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One more than there are: with a number that means nothing. */
static int types[EVENT_COUNT + 1];

/* What one reading came to. */
struct reading {
	uint64_t sum;
	size_t words;
	enum packed_found found; /* END or DAMAGE */
};

static void add(struct reading *reading, uint64_t number)
{
	reading->sum = (reading->sum ^ number) * UINT64_C(0x100000001b3);
}

static void add_text(struct reading *reading, const char *text)
{
	for (const char *at = text ? text : ""; *at; at++)
		add(reading, (unsigned char)*at);
	add(reading, text != NULL);
}

static void add_event(struct reading *reading, const struct event *event)
{
	add(reading, event->type);
	add(reading, event->site);
	add(reading, event->object);
	add(reading, event->other);
	add(reading, (uint64_t)event->value);
	add(reading, event->stack);
	add_text(reading, event->text);
	add_text(reading, event->build_id);
	add(reading, event->frame_count);
	for (size_t i = 0; i < event->frame_count; i++)
		add(reading, event->frames[i]);
}

static struct packed_reader *reader_new(void)
{
	struct packed_reader *reader = packed_reader_new(types, EVENT_COUNT + 1);

	if (!reader)
		abort();
	packed_reader_begin(reader, 0);
	return reader;
}

/* Written and read again, in memory that has room for no word more. */
static void check_round_trip(const struct event *event)
{
	struct packed_reader *reader = reader_new();
	size_t size = packed_size(event);
	uint32_t *words = malloc(size * sizeof(*words));
	const uint32_t *at = words;
	struct reading once = { 0 }, again = { 0 };
	struct event *back;
	uint64_t ticks;

	if (!words || size > PACKED_EVENT_WORDS_MAX - 2 ||
	    packed_put_event(words, 9, event) != size)
		abort();
	if (packed_read(reader, &at, words + size, &back, &ticks) != PACKED_FOUND_EVENT)
		abort();
	add_event(&once, event);
	add_event(&again, back);
	if (once.sum != again.sum || ticks != 9 || at != words + size)
		abort();
	free(words);
	packed_reader_free(reader);
}

/* Read as far as there are words, and add up what is found. */
static void read_some(struct packed_reader *reader, const uint32_t *words, size_t count,
		      struct reading *reading, bool is_first)
{
	const uint32_t *at = words;
	struct event *event;
	uint64_t ticks;

	for (;;) {
		enum packed_found found = packed_read(reader, &at, words + count, &event, &ticks);

		if (at > words + count)
			abort();
		reading->found = found;
		if (found == PACKED_FOUND_END || found == PACKED_FOUND_DAMAGE)
			break;
		add(reading, (uint64_t)found);
		add(reading, ticks);
		if (found == PACKED_FOUND_EVENT)
			add_event(reading, event);
		if (found == PACKED_FOUND_EVENT && is_first)
			check_round_trip(event);
		if (found == PACKED_FOUND_LOST)
			add(reading, (uint64_t)event->value);
	}
	reading->words += (size_t)(at - words);
}

/* step: how many words more there are each time. */
static struct reading read_in_steps(const uint32_t *words, size_t count, size_t step)
{
	struct packed_reader *reader = reader_new();
	struct reading reading = { .found = PACKED_FOUND_END };

	for (size_t known = 0; known < count && reading.found != PACKED_FOUND_DAMAGE;) {
		known = known + step < count ? known + step : count;
		size_t length = known - reading.words;
		uint32_t *piece = malloc(length * sizeof(*piece));

		if (!piece)
			abort();
		memcpy(piece, words + reading.words, length * sizeof(*piece));
		read_some(reader, piece, length, &reading, step >= count);
		free(piece);
	}
	packed_reader_free(reader);
	return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = size / sizeof(uint32_t);
	size_t rest = size % sizeof(uint32_t);
	uint32_t *words = malloc(size + 1);

	if (!words)
		abort();
	memcpy(words, data + rest, count * sizeof(*words));
	for (int i = 0; i < EVENT_COUNT; i++)
		types[i] = i;
	types[EVENT_COUNT] = -1;
	struct reading whole = read_in_steps(words, count, count);
	struct reading steps = read_in_steps(words, count, 1 + 2 * rest);
	if (whole.sum != steps.sum || whole.words != steps.words || whole.found != steps.found)
		abort();
	free(words);
	return 0;
}
