/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the reader: text files, recordings, and what is neither. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libtrace/reader.h"
#include "tests/unit/ctf_writer.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader(void);

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

/* The sentence is "before PATH after". */
static void open_fails(const char *path, int code, const char *before, const char *after)
{
	char sentence[600];

	ck_assert_int_eq(reader_open(path, &reader, &err), -code);
	snprintf(sentence, sizeof(sentence), "%s'%s%s", before, path, after);
	ck_assert_str_eq(err.text, sentence);
}

static void expect(enum event_type type, int64_t time_ns)
{
	int code = reader_next(reader, &event, &err);

	ck_assert_msg(code == 1, "%s", code < 0 ? err.text : "the end");
	ck_assert_str_eq(event_info(event->type)->name, event_info(type)->name);
	ck_assert_int_eq(event->time_ns, time_ns);
}

static void expect_end(void)
{
	ck_assert_int_eq(reader_next(reader, &event, &err), 0);
	ck_assert_int_eq(reader_next(reader, &event, &err), 0);
}

START_TEST(reads_text)
{
	static const char text[] = "# a comment\n\n1.5 7/8 mutex_lock object=0x10\n"
				   "1.4 7/8 object_name object=0x10 text=\"a\"\n"
				   "2.0 7/8 process_stack object=1 frames=0x1,0x2";

	scratch_text("f", text);
	open_ok(scratch_path("f"));
	ck_assert_uint_eq(reader_counts(reader)->events, 0);
	expect(EVENT_mutex_lock, 1500000000);
	ck_assert_int_eq(event->pid, 7);
	ck_assert_int_eq(event->tid, 8);
	ck_assert_uint_eq(event->object, 0x10);
	ck_assert_uint_eq(reader_counts(reader)->bytes_total, sizeof(text) - 1);
	ck_assert_uint_gt(reader_counts(reader)->bytes_read, 0);
	expect(EVENT_object_name, 1400000000);
	ck_assert_str_eq(event->text, "a");
	expect(EVENT_process_stack, 2000000000);
	ck_assert_uint_eq(event->frame_count, 2);
	expect_end();
	ck_assert_uint_eq(reader_counts(reader)->events, 3);
	ck_assert_uint_eq(reader_counts(reader)->bytes_read, sizeof(text) - 1);
}
END_TEST

START_TEST(reads_many_lines)
{
	FILE *file = fopen(scratch_path("f"), "we");
	static char text[70000];

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 20000; i++)
		fprintf(file, "%d.5 1/2 mutex_lock value=%d\n", i, i);
	for (int i = 0; i < 20; i++)
		fprintf(file, "1.5 1/2 object_name text=\"%s\"\n", text);
	fclose(file);
	open_ok(scratch_path("f"));
	for (int i = 0; i < 20000; i++) {
		expect(EVENT_mutex_lock, i * INT64_C(1000000000) + 500000000);
		ck_assert_int_eq(event->value, i);
	}
	for (int i = 0; i < 20; i++) {
		expect(EVENT_object_name, 1500000000);
		ck_assert_str_eq(event->text, text);
	}
	expect_end();
}
END_TEST

START_TEST(reads_standard_input)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(dprintf(ends[1], "1.0 1/2 mutex_lock\nx\n"), 21);
	close(ends[1]);
	open_ok("-");
	expect(EVENT_mutex_lock, 1000000000);
	ck_assert_uint_eq(reader_counts(reader)->bytes_total, 0);
	ck_assert_int_eq(reader_next(reader, &event, &err), -EINVAL);
	ck_assert_str_eq(err.text, "standard input line 2: 'x' is not a time like 12.000000345");
}
END_TEST

START_TEST(counts_losses_of_text)
{
	scratch_text("f", "1.0 1/2 events_lost value=5\n1.0 1/2 events_lost\n"
			  "1.0 1/2 packets_lost value=-3\n1.0 1/2 mutex_lock\n");
	open_ok(scratch_path("f"));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(reader_next(reader, &event, &err), 1);
	ck_assert_uint_eq(reader_counts(reader)->lost_events, 6);
	ck_assert_uint_eq(reader_counts(reader)->lost_packets, 1);
	ck_assert_uint_eq(reader_counts(reader)->events, 1);
}
END_TEST

