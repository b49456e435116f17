/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the CTF reader: stored traces and hand-made ones. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/reader.h"
#include "tests/data/pattern.h"
#include "tests/unit/ctf_writer.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_ctf(void);

static struct reader *reader;
static const struct event *event;
static struct error err;

static void setup(void)
{
	scratch_new();
}

static void teardown(void)
{
	reader_close(reader);
	reader = NULL;
	scratch_remove();
}

static void open_ok(const char *path)
{
	int code = reader_open(path, &reader, &err);

	ck_assert_msg(code == 0, "%s", code < 0 ? err.text : "?");
}

static void next(void)
{
	int code = reader_next(reader, &event, &err);

	ck_assert_msg(code == 1, "%s", code < 0 ? err.text : "the end");
}

static void expect_end(void)
{
	ck_assert_int_eq(reader_next(reader, &event, &err), 0);
}

static void assert_pattern(void)
{
	struct pattern pattern;
	const struct event *wanted = &pattern.event;

	pattern_fill(&pattern, event->type);
	ck_assert_uint_eq(event->site, wanted->site);
	ck_assert_uint_eq(event->object, wanted->object);
	ck_assert_uint_eq(event->other, wanted->other);
	ck_assert_int_eq(event->value, wanted->value);
	ck_assert_uint_eq(event->stack, wanted->stack);
	ck_assert_pstr_eq(event->text, wanted->text);
	ck_assert_pstr_eq(event->build_id, wanted->build_id);
	ck_assert_uint_eq(event->frame_count, wanted->frame_count);
	for (size_t i = 0; i < event->frame_count; i++)
		ck_assert_uint_eq(event->frames[i], wanted->frames[i]);
}

START_TEST(reads_every_type)
{
	int64_t last = 0;
	int32_t first_pid = 0, last_pid = 0;

	open_ok(stored_trace("pair"));
	for (int i = 0; i < 188; i++) {
		next();
		assert_pattern();
		ck_assert_int_ge(event->time_ns, last);
		ck_assert_int_eq(event->pid, event->tid);
		last = event->time_ns;
		first_pid = first_pid ? first_pid : event->pid;
		last_pid = event->pid;
	}
	expect_end();
	ck_assert_int_ne(first_pid, last_pid);
	/* Since the machine's start, not since 1970. */
	ck_assert_int_lt(last, INT64_C(1000000000000000000));
	ck_assert_uint_eq(reader_counts(reader)->events, 188);
	ck_assert_uint_eq(reader_counts(reader)->foreign_events, 2);
	ck_assert_uint_eq(reader_counts(reader)->bytes_total, 0);
}
END_TEST

static uint64_t count_all(const char *path)
{
	int code;

	open_ok(path);
	while ((code = reader_next(reader, &event, &err)) > 0)
		ck_assert(event->type < EVENT_COUNT);
	ck_assert_msg(code == 0, "%s", code ? err.text : "");
	return reader_counts(reader)->events;
}

START_TEST(reads_one_trace_of_several)
{
	ck_assert_uint_eq(count_all(stored_trace("pair/process2")), 94);
}
END_TEST

START_TEST(reads_what_a_killed_program_left)
{
	ck_assert_uint_eq(count_all(stored_trace("killed")), 200);
	ck_assert_uint_eq(reader_counts(reader)->lost_events, 0);
}
END_TEST

START_TEST(tells_of_losses)
{
	bool is_told = false;
	int code;

	open_ok(stored_trace("lossy"));
	while ((code = reader_next(reader, &event, &err)) > 0) {
		if (event->type != EVENT_events_lost)
			continue;
		ck_assert_int_eq(event->value, 2740);
		ck_assert_int_ne(event->pid, 0);
		is_told = true;
	}
	ck_assert_int_eq(code, 0);
	ck_assert(is_told);
	ck_assert_uint_eq(reader_counts(reader)->events, 260);
	ck_assert_uint_eq(reader_counts(reader)->lost_events, 2740);
}
END_TEST

