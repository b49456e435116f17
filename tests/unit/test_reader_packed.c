/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of packed recordings as a whole: the collector's trace. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/packed_recording.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_packed(void);

START_TEST(reads_a_packed_recording)
{
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(7, 1, 1, 5);
	packed_recording_emit(0, 2 * WORDS - 1, false);
	packed_recording_fill(8, 1, 6, 3);
	packed_recording_emit_all();
	packed_recording_collected(2 * LATE);
	packed_recording_fill(7, 1, 1, 5);
	packed_recording_emit(2 * WORDS - 1, packed.chunk.chunk.count, true);
	packed_recording_collected(3 * LATE);
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 1);
	ck_assert_int_eq(packed.event->tid, 107);
	reader_close(packed.reader);
	packed_recording_open();
	/* The part that came late is told late. */
	uint64_t seen = 0;
	while (reader_next(packed.reader, &packed.event, &packed.err) > 0) {
		ck_assert_int_eq(packed.event->time_ns, START + 50 * (int64_t)packed.event->object);
		seen += packed.event->object;
	}
	ck_assert_uint_eq(seen, 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8);
	ck_assert_uint_eq(reader_counts(packed.reader)->events, 9);
	ck_assert_uint_eq(reader_counts(packed.reader)->foreign_events, 0);
}
END_TEST

START_TEST(ticks_are_ns_where_the_layout_says_so)
{
	ctf_layout(&packed.stream, false, packed_writer_names());
	ctf_collected(&packed.stream, START, START);
	packed_recording_fill(1, 1, 1, 2);
	packed_recording_emit_all();
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	packed_recording_expect(START + 100, 1);
	packed_recording_expect(START + 200, 2);
	packed_recording_expect_end();
}
END_TEST

START_TEST(knows_types_by_name)
{
	static const char names[] = "mutex_what cond_destroy recording_end mutex_destroy ";

	ctf_layout(&packed.stream, true, names);
	ctf_layout(&packed.stream, true, "mutex_lock");
	packed_recording_collected(0);
	packed_recording_collected(LATE);
	packed_writer_begin(&packed.chunk, 1, 1, START);
	for (int type = 0; type < 6; type++) {
		packed_writer_event(&packed.chunk, START + 100 * (uint64_t)(type + 1),
				    (enum event_type)type, 100);
	}
	packed_recording_emit_all();
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 1);
	ck_assert_int_eq(packed.event->type, EVENT_cond_destroy);
	packed_recording_expect(START + 200, 100);
	packed_recording_expect_end();
	ck_assert_uint_eq(reader_counts(packed.reader)->foreign_events, 4);
	ck_assert_uint_eq(reader_counts(packed.reader)->lost_packets, 0);
}
END_TEST

START_TEST(merges_plain_events)
{
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(1, 1, 1, 2);
	packed_recording_emit_all();
	packed.stream.time_ns = START + 60 - 1000;
	ctf_plain(&packed.stream, 77);
	packed_recording_collected(2 * LATE);
	packed.stream.time_ns = START + LATE - 1000;
	ctf_plain(&packed.stream, 78);
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	packed_recording_expect(START + 50, 1);
	packed_recording_expect(START + 60, 77);
	packed_recording_expect(START + 100, 2);
	packed_recording_expect(START + LATE, 78);
	packed_recording_expect_end();
}
END_TEST

START_TEST(keeps_recordings_apart)
{
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(1, 1, 1, 2);
	packed_recording_emit_all();
	packed.stream.run = 2;
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(1, 1, 3, 2);
	packed_recording_emit_all();
	packed_recording_collected(LATE);
	packed.stream.run = 1;
	packed_recording_collected(LATE);
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	packed_recording_expect_run(1, 4);
	packed_recording_expect_end();
}
END_TEST

START_TEST(loses_what_it_cannot_read)
{
	struct batch part;

	packed_recording_fill(1, 1, 1, 2);
	part = packed_writer_whole(&packed.chunk, true);
	part.offset = UINT32_MAX;
	ctf_batch(&packed.stream, &part);
	part.offset = 0;
	part.writer = 0;
	ctf_batch(&packed.stream, &part);
	packed_recording_emit_all();
	packed_recording_collected(0);
	packed_recording_collected(LATE);
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	/* Two that cannot be, and all of a thread: there is no layout. */
	packed_recording_expect_lost(3);
	packed_recording_expect_end();
}
END_TEST

Suite *suite_reader_packed(void)
{
	Suite *suite = suite_create("reader_packed");
	TCase *all = tcase_create("packed");

	tcase_add_checked_fixture(all, packed_recording_setup, packed_recording_teardown);
	tcase_add_test(all, reads_a_packed_recording);
	tcase_add_test(all, ticks_are_ns_where_the_layout_says_so);
	tcase_add_test(all, knows_types_by_name);
	tcase_add_test(all, merges_plain_events);
	tcase_add_test(all, keeps_recordings_apart);
	tcase_add_test(all, loses_what_it_cannot_read);
	suite_add_tcase(suite, all);
	return suite;
}
