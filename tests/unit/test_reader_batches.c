/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the merging of packed operations: threads, parts, gaps, clocks. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/reader_batches.h"
#include "tests/unit/packed_writer.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_batches(void);

/* Two ticks are 1 ns. */
#define START 1000000
#define MS UINT64_C(2000000)
#define LATE (200 * MS)

static struct reader_batches *batches;
static uint64_t unknown;
static const struct event *event;
static struct packed_writer chunk;

static void collected(uint64_t ticks)
{
	const struct arena_clock clock = { ticks, (int64_t)(ticks / 2) };

	ck_assert_int_eq(reader_batches_collected(batches, &clock), 0);
}

static void setup(void)
{
	unknown = 0;
	batches = reader_batches_new(0, &unknown);
	ck_assert_ptr_nonnull(batches);
	ck_assert_int_eq(reader_batches_layout(batches, true, packed_writer_names()), 0);
	collected(START);
}

static void teardown(void)
{
	reader_batches_free(batches);
}

static void begin(uint32_t writer, uint32_t sequence)
{
	packed_writer_begin(&chunk, writer, sequence, START + 100 * sequence);
}

static void put(uint64_t ticks, uint64_t object)
{
	packed_writer_event(&chunk, START + ticks, EVENT_mutex_destroy, object);
}

static void add(struct batch part)
{
	ck_assert_int_eq(reader_batches_part(batches, &part, READER_EMITTED), 0);
}

static void add_whole(bool is_last)
{
	add(packed_writer_whole(&chunk, is_last));
}

static void expect_type(enum event_type type, uint64_t ticks)
{
	ck_assert_int_eq(reader_batches_next(batches, &event), 1);
	ck_assert_str_eq(event_info(event->type)->name, event_info(type)->name);
	ck_assert_int_eq(event->time_ns, (START + (int64_t)ticks) / 2);
}

static void expect(uint64_t ticks, uint64_t object, uint32_t writer)
{
	expect_type(EVENT_mutex_destroy, ticks);
	ck_assert_uint_eq(event->object, object);
	ck_assert_int_eq(event->pid, 1);
	ck_assert_int_eq(event->tid, 100 + (int32_t)writer);
}

static void expect_lost(enum event_type type, int64_t value)
{
	ck_assert_int_eq(reader_batches_next(batches, &event), 1);
	ck_assert_str_eq(event_info(event->type)->name, event_info(type)->name);
	ck_assert_int_eq(event->value, value);
}

static void expect_none(void)
{
	ck_assert_int_eq(reader_batches_next(batches, &event), 0);
}

static void expect_end(void)
{
	reader_batches_end(batches);
	expect_none();
}

START_TEST(goes_by_time_over_threads)
{
	begin(2, 1);
	put(200, 1);
	put(300, 2);
	put(500, 3);
	add_whole(false);
	begin(1, 1);
	put(210, 4);
	put(300, 5);
	put(300, 6);
	add_whole(true);
	expect_none();
	collected(START + LATE + 301);
	expect(200, 1, 2);
	expect(210, 4, 1);
	expect(300, 5, 1);
	expect(300, 6, 1);
	expect(300, 2, 2);
	expect_none();
	reader_batches_end(batches);
	expect(500, 3, 2);
	expect_end();
}
END_TEST

START_TEST(a_silent_thread_holds_nobody_back)
{
	begin(1, 1);
	put(200, 1);
	add_whole(false);
	begin(2, 1);
	put(210, 2);
	put(100 * MS, 3);
	add_whole(false);
	collected(START + 20 * MS);
	expect_none();
	ck_assert_int_eq(reader_batches_limit_ns(batches), INT64_MIN);
	collected(START + LATE + 99 * MS);
	ck_assert_int_eq(reader_batches_limit_ns(batches), (START + 99 * (int64_t)MS) / 2);
	expect(200, 1, 1);
	expect(210, 2, 2);
	expect_none();
	collected(START + LATE + 101 * MS);
	expect(100 * MS, 3, 2);
	expect_none();
}
END_TEST

