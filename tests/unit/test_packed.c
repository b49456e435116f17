/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of packed operations: what was written is read, and whatever else comes is survived. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/packed.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

#define CHUNK_WORDS 16384
#define CHUNKS 12
#define TEXTS 24
#define FRAMES_MOST (PACKED_FRAMES_MAX + 9)
#define TYPE_UNKNOWN (EVENT_COUNT + 7)

Suite *suite_packed(void);

/* One thing that packed_read() is to find. */
struct expected {
	enum packed_found found;
	uint64_t ticks;
	struct event event; /* as it was written, with fields that its shape does not carry */
};

/* A writer, and what its chunk says. */
struct model {
	uint64_t seed;
	uint32_t words[CHUNK_WORDS];
	size_t length;
	struct expected expected[CHUNK_WORDS];
	size_t count;
	uint64_t begin, ticks;
	struct event slots[PACKED_SLOT_MAX + 1];
	uint32_t defined[PACKED_SLOT_MAX]; /* numbers of slots */
	size_t defined_count;
	char *texts[TEXTS]; /* Owned by this */
	uint64_t frames[FRAMES_MOST];
};

static int types[EVENT_COUNT];
static struct model *model;
static struct packed_reader *reader;

static uint64_t next(void)
{
	model->seed ^= model->seed << 13;
	model->seed ^= model->seed >> 7;
	model->seed ^= model->seed << 17;
	return model->seed;
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(next() >> 33) % limit;
}

static uint64_t number(void)
{
	static const uint64_t numbers[] = { 0, 0, 1, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 63 };
	uint32_t which = below(9);

	return which < 6 ? numbers[which] : next() >> below(64);
}

static char *text_of(size_t length)
{
	char *text = malloc(length + 1);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(1 + below(255));
	text[length] = '\0';
	return text;
}

static void setup(void)
{
	static const size_t lengths[] = { PACKED_TEXT_MAX - 1, PACKED_TEXT_MAX, PACKED_TEXT_MAX + 1,
					  2 * PACKED_TEXT_MAX };

	for (int type = 0; type < EVENT_COUNT; type++)
		types[type] = type;
	reader = packed_reader_new(types, EVENT_COUNT);
	model = calloc(1, sizeof(*model));
	ck_assert_ptr_nonnull(reader);
	ck_assert_ptr_nonnull(model);
	model->seed = UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < TEXTS; i++)
		model->texts[i] = text_of(i < 4 ? lengths[i] : i - 4);
	for (size_t i = 0; i < FRAMES_MOST; i++)
		model->frames[i] = next();
}

static void teardown(void)
{
	packed_reader_free(reader);
	for (size_t i = 0; i < TEXTS; i++)
		free(model->texts[i]);
	free(model);
}

/* Texts of thousands of bytes are rare: there is to be room for other events, too. */
static const char *random_text(void)
{
	uint32_t which = below(400);

	return which < TEXTS ? model->texts[which]
	       : which & 1   ? NULL
			     : model->texts[4 + which % 20];
}

static struct event random_event(void)
{
	return (struct event){
		.type = (enum event_type)(below(20) ? below(EVENT_COUNT) : TYPE_UNKNOWN),
		.pid = 1,
		.tid = 2,
		.time_ns = 3,
		.site = number(),
		.object = number(),
		.other = number(),
		.value = (int64_t)number(),
		.stack = number(),
		.text = random_text(),
		.build_id = random_text(),
		.frames = below(2) ? model->frames : NULL,
		.frame_count = below(FRAMES_MOST),
	};
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
	model->begin = model->ticks = next();
	model->length = model->count = model->defined_count = 0;
}

static void write_define(void)
{
	size_t most = below(4) ? 12 : PACKED_SLOT_MAX;
	uint32_t slot = 1 + below((uint32_t)most);
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
	uint32_t delta = below(2) ? below(100) : below(PACKED_DELTA_MAX + 1);

	if (!model->defined_count)
		return;
	uint32_t slot = model->defined[below((uint32_t)model->defined_count)];
	model->words[model->length++] = packed_short(slot, delta);
	model->ticks += delta;
	expect(found_of(&model->slots[slot]), &model->slots[slot]);
}

static void write_event(void)
{
	struct event event = random_event();
	uint32_t delta = (uint32_t)number();
	size_t size = packed_put_event(model->words + model->length, delta, &event);

	ck_assert_uint_eq(size, packed_size(&event));
	model->length += size;
	model->ticks += delta;
	expect(found_of(&event), &event);
}

static void write_advance(void)
{
	uint64_t ticks = number() & PACKED_ADVANCE_MAX;

	model->length += packed_put_advance(model->words + model->length, ticks);
	model->ticks += ticks;
}

static void write_lost(void)
{
	uint32_t count = (uint32_t)number();

	model->length += packed_put_lost(model->words + model->length, count);
	expect(PACKED_FOUND_LOST, &(struct event){ .value = count });
}

static void write_chunk(void)
{
	size_t room = below(4) ? CHUNK_WORDS : 1 + below(CHUNK_WORDS);

	chunk_begin();
	while (model->length + PACKED_EVENT_WORDS_MAX <= room) {
		uint32_t what = below(100);

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

START_TEST(what_is_written_is_read)
{
	model->seed += (uint64_t)_i << 32;
	for (int i = 0; i < CHUNKS; i++) {
		write_chunk();
		assert_chunk();
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
			known += 1 + below(_i ? 400 : 3);
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
		uint32_t word = below((uint32_t)(below(2) ? 100 : CHUNK_WORDS));

		model->words[word] ^= UINT32_C(1) << below(32);
		packed_reader_begin(reader, next());
		read_hostile(1 + below(CHUNK_WORDS));
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
			model->words[at] = below(2) ? (uint32_t)next() >> below(32)
						    : UINT32_C(0xffc00000) | below(6) << 16 |
							      (below(3) ? 0 : below(4));
		packed_reader_begin(reader, next());
		read_hostile(1 + below(64));
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