START_TEST(names_the_bad_line)
{
	scratch_text("f", "#\n1.0 1/2 mutex_lock\n\n1.0 1/2 mutex_lick\n1.0 1/2 mutex_lock\n");
	open_ok(scratch_path("f"));
	expect(EVENT_mutex_lock, 1000000000);
	char sentence[600];
	snprintf(sentence, sizeof(sentence), "'%s' line 4: unknown event 'mutex_lick'",
		 scratch_path("f"));
	ck_assert_int_eq(reader_next(reader, &event, &err), -EINVAL);
	ck_assert_str_eq(err.text, sentence);
}
END_TEST

START_TEST(refuses_what_is_no_text_trace)
{
	static const char binary[] = "\x7f"
				     "ELF\2\1\1\0\0\0\n1.0 1/2 mutex_lock\n";

	scratch_file("binary", binary, sizeof(binary) - 1);
	scratch_text("source", "/* C */\n");
	scratch_text("empty", "");
	scratch_text("comments", "# nothing\n\n");
	open_fails(scratch_path("missing"), ENOENT, "cannot read ", "': No such file or directory");
	open_fails(scratch_path("binary"), EINVAL, "",
		   "' is neither a trace nor a text event file");
	open_fails(scratch_path("source"), EINVAL, "",
		   "' line 1: '/*' is not a time like 12.000000345");
	open_fails(scratch_path("empty"), ENODATA, "", "' holds no events of heddle");
	open_fails(scratch_path("comments"), ENODATA, "", "' holds no events of heddle");
	open_fails("/dev/zero", EINVAL, "", "' is neither a trace nor a text event file");
}
END_TEST

START_TEST(refuses_an_endless_line)
{
	size_t size = 3 * 1024 * 1024;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', size);
	memcpy(text, "1.0 1/2 mutex_lock\n", 19);
	scratch_file("no-end", text, size);
	memset(text, 'x', 19);
	text[1024 * 1024 + 1] = '\n';
	scratch_file("long", text, size);
	free(text);
	open_ok(scratch_path("no-end"));
	expect(EVENT_mutex_lock, 1000000000);
	ck_assert_int_eq(reader_next(reader, &event, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "no-end' line 2: longer than 1 MiB"));
	reader_close(reader);
	reader = NULL;
	open_fails(scratch_path("long"), EINVAL, "", "' line 1: longer than 1 MiB");
}
END_TEST

START_TEST(refuses_directories_without_a_trace)
{
	mkdir(scratch_path("empty"), 0755);
	scratch_text("other/below/file", "1.0 1/2 mutex_lock\n");
	open_fails(scratch_path("empty"), ENODATA, "", "' is an empty directory");
	open_fails(scratch_path("other"), ENODATA, "",
		   "' holds no trace: no file 'metadata' below it");
}
END_TEST

static const char lock_event[] =
	"event { name = \"heddle:mutex_lock\"; id = 0; fields := struct { u64 object; }; };";

/* A process that locks at the times given, in ns; the last one is 0. */
static void write_locks(const char *name, const uint64_t *times)
{
	struct ctf_stream stream = { .length = 0 };

	ctf_metadata(name, NULL, "freq = 1000000000; offset_s = 1000;", NULL, lock_event);
	for (; *times; times++) {
		ctf_event(&stream, 0, *times);
		ctf_u64(&stream, *times);
	}
	ctf_stream_write(name, &stream);
}

