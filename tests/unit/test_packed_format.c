/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of packed operations word by word: the example of doc/packed.md, limits, refused words. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/packed.h"

#include <check.h>

#define ESCAPE UINT32_C(0xffc00000)
#define DEFINE_1 (ESCAPE | PACKED_DEFINE << 16 | 1)
#define WIDE_513 (ESCAPE | PACKED_WIDE << 16 | 513)
#define SLOT_513 (UINT32_C(513) << PACKED_DELTA_BITS)
#define EVENT (ESCAPE | PACKED_EVENT << 16)

Suite *suite_packed_format(void);

static int types[EVENT_COUNT];
static struct packed_reader *reader;
static struct event *event;
static uint64_t ticks;

static void setup(void)
{
	for (int type = 0; type < EVENT_COUNT; type++)
		types[type] = type;
	reader = packed_reader_new(types, EVENT_COUNT);
	ck_assert_ptr_nonnull(reader);
	packed_reader_begin(reader, 1000);
}

static void teardown(void)
{
	packed_reader_free(reader);
}

/* The example of doc/packed.md. Types: 0 mutex_lock, 1 mutex_unlock, 2 object_name. */
static const uint32_t example[] = {
	0xffc30000, 0x00000010, 0x00020021, 0x12345680, 0x00007ffe, 0x00000005, 0x75657571,
	0x00000065, 0xffc20001, 0x00000009, 0x12345680, 0x00007ffe, 0x004011d6, 0x00000000,
	0x00400005, 0xffc20002, 0x00010009, 0x12345680, 0x00007ffe, 0x004011f0, 0x00000000,
	0x00800064, 0xffc10001, 0x00000000, 0x00400007, 0xffc50201, 0x00000009, 0x12345680,
	0x00007ffe, 0x004011d6, 0x00000000, 0x80400003, 0x12345700, 0xffc40000, 0x00000003,
};

#define EXAMPLE_LENGTH (sizeof(example) / sizeof(example[0]))
#define EXAMPLE_OBJECT UINT64_C(0x7ffe12345680)

/* As the writer writes it, whose types have the numbers of the example. */
START_TEST(example_is_written)
{
	struct event lock = { .object = EXAMPLE_OBJECT, .site = 0x4011d6 };
	struct event unlock = { .object = EXAMPLE_OBJECT, .site = 0x4011f0 };
	struct event name = { .object = EXAMPLE_OBJECT, .text = "queue" };
	uint32_t words[EXAMPLE_LENGTH];
	uint32_t *at = words;

	memset(words, 0xff, sizeof(words));
	lock.type = (enum event_type)0;
	unlock.type = (enum event_type)1;
	name.type = (enum event_type)2;
	at += packed_put_event(at, 16, &name);
	at += packed_put_define(at, 1, &lock);
	*at++ = packed_short(1, 5);
	at += packed_put_define(at, 2, &unlock);
	*at++ = packed_short(2, 100);
	at += packed_put_advance(at, UINT64_C(1) << 32);
	*at++ = packed_short(1, 7);
	at += packed_put_define(at, 513, &lock);
	*at++ = packed_short(513, 3);
	*at++ = 0x12345700;
	at += packed_put_lost(at, 3);
	ck_assert_uint_eq((size_t)(at - words), EXAMPLE_LENGTH);
	ck_assert_mem_eq(words, example, sizeof(example));
}
END_TEST

static void assert_next_of(const uint32_t **at, enum event_type type, uint64_t object,
			   uint64_t when)
{
	ck_assert_int_eq(packed_read(reader, at, example + EXAMPLE_LENGTH, &event, &ticks),
			 PACKED_FOUND_EVENT);
	ck_assert_int_eq(event->type, type);
	ck_assert_uint_eq(event->object, object);
	ck_assert_uint_eq(ticks, when);
}

static void assert_next(const uint32_t **at, enum event_type type, uint64_t when)
{
	assert_next_of(at, type, EXAMPLE_OBJECT, when);
}

