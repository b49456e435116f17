/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of packed operations: what was written is read, and whatever else comes is survived. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/arena.h"
#include "libtrace/packed.h"
#include "tests/unit/random_event.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

#define CHUNK_WORDS 16384
#define CHUNKS 12

Suite *suite_packed(void);

/* One thing that packed_read() is to find. */
struct expected {
	enum packed_found found;
	uint64_t ticks;
	struct event event; /* as it was written, with fields that its shape does not carry */
};

/* A writer, and what its chunk says. */
struct model {
	uint32_t words[CHUNK_WORDS];
	size_t length;
	struct expected expected[CHUNK_WORDS];
	size_t count;
	uint64_t begin, ticks;
	struct event slots[PACKED_SLOT_MAX + 1];
	uint32_t defined[PACKED_SLOT_MAX]; /* numbers of slots */
	size_t defined_count;
};

static int types[EVENT_COUNT];
static struct model *model;
static struct packed_reader *reader;

static void setup(void)
{
	for (int type = 0; type < EVENT_COUNT; type++)
		types[type] = type;
	reader = packed_reader_new(types, EVENT_COUNT);
	model = calloc(1, sizeof(*model));
	ck_assert_ptr_nonnull(reader);
	ck_assert_ptr_nonnull(model);
	random_begin();
}

static void teardown(void)
{
	packed_reader_free(reader);
	random_end();
	free(model);
}

static enum packed_found found_of(const struct event *event)
{
	if ((int)event->type >= EVENT_COUNT || event_info(event->type)->is_tool_event)
		return PACKED_FOUND_UNKNOWN;
	return PACKED_FOUND_EVENT;
}

static void expect(enum packed_found found, const struct event *event)
{
	model->expected[model->count++] = (struct expected){ found, model->ticks, *event };
}

static void chunk_begin(void)
{
	model->begin = model->ticks = random_bits();
	model->length = model->count = model->defined_count = 0;
}

static void write_define(void)
{
	bool is_wide = random_below(2);
	uint32_t all = is_wide ? PACKED_SLOT_MAX - PACKED_WIDE_MIN + 1 : PACKED_WIDE_MIN - 1;
	uint32_t slot = (is_wide ? PACKED_WIDE_MIN : 1) + random_below(random_below(4) ? 12 : all);
	struct event event = random_event();
	size_t size = packed_put_define(model->words + model->length, slot, &event);
	size_t known = 0;

	ck_assert_uint_eq(size, packed_size(&event) - 1);
	model->length += size;
	model->slots[slot] = event;
	while (known < model->defined_count && model->defined[known] != slot)
		known++;
	model->defined[known] = slot;
	if (known == model->defined_count)
		model->defined_count++;
}

static void write_short(void)
{
	uint32_t delta = random_below(2) ? random_below(100) : random_below(PACKED_DELTA_MAX + 1);

	if (!model->defined_count)
		return;
	uint32_t slot = model->defined[random_below((uint32_t)model->defined_count)];
	struct event event = model->slots[slot];
	model->words[model->length++] = packed_short(slot, delta);
	if (slot >= PACKED_WIDE_MIN) {
		uint32_t lower = (uint32_t)random_number();

		model->words[model->length++] = lower;
		event.object = (event.object & ~(uint64_t)UINT32_MAX) | lower;
	}
	model->ticks += delta;
	expect(found_of(&event), &event);
}

static void write_event(void)
{
	struct event event = random_event();
	uint32_t delta = (uint32_t)random_number();
	size_t size = packed_put_event(model->words + model->length, delta, &event);

	ck_assert_uint_eq(size, packed_size(&event));
	model->length += size;
	model->ticks += delta;
	expect(found_of(&event), &event);
}

static void write_advance(void)
{
	uint64_t ticks = random_number() & PACKED_ADVANCE_MAX;

	model->length += packed_put_advance(model->words + model->length, ticks);
	model->ticks += ticks;
}

static void write_lost(void)
{
	uint32_t count = (uint32_t)random_number();

	model->length += packed_put_lost(model->words + model->length, count);
	expect(PACKED_FOUND_LOST, &(struct event){ .value = count });
}

static void write_chunk(void)
{
	size_t room = random_below(4) ? CHUNK_WORDS : 1 + random_below(CHUNK_WORDS);

	chunk_begin();
	while (model->length + PACKED_EVENT_WORDS_MAX <= room) {
		uint32_t what = random_below(100);

		if (what < 12)
			write_define();
		else if (what < 20)
			write_event();
		else if (what < 24)
			write_advance();
		else if (what < 25)
			write_lost();
		else
			write_short();
	}
}

static bool is_text(const char *got, const char *want, bool is_carried)
{
	size_t length = want ? strnlen(want, PACKED_TEXT_MAX) : 0;

	if (!is_carried || !got)
		return !is_carried && !got;
	return strlen(got) == length && (length == 0 || !memcmp(got, want, length));
}

static bool is_event(const struct event *got, const struct event *want)
{
	const struct event_fields *fields = event_fields(want->type);
	size_t frames = fields->frames && want->frames ? want->frame_count : 0;

	if (frames > PACKED_FRAMES_MAX)
		frames = PACKED_FRAMES_MAX;
	return got->type == want->type && got->site == want->site &&
	       got->object == (fields->object ? want->object : 0) &&
	       got->other == (fields->other ? want->other : 0) &&
	       got->value == (fields->value ? want->value : 0) &&
	       got->stack == (fields->stack ? want->stack : 0) &&
	       is_text(got->text, want->text, fields->text) &&
	       is_text(got->build_id, want->build_id, fields->build_id) &&
	       got->frame_count == frames &&
	       (frames == 0 || !memcmp(got->frames, want->frames, frames * sizeof(uint64_t)));
}