START_TEST(merges_a_recording)
{
	write_locks("r/ctf/a", (const uint64_t[]){ 100, 300, 0 });
	write_locks("r/ctf/b", (const uint64_t[]){ 200, 400, 0 });
	scratch_text("r/recorder.txt", "0.000000150 0/0 recording_start value=1\n"
				       "0.000000300 0/0 events_lost value=2\n"
				       "0.000000350 0/0 recording_end text=\"exited\"\n");
	open_ok(scratch_path("r"));
	expect(EVENT_recording_start, 150);
	expect(EVENT_mutex_lock, 100);
	expect(EVENT_mutex_lock, 200);
	expect(EVENT_events_lost, 300);
	expect(EVENT_mutex_lock, 300);
	expect(EVENT_mutex_lock, 400);
	expect(EVENT_recording_end, 350);
	ck_assert_str_eq(event->text, "exited");
	expect_end();
	ck_assert_uint_eq(reader_counts(reader)->events, 6);
	ck_assert_uint_eq(reader_counts(reader)->lost_events, 2);
}
END_TEST

START_TEST(reads_what_a_dead_recorder_left)
{
	write_locks("r/ctf/a", (const uint64_t[]){ 100, 0 });
	scratch_text("r/recorder.txt", "0.000000050 0/0 recording_start value=1\n"
				       "0.000000300 0/0 recording_e");
	open_ok(scratch_path("r"));
	expect(EVENT_recording_start, 50);
	expect(EVENT_mutex_lock, 100);
	expect_end();
}
END_TEST

START_TEST(names_the_bad_line_of_a_recorder)
{
	scratch_text("r/recorder.txt", "0.000000050 0/0 recording_start value=1\nwhat\n");
	open_ok(scratch_path("r"));
	expect(EVENT_recording_start, 50);
	ck_assert_int_eq(reader_next(reader, &event, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "/r/recorder.txt' line 2: 'what' is not a time"));
}
END_TEST

START_TEST(opens_a_recording_without_program_events)
{
	scratch_text("r/recorder.txt", "0.000000050 0/0 recording_start value=1\n");
	open_ok(scratch_path("r"));
	expect(EVENT_recording_start, 50);
	expect_end();
	reader_close(reader);
	reader = NULL;
	scratch_text("s/recorder.txt", "");
	mkdir(scratch_path("s/ctf"), 0755);
	open_fails(scratch_path("s"), ENODATA, "", "' holds no events of heddle");
}
END_TEST

START_TEST(tells_of_silent_processes)
{
	scratch_text("r/ctf/a/metadata", "");
	scratch_text("r/ctf/b/metadata", "/* CTF 1.8 */\nenv { tracer_name = \"lttng-ust\"; };\n");
	scratch_text("r/ctf/b/heddle_0", "xxxx");
	scratch_text("r/recorder.txt", "0.000000050 0/0 recording_start value=1\n"
				       "0.000000060 0/0 recording_end text=\"exited\"\n");
	open_ok(scratch_path("r"));
	expect(EVENT_recording_start, 50);
	expect(EVENT_packets_lost, 60);
	ck_assert_int_eq(event->value, 2);
	expect(EVENT_recording_end, 60);
	expect_end();
	ck_assert_uint_eq(reader_counts(reader)->lost_packets, 2);
	reader_close(reader);
	reader = NULL;
	open_fails(scratch_path("r/ctf"), ENODATA, "", "' holds no events of heddle");
}
END_TEST

Suite *suite_reader(void)
{
	Suite *suite = suite_create("reader");
	TCase *text = tcase_create("text");
	TCase *recording = tcase_create("recording");

	tcase_add_checked_fixture(text, setup, teardown);
	tcase_add_test(text, reads_text);
	tcase_add_test(text, reads_many_lines);
	tcase_add_test(text, reads_standard_input);
	tcase_add_test(text, counts_losses_of_text);
	tcase_add_test(text, names_the_bad_line);
	tcase_add_test(text, refuses_what_is_no_text_trace);
	tcase_add_test(text, refuses_an_endless_line);
	tcase_add_test(text, refuses_directories_without_a_trace);
	suite_add_tcase(suite, text);
	tcase_add_checked_fixture(recording, setup, teardown);
	tcase_add_test(recording, merges_a_recording);
	tcase_add_test(recording, reads_what_a_dead_recorder_left);
	tcase_add_test(recording, names_the_bad_line_of_a_recorder);
	tcase_add_test(recording, opens_a_recording_without_program_events);
	tcase_add_test(recording, tells_of_silent_processes);
	suite_add_tcase(suite, recording);
	return suite;
}