START_TEST(closes_in_the_middle)
{
	open_ok(stored_trace("pair"));
	next();
	next();
}
END_TEST

static const char shapes[] =
	"event { name = \"heddle:mutex_lock\"; id = 0; fields := struct { s32 value; "
	"string object; u32 pid; u64 surprise; u64 site; s64 stack; }; };\n"
	"event { name = \"heddle:process_stack\"; id = 1; fields := struct { "
	"u32 n; s64 frames[n]; u64 object; }; };\n"
	"event { name = \"heddle:object_name\"; id = 2; };\n"
	"event { name = \"heddle:no_such_event\"; id = 3; fields := struct { u64 object; }; };\n"
	"event { name = \"heddle:recording_end\"; id = 4; };\n"
	"event { name = \"other:mutex_lock\"; id = 5; };\n"
	"event { name = \"heddle:process_stack\"; id = 6; fields := struct { "
	"u64 frames[2]; }; };\n";

START_TEST(believes_no_ones_types)
{
	struct ctf_stream stream = { .length = 0 };

	ctf_metadata("t", "vpid = 77;", "freq = 1000000000;", NULL, shapes);
	ctf_event(&stream, 0, 10);
	ctf_u32(&stream, (uint32_t)-5);
	ctf_string(&stream, "no number");
	ctf_u32(&stream, 42);
	ctf_u64(&stream, 1);
	ctf_u64(&stream, 0x4000);
	ctf_u64(&stream, UINT64_MAX);
	ctf_event(&stream, 1, 20);
	ctf_u32(&stream, 1);
	ctf_u64(&stream, 1);
	ctf_u64(&stream, 9);
	for (uint32_t id = 2; id < 6; id++) {
		ctf_event(&stream, id, 20 + id);
		if (id == 3)
			ctf_u64(&stream, 1);
	}
	ctf_event(&stream, 6, 30);
	ctf_u64(&stream, 5);
	ctf_u64(&stream, 6);
	ctf_stream_write("t", &stream);
	open_ok(scratch_path("t"));
	next();
	ck_assert_int_eq(event->value, -5);
	ck_assert_uint_eq(event->object, 0);
	ck_assert_int_eq(event->pid, 42);
	ck_assert_int_eq(event->tid, 0);
	ck_assert_uint_eq(event->site, 0x4000);
	ck_assert_uint_eq(event->stack, UINT64_MAX);
	next();
	ck_assert_uint_eq(event->frame_count, 0);
	ck_assert_ptr_null(event->frames);
	ck_assert_uint_eq(event->object, 9);
	ck_assert_int_eq(event->pid, 77);
	next();
	ck_assert_int_eq(event->type, EVENT_object_name);
	ck_assert_str_eq(event->text, "");
	next();
	ck_assert_uint_eq(event->frame_count, 2);
	ck_assert_uint_eq(event->frames[1], 6);
	expect_end();
	ck_assert_uint_eq(reader_counts(reader)->foreign_events, 3);
}
END_TEST

/* A trace with one mutex_unlock; its clock as given. */
static void write_one(const char *name, const char *clock, const char *context, uint64_t time)
{
	struct ctf_stream stream = { .length = 0 };

	ctf_metadata(name, NULL, clock, context,
		     "event { name = \"heddle:mutex_unlock\"; id = 0; fields := struct { "
		     "u64 object; }; };");
	ctf_event(&stream, 0, time);
	if (context) {
		ctf_u32(&stream, 123);
		ctf_u32(&stream, 124);
	}
	ctf_u64(&stream, time);
	ctf_stream_write(name, &stream);
}

START_TEST(takes_ids_of_the_context)
{
	write_one("t", "freq = 1000000000;", "struct { s32 vtid; u32 vpid; }", 5);
	open_ok(scratch_path("t"));
	next();
	ck_assert_int_eq(event->pid, 124);
	ck_assert_int_eq(event->tid, 123);
}
END_TEST

#define CLOCK(uuid, seconds)                                                                       \
	"freq = 1000; offset_s = " seconds "; uuid = \"00000000-0000-0000-0000-00000000000" uuid   \
	"\";"