START_TEST(example_is_read)
{
	const uint32_t *at = example;

	types[0] = EVENT_mutex_lock;
	types[1] = EVENT_mutex_unlock;
	types[2] = EVENT_object_name;
	assert_next(&at, EVENT_object_name, 1016);
	ck_assert_str_eq(event->text, "queue");
	assert_next(&at, EVENT_mutex_lock, 1021);
	ck_assert_uint_eq(event->site, 0x4011d6);
	assert_next(&at, EVENT_mutex_unlock, 1121);
	ck_assert_uint_eq(event->site, 0x4011f0);
	assert_next(&at, EVENT_mutex_lock, UINT64_C(4294968424));
	assert_next_of(&at, EVENT_mutex_lock, UINT64_C(0x7ffe12345700), UINT64_C(4294968427));
	ck_assert_int_eq(packed_read(reader, &at, example + EXAMPLE_LENGTH, &event, &ticks),
			 PACKED_FOUND_LOST);
	ck_assert_int_eq(event->value, 3);
	ck_assert_int_eq(packed_read(reader, &at, example + EXAMPLE_LENGTH, &event, &ticks),
			 PACKED_FOUND_END);
}
END_TEST

static const struct {
	enum packed_found found;
	uint32_t words[5], count;
} found_of_words[] = {
	/* No such slot, or not yet. */
	{ PACKED_FOUND_DAMAGE, { 0 }, 1 },
	{ PACKED_FOUND_DAMAGE, { 5 }, 1 },
	{ PACKED_FOUND_DAMAGE, { 1 << PACKED_DELTA_BITS }, 1 },
	{ PACKED_FOUND_DAMAGE, { DEFINE_1, 0, 2 << PACKED_DELTA_BITS }, 3 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | PACKED_DEFINE << 16, 0 }, 2 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | PACKED_DEFINE << 16 | PACKED_ESCAPE, 0 }, 2 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | PACKED_DEFINE << 16 | 0xffff, 0 }, 2 },
	{ PACKED_FOUND_EVENT, { DEFINE_1, 0, 1 << PACKED_DELTA_BITS }, 3 },
	/* Wide ones, and a slot of the other kind. */
	{ PACKED_FOUND_EVENT, { WIDE_513, 0, SLOT_513, 7 }, 4 },
	{ PACKED_FOUND_END, { WIDE_513, 0, SLOT_513 }, 3 },
	{ PACKED_FOUND_DAMAGE, { WIDE_513 - 1, 0, 512U << PACKED_DELTA_BITS, 7 }, 4 },
	{ PACKED_FOUND_DAMAGE, { DEFINE_1 + 512, 0, SLOT_513, 7 }, 4 },
	{ PACKED_FOUND_DAMAGE, { SLOT_513, 7 }, 2 },
	/* No such kind, no such argument. */
	{ PACKED_FOUND_DAMAGE, { ESCAPE, 0, 0 }, 3 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | 6 << 16, 0, 0 }, 3 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | 63 << 16, 0, 0 }, 3 },
	{ PACKED_FOUND_DAMAGE, { EVENT | 1, 0, 0 }, 3 },
	{ PACKED_FOUND_DAMAGE, { ESCAPE | PACKED_LOST << 16 | 1, 0 }, 2 },
	/* No such field; too long, though the rest is not there yet. */
	{ PACKED_FOUND_DAMAGE, { EVENT, 0, PACKED_FIELDS_ALL + 1 }, 3 },
	{ PACKED_FOUND_DAMAGE, { EVENT, 0, PACKED_TEXT, PACKED_TEXT_MAX + 1 }, 4 },
	{ PACKED_FOUND_DAMAGE, { EVENT, 0, PACKED_BUILD_ID, UINT32_MAX }, 4 },
	{ PACKED_FOUND_DAMAGE, { EVENT, 0, PACKED_FRAMES, PACKED_FRAMES_MAX + 1 }, 4 },
	{ PACKED_FOUND_END, { EVENT, 0, PACKED_TEXT, PACKED_TEXT_MAX }, 4 },
	{ PACKED_FOUND_END, { EVENT, 0, PACKED_FRAMES, PACKED_FRAMES_MAX }, 4 },
	/* There in part. */
	{ PACKED_FOUND_END, { EVENT }, 1 },
	{ PACKED_FOUND_END, { EVENT, 0 }, 2 },
	{ PACKED_FOUND_END, { EVENT, 0, PACKED_OBJECT, 1 }, 4 },
	{ PACKED_FOUND_END, { DEFINE_1 }, 1 },
	{ PACKED_FOUND_END, { ESCAPE | PACKED_ADVANCE << 16 }, 1 },
	{ PACKED_FOUND_END, { ESCAPE | PACKED_LOST << 16 }, 1 },
	/* Types that are not known: beyond the table, said to be unknown, of the tool. */
	{ PACKED_FOUND_UNKNOWN, { EVENT, 0, UINT32_C(0xffff) << 16 }, 3 },
	{ PACKED_FOUND_UNKNOWN, { EVENT, 0, EVENT_COUNT << 16 }, 3 },
	{ PACKED_FOUND_UNKNOWN, { EVENT, 0, EVENT_mutex_count << 16 }, 3 },
	{ PACKED_FOUND_UNKNOWN, { EVENT, 0, EVENT_recording_end << 16 }, 3 },
	{ PACKED_FOUND_UNKNOWN, { DEFINE_1, EVENT_events_lost << 16, 1 << PACKED_DELTA_BITS }, 3 },
	{ PACKED_FOUND_UNKNOWN, { WIDE_513, EVENT_events_lost << 16, SLOT_513, 7 }, 4 },
};