/*
 * What packed_read() finds up to end is what is expected from number `done` on. Check notes each
 * assertion in a file: with millions of events only what is wrong is one.
 */
static size_t assert_read(const uint32_t **at, const uint32_t *end, size_t done)
{
	enum packed_found found;
	struct event *event;
	uint64_t ticks;

	while ((found = packed_read(reader, at, end, &event, &ticks)) != PACKED_FOUND_END) {
		const struct expected *want = &model->expected[done];

		if (done++ >= model->count || found != want->found || ticks != want->ticks)
			ck_abort_msg("thing %zu: found %d", done, found);
		if (found == PACKED_FOUND_EVENT && !is_event(event, &want->event))
			ck_abort_msg("thing %zu: another event", done);
		if (found == PACKED_FOUND_LOST && event->value != want->event.value)
			ck_abort_msg("thing %zu: another count", done);
	}
	ck_assert(*at <= end);
	return done;
}

static void assert_chunk(void)
{
	const uint32_t *at = model->words;

	packed_reader_begin(reader, model->begin);
	ck_assert_uint_eq(assert_read(&at, model->words + model->length, 0), model->count);
	ck_assert_ptr_eq(at, model->words + model->length);
}

/* As the collector counts them, who does not read. */
static void assert_counted(void)
{
	uint64_t events = 0, wanted = 0;

	for (size_t i = 0; i < model->count; i++)
		wanted += model->expected[i].found != PACKED_FOUND_LOST;
	ck_assert_uint_eq(arena_count_events(model->words, model->length, &events), model->length);
	ck_assert_uint_eq(events, wanted);
}

START_TEST(what_is_written_is_read)
{
	random_skip((uint32_t)_i);
	for (int i = 0; i < CHUNKS; i++) {
		write_chunk();
		assert_chunk();
		assert_counted();
	}
}
END_TEST

/* Every piece lies in memory of its own, so that a sanitizer sees a word too many being read. */
START_TEST(pieces_give_the_same)
{
	for (int i = 0; i < (_i ? CHUNKS : 2); i++) {
		size_t known = 0, consumed = 0, done = 0;

		write_chunk();
		packed_reader_begin(reader, model->begin);
		while (known < model->length) {
			known += 1 + random_below(_i ? 400 : 3);
			if (known > model->length)
				known = model->length;
			size_t size = (known - consumed) * sizeof(uint32_t);
			uint32_t *piece = malloc(size);
			const uint32_t *at = piece;

			memcpy(piece, model->words + consumed, size);
			done = assert_read(&at, piece + (known - consumed), done);
			consumed += (size_t)(at - piece);
			free(piece);
		}
		ck_assert_uint_eq(done, model->count);
		ck_assert_uint_eq(consumed, model->length);
	}
}
END_TEST

static void read_hostile(size_t length)
{
	uint32_t *copy = malloc(length * sizeof(*copy));
	const uint32_t *at = copy, *before = NULL;
	enum packed_found found = PACKED_FOUND_EVENT;
	size_t sum = 0;
	struct event *event;
	uint64_t ticks;

	memcpy(copy, model->words, length * sizeof(*copy));
	while (found != PACKED_FOUND_END && found != PACKED_FOUND_DAMAGE) {
		before = at;
		found = packed_read(reader, &at, copy + length, &event, &ticks);
		if (found != PACKED_FOUND_EVENT)
			continue;
		const struct event_fields *fields = event_fields(event->type);
		sum += fields->text ? strlen(event->text) : 0;
		sum += fields->build_id ? strlen(event->build_id) : 0;
		for (size_t i = 0; i < event->frame_count; i++)
			sum += event->frames[i] & 1;
	}
	ck_assert(before <= at && at <= copy + length);
	ck_assert_uint_le(sum, length * (2 * PACKED_TEXT_MAX + PACKED_FRAMES_MAX));
	free(copy);
}

START_TEST(flipped_bits_do_no_harm)
{
	write_chunk();
	for (int i = 0; i < 400; i++) {
		uint32_t word = random_below((uint32_t)(random_below(2) ? 100 : CHUNK_WORDS));

		model->words[word] ^= UINT32_C(1) << random_below(32);
		packed_reader_begin(reader, random_bits());
		read_hostile(1 + random_below(CHUNK_WORDS));
		if (i % 20 == 0)
			write_chunk();
	}
}
END_TEST

/* Heads of records more often than chance has them. */
START_TEST(random_words_do_no_harm)
{
	for (int i = 0; i < 4000; i++) {
		for (size_t at = 0; at < 64; at++)
			model->words[at] =
				random_below(2) ? (uint32_t)random_bits() >> random_below(32)
						: UINT32_C(0xffc00000) | random_below(7) << 16 |
							  (random_below(3) ? 0 : random_below(4));
		packed_reader_begin(reader, random_bits());
		read_hostile(1 + random_below(64));
	}
}
END_TEST

Suite *suite_packed(void)
{
	Suite *suite = suite_create("packed");
	TCase *random = tcase_create("random");

	tcase_add_checked_fixture(random, setup, teardown);
	tcase_add_loop_test(random, what_is_written_is_read, 0, 12);
	tcase_add_loop_test(random, pieces_give_the_same, 0, 2);
	tcase_add_test(random, flipped_bits_do_no_harm);
	tcase_add_test(random, random_words_do_no_harm);
	tcase_set_timeout(random, 60);
	suite_add_tcase(suite, random);
	return suite;
}