#define NO_UUID(seconds) "freq = 1000; offset_s = " seconds ";"

static const struct clocks {
	const char *first, *second;
	int64_t first_ns, second_ns;
} clocks[] = {
	{ CLOCK("1", "100"), CLOCK("1", "100"), 7000000, 9000000 },
	{ CLOCK("1", "100"), CLOCK("1", "900"), 7000000, 9000000 },
	{ CLOCK("1", "100"), CLOCK("2", "900"), 100007000000, 900009000000 },
	{ NO_UUID("100"), NO_UUID("101"), 7000000, 9000000 },
	{ NO_UUID("100"), NO_UUID("900"), 100007000000, 900009000000 },
	{ CLOCK("1", "100"), NULL, 0, 7000000 },
};

START_TEST(compares_clocks)
{
	write_one("t/a", clocks[_i].first, NULL, 7);
	write_one("t/b", clocks[_i].second, NULL, 9);
	open_ok(scratch_path("t"));
	next();
	ck_assert_int_eq(event->time_ns, clocks[_i].first_ns);
	next();
	ck_assert_int_eq(event->time_ns, clocks[_i].second_ns);
	expect_end();
}
END_TEST

START_TEST(a_recording_has_one_clock)
{
	write_one("r/ctf/a", CLOCK("1", "100"), NULL, 7);
	write_one("r/ctf/b", CLOCK("2", "900"), NULL, 6);
	scratch_text("r/recorder.txt", "0.0065 0/0 events_lost\n");
	open_ok(scratch_path("r"));
	next();
	ck_assert_int_eq(event->time_ns, 6000000);
	next();
	ck_assert_int_eq(event->type, EVENT_events_lost);
	next();
	ck_assert_int_eq(event->time_ns, 7000000);
	expect_end();
}
END_TEST

START_TEST(survives_times_out_of_range)
{
	write_one("t", "freq = 1;", NULL, UINT64_MAX);
	open_ok(scratch_path("t"));
	next();
	ck_assert_int_eq(event->time_ns, INT64_MAX);
}
END_TEST

START_TEST(needs_events_of_heddle)
{
	struct ctf_stream stream = { .length = 0 };

	ctf_metadata("none", NULL, NULL, NULL, "event { name = \"heddle:mutex_lock\"; id = 0; };");
	ctf_metadata("other", NULL, NULL, NULL, "event { name = \"other:event\"; id = 0; };");
	ctf_event(&stream, 0, 1);
	ctf_stream_write("other", &stream);
	ck_assert_int_eq(reader_open(scratch_path("none"), &reader, &err), -ENODATA);
	ck_assert_ptr_nonnull(strstr(err.text, "/none' holds no events of heddle"));
	ck_assert_int_eq(reader_open(scratch_path("other"), &reader, &err), -ENODATA);
	ck_assert_ptr_nonnull(strstr(err.text, "/other' holds no events of heddle"));
}
END_TEST

Suite *suite_reader_ctf(void)
{
	Suite *suite = suite_create("reader_ctf");
	TCase *cases[] = { tcase_create("stored"), tcase_create("made") };

	tcase_add_test(cases[0], reads_every_type);
	tcase_add_test(cases[0], reads_one_trace_of_several);
	tcase_add_test(cases[0], reads_what_a_killed_program_left);
	tcase_add_test(cases[0], tells_of_losses);
	tcase_add_test(cases[0], closes_in_the_middle);
	tcase_add_test(cases[1], believes_no_ones_types);
	tcase_add_test(cases[1], takes_ids_of_the_context);
	tcase_add_loop_test(cases[1], compares_clocks, 0, sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_test(cases[1], a_recording_has_one_clock);
	tcase_add_test(cases[1], survives_times_out_of_range);
	tcase_add_test(cases[1], needs_events_of_heddle);
	for (size_t i = 0; i < 2; i++) {
		tcase_add_checked_fixture(cases[i], setup, teardown);
		suite_add_tcase(suite, cases[i]);
	}
	return suite;
}