#define FOUND_COUNT (sizeof(found_of_words) / sizeof(found_of_words[0]))

/* Damage and what is there in part are not passed over, however often they are read. */
START_TEST(finds)
{
	enum packed_found found = found_of_words[_i].found;
	const uint32_t *words = found_of_words[_i].words, *at = words;
	const uint32_t *end = words + found_of_words[_i].count;
	bool is_left = found == PACKED_FOUND_END || found == PACKED_FOUND_DAMAGE;

	types[EVENT_mutex_count] = -1;
	ck_assert_int_eq(packed_read(reader, &at, end, &event, &ticks), found);
	ck_assert(is_left ? at < end : at == end);
	ck_assert_int_eq(packed_read(reader, &at, end, &event, &ticks),
			 is_left ? found : PACKED_FOUND_END);
}
END_TEST

START_TEST(every_type_comes_back)
{
	const uint64_t frames[] = { 1, UINT64_MAX };
	struct event wanted = {
		(enum event_type)_i, 0, 0, 0, 1, 2, 3, -4, 5, "text", "id", frames, 2
	};
	const struct event_fields *fields = event_fields(wanted.type);
	uint32_t words[PACKED_EVENT_WORDS_MAX];
	const uint32_t *at = words;
	enum packed_found found = packed_read(
		reader, &at, words + packed_put_event(words, 0, &wanted), &event, &ticks);

	if (event_info(wanted.type)->is_tool_event) {
		ck_assert_int_eq(found, PACKED_FOUND_UNKNOWN);
		return;
	}
	ck_assert_int_eq(found, PACKED_FOUND_EVENT);
	ck_assert_int_eq(event->type, _i);
	ck_assert_uint_eq(event->site, 1);
	ck_assert_uint_eq(event->object, fields->object ? 2 : 0);
	ck_assert_uint_eq(event->other, fields->other ? 3 : 0);
	ck_assert_int_eq(event->value, fields->value ? -4 : 0);
	ck_assert_uint_eq(event->stack, fields->stack ? 5 : 0);
	ck_assert_pstr_eq(event->text, fields->text ? "text" : NULL);
	ck_assert_pstr_eq(event->build_id, fields->build_id ? "id" : NULL);
	ck_assert_uint_eq(event->frame_count, fields->frames ? 2 : 0);
	ck_assert(fields->frames ? event->frames[1] == UINT64_MAX : !event->frames);
}
END_TEST