START_TEST(tells_late_events_as_they_come)
{
	begin(1, 1);
	put(200, 1);
	add_whole(false);
	begin(2, 1);
	put(600, 2);
	put(1000, 3);
	add_whole(false);
	collected(START + LATE + 800);
	expect(200, 1, 1);
	expect(600, 2, 2);
	expect_none();
	begin(3, 1);
	put(300, 4);
	put(900, 5);
	add_whole(false);
	expect(300, 4, 3);
	expect_none();
	reader_batches_end(batches);
	expect(900, 5, 3);
	expect(1000, 3, 2);
	expect_end();
}
END_TEST

START_TEST(waits_for_parts_of_earlier_chunks)
{
	begin(1, 1);
	put(200, 1);
	uint32_t middle = chunk.chunk.count;
	put(300, 2);
	struct packed_writer first = chunk;
	first.chunk.words = first.words;

	add(packed_writer_part(&first, 0, middle, false));
	begin(1, 2);
	put(400, 3);
	add_whole(false);
	collected(START + LATE + 1000);
	expect(200, 1, 1);
	expect_none();
	/* Nobody goes beyond what may still come. */
	begin(2, 1);
	put(500, 9);
	add_whole(false);
	expect_none();
	collected(START + LATE + 2000);
	expect_none();
	add(packed_writer_part(&first, middle, first.chunk.count, true));
	expect(300, 2, 1);
	expect(400, 3, 1);
	expect(500, 9, 2);
	expect_end();
}
END_TEST

/* Loop variable: where the chunk is cut; the parts overlap by up to two words. */
START_TEST(joins_parts_wherever_they_are_cut)
{
	begin(1, 1);
	put(200, 3);
	put(300, 1000);
	packed_writer_event(&chunk, START + 400, EVENT_object_name, 7);
	put(500, 3);
	uint32_t count = chunk.chunk.count, cut = (uint32_t)_i;

	ck_assert_uint_lt(count, 64);
	if (cut > count)
		return;
	add(packed_writer_part(&chunk, 0, cut, false));
	if (_i % 2) {
		reader_batches_end(batches);
		while (reader_batches_next(batches, &event) > 0)
			ck_assert_int_eq(event->tid, 101);
		return;
	}
	add(packed_writer_part(&chunk, cut < 2 ? cut : cut - 2, count, true));
	add(packed_writer_part(&chunk, 0, count, true));
	reader_batches_end(batches);
	expect(200, 3, 1);
	expect(300, 1000, 1);
	expect_type(EVENT_object_name, 400);
	ck_assert_str_eq(event->text, "a text");
	expect(500, 3, 1);
	expect_end();
}
END_TEST

START_TEST(joins_parts_in_any_order)
{
	uint32_t ends[16];
	static const uint32_t order[] = { 3, 7, 5, 6, 15, 1, 2, 4, 9, 8, 12, 10, 14, 13, 11, 0 };

	begin(1, 1);
	for (uint32_t i = 0; i < 16; i++) {
		put(200 + 2 * i, i);
		ends[i] = chunk.chunk.count;
	}
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t part = order[i];

		add(packed_writer_part(&chunk, part ? ends[part - 1] : 0, ends[part], part == 15));
	}
	reader_batches_end(batches);
	for (uint32_t i = 0; i < 16; i++)
		expect(200 + 2 * i, i, 1);
	expect_end();
}
END_TEST

START_TEST(tells_of_missing_chunks)
{
	begin(1, 1);
	put(200, 1);
	add_whole(true);
	begin(1, 4);
	put(500, 2);
	add_whole(false);
	begin(2, 1);
	put(600, 3);
	add_whole(false);
	collected(START + LATE + 1000);
	expect(200, 1, 1);
	expect_none();
	collected(START + LATE + 2000);
	expect_none();
	collected(START + LATE + 3000);
	expect_lost(EVENT_packets_lost, 2);
	ck_assert_int_eq(event->tid, 101);
	expect(500, 2, 1);
	expect(600, 3, 2);
	expect_end();
}
END_TEST