/* Strings that the shape carries are there, though the words have none. */
START_TEST(missing_text_is_empty)
{
	const uint32_t words[] = { EVENT, 0, EVENT_process_module << 16 };
	const uint32_t *at = words;

	ck_assert_int_eq(packed_read(reader, &at, words + 3, &event, &ticks), PACKED_FOUND_EVENT);
	ck_assert_pstr_eq(event->text, "");
	ck_assert_pstr_eq(event->build_id, "");
}
END_TEST

START_TEST(largest_event_has_its_room)
{
	static char text[PACKED_TEXT_MAX + 2];
	static uint64_t frames[PACKED_FRAMES_MAX + 1];
	struct event largest = { EVENT_mutex_lock,     0, 0, 0, 1, 1, 1, 1, 1, text, text, frames,
				 PACKED_FRAMES_MAX + 1 };
	uint32_t words[PACKED_EVENT_WORDS_MAX + 1];
	size_t length = packed_put_advance(words, PACKED_ADVANCE_MAX);

	memset(text, 'x', sizeof(text) - 1);
	words[PACKED_EVENT_WORDS_MAX] = 0x5eed;
	length += packed_put_event(words + length, UINT32_MAX, &largest);
	ck_assert_uint_eq(length, PACKED_EVENT_WORDS_MAX);
	ck_assert_uint_eq(words[PACKED_EVENT_WORDS_MAX], 0x5eed);
	ck_assert_uint_eq(packed_size(&largest), PACKED_EVENT_WORDS_MAX - 2);
}
END_TEST

START_TEST(clock_may_wrap)
{
	const uint32_t words[] = { DEFINE_1, EVENT_mutex_lock << 16, packed_short(1, 7) };
	const uint32_t *at = words;

	packed_reader_begin(reader, UINT64_MAX - 2);
	ck_assert_int_eq(packed_read(reader, &at, words + 3, &event, &ticks), PACKED_FOUND_EVENT);
	ck_assert_uint_eq(ticks, 4);
}
END_TEST

/* All slots, then another meaning for each, then a new chunk, in which none has one. */
START_TEST(slots_are_redefined_and_forgotten)
{
	uint32_t words[7];

	for (uint32_t i = 0; i < 2 * PACKED_SLOT_MAX; i++) {
		uint32_t slot = 1 + i % PACKED_SLOT_MAX;
		struct event meaning = { .type = EVENT_mutex_unlock, .object = i + 1 };
		size_t length = packed_put_define(words, slot, &meaning);
		const uint32_t *at = words;

		words[length++] = packed_short(slot, 0);
		if (slot >= PACKED_WIDE_MIN)
			words[length++] = i + 1;
		ck_assert_int_eq(packed_read(reader, &at, words + length, &event, &ticks),
				 PACKED_FOUND_EVENT);
		ck_assert_uint_eq(event->object, i + 1);
	}
	packed_reader_begin(reader, 0);
	for (uint32_t slot = 1; slot <= PACKED_SLOT_MAX; slot++) {
		const uint32_t *at = words;

		words[0] = packed_short(slot, 0);
		ck_assert_int_eq(packed_read(reader, &at, words + 1, &event, &ticks),
				 PACKED_FOUND_DAMAGE);
	}
}
END_TEST

Suite *suite_packed_format(void)
{
	Suite *suite = suite_create("packed_format");
	TCase *exact = tcase_create("exact");

	tcase_add_checked_fixture(exact, setup, teardown);
	tcase_add_test(exact, example_is_written);
	tcase_add_test(exact, example_is_read);
	tcase_add_loop_test(exact, finds, 0, FOUND_COUNT);
	tcase_add_loop_test(exact, every_type_comes_back, 0, EVENT_COUNT);
	tcase_add_test(exact, missing_text_is_empty);
	tcase_add_test(exact, largest_event_has_its_room);
	tcase_add_test(exact, clock_may_wrap);
	tcase_add_test(exact, slots_are_redefined_and_forgotten);
	suite_add_tcase(suite, exact);
	return suite;
}