START_TEST(tells_of_a_missing_part_once)
{
	begin(1, 1);
	put(200, 1);
	uint32_t first = chunk.chunk.count;
	put(300, 2);
	uint32_t second = chunk.chunk.count;
	put(400, 3);
	add(packed_writer_part(&chunk, 0, first, false));
	add(packed_writer_part(&chunk, second, chunk.chunk.count, false));
	put(450, 3);
	collected(START + LATE + 1000);
	expect(200, 1, 1);
	expect_none();
	collected(START + LATE + 2000);
	collected(START + LATE + 3000);
	expect_lost(EVENT_packets_lost, 1);
	/* Too late. */
	add(packed_writer_part(&chunk, first, second, false));
	add_whole(true);
	begin(1, 2);
	put(500, 4);
	add_whole(false);
	expect(500, 4, 1);
	expect_end();
}
END_TEST

START_TEST(tells_of_gaps_at_the_end)
{
	begin(1, 2);
	put(500, 2);
	uint32_t first = chunk.chunk.count;
	put(600, 3);
	add(packed_writer_part(&chunk, first, chunk.chunk.count, false));
	reader_batches_end(batches);
	expect_lost(EVENT_packets_lost, 1);
	expect_lost(EVENT_packets_lost, 1);
	expect_end();
}
END_TEST

START_TEST(goes_on_behind_damage)
{
	begin(1, 1);
	put(200, 1);
	chunk.chunk.count += (uint32_t)packed_put_lost(chunk.words + chunk.chunk.count, 12);
	put(210, 2);
	packed_writer_word(&chunk, 0);
	put(300, 3);
	add_whole(true);
	begin(1, 2);
	put(400, 4);
	packed_writer_word(&chunk,
			   (uint32_t)PACKED_ESCAPE << PACKED_DELTA_BITS | PACKED_EVENT << 16);
	add_whole(true);
	begin(1, 3);
	put(500, 5);
	add_whole(false);
	reader_batches_end(batches);
	expect(200, 1, 1);
	expect_lost(EVENT_events_lost, 12);
	expect(210, 2, 1);
	expect_lost(EVENT_packets_lost, 1);
	expect(400, 4, 1);
	expect_lost(EVENT_packets_lost, 1);
	expect(500, 5, 1);
	expect_end();
}
END_TEST

START_TEST(takes_no_part_that_cannot_be)
{
	static const struct batch parts[] = {
		{ .writer = 1, .sequence = 0, .count = 1 },
		{ .writer = 1, .sequence = 1, .offset = ARENA_CHUNK_WORDS, .count = 1 },
		{ .writer = 1, .sequence = 1, .offset = UINT32_MAX, .count = 1 },
		{ .writer = 1, .sequence = 1, .count = UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add(parts[i]);
	packed_writer_begin(&chunk, UINT32_MAX, UINT32_MAX, START);
	put(200, 1);
	add_whole(true);
	reader_batches_end(batches);
	expect_lost(EVENT_packets_lost, 4);
	expect_lost(EVENT_packets_lost, UINT32_MAX - 1);
	ck_assert_int_eq(reader_batches_next(batches, &event), 1);
	expect_end();
}
END_TEST

Suite *suite_reader_batches(void)
{
	Suite *suite = suite_create("reader_batches");
	TCase *all = tcase_create("batches");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, goes_by_time_over_threads);
	tcase_add_test(all, a_silent_thread_holds_nobody_back);
	tcase_add_test(all, tells_late_events_as_they_come);
	tcase_add_test(all, waits_for_parts_of_earlier_chunks);
	tcase_add_loop_test(all, joins_parts_wherever_they_are_cut, 0, 64);
	tcase_add_test(all, joins_parts_in_any_order);
	tcase_add_test(all, tells_of_missing_chunks);
	tcase_add_test(all, tells_of_a_missing_part_once);
	tcase_add_test(all, tells_of_gaps_at_the_end);
	tcase_add_test(all, goes_on_behind_damage);
	tcase_add_test(all, takes_no_part_that_cannot_be);
	suite_add_tcase(suite, all);
	return suite;
}
