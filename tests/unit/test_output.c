/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a report goes: whole or not at all; and the progress line. */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analyzer/output.h"
#include "analyzer/progress.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_output(void);

static char directory[32];

static void setup(void)
{
	strcpy(directory, "/tmp/test-output-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

/* Succeeds only where a test left nothing but these. */
static void teardown(void)
{
	unlink("report");
	unlink("link");
	ck_assert_int_eq(rmdir(directory), 0);
}

static void write_report(const char *path, const char *text)
{
	struct output output;
	struct error err;

	ck_assert_int_eq(output_check(path, &err), 0);
	ck_assert_int_eq(output_open(&output, path, &err), 0);
	fputs(text, output.file);
	ck_assert_int_eq(output_close(&output, &err), 0);
}

static void check_content(const char *path, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	ck_assert(fread(text, 1, sizeof(text) - 1, file) == strlen(expected));
	fclose(file);
	ck_assert_str_eq(text, expected);
}

START_TEST(file_is_made_and_replaced)
{
	struct stat status;

	umask(027);
	write_report("report", "one");
	check_content("report", "one");
	ck_assert_int_eq(stat("report", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0640);
	ck_assert_int_eq(chmod("report", 0604), 0);
	write_report("report", "two");
	check_content("report", "two");
	ck_assert_int_eq(stat("report", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0604);
}
END_TEST

START_TEST(link_stays_a_link)
{
	struct stat status;

	write_report("report", "one");
	ck_assert_int_eq(symlink("report", "link"), 0);
	write_report("link", "two");
	check_content("report", "two");
	ck_assert_int_eq(lstat("link", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

START_TEST(old_file_stays_until_the_end)
{
	struct output output;
	struct error err;

	write_report("report", "old");
	ck_assert_int_eq(output_open(&output, "report", &err), 0);
	fputs("new", output.file);
	fflush(output.file);
	check_content("report", "old");
	output_discard(&output);
	check_content("report", "old");
}
END_TEST

START_TEST(full_device)
{
	struct output output;
	struct error err;

	ck_assert_int_eq(output_open(&output, "/dev/full", &err), 0);
	fputs("text", output.file);
	ck_assert_int_eq(output_close(&output, &err), -ENOSPC);
	ck_assert_str_eq(err.text, "cannot write '/dev/full': No space left on device");
}
END_TEST

/* More than a buffer: the stream has failed long before it is closed. */
START_TEST(full_device_noticed_early)
{
	struct output output;
	struct error err;

	ck_assert_int_eq(output_open(&output, "/dev/full", &err), 0);
	for (int i = 0; i < 100000; i++)
		putc('x', output.file);
	ck_assert_int_eq(output_close(&output, &err), -ENOSPC);
}
END_TEST

static void check_refused(const char *path, int code)
{
	struct output output;
	struct error err;

	ck_assert_int_eq(output_check(path, &err), -code);
	ck_assert_int_eq(output_open(&output, path, &err), -code);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}

START_TEST(refused)
{
	check_refused(".", EISDIR);
	check_refused("none/report", ENOENT);
	check_refused("/dev/null/report", ENOTDIR);
}
END_TEST

START_TEST(nothing_on_what_is_no_terminal)
{
	struct reader_counts counts = { .events = 12345678, .bytes_read = 45, .bytes_total = 100 };
	struct progress progress;
	char text[80];
	FILE *file = fopen("report", "w+");

	progress_init(&progress, file);
	progress_show(&progress, "flushing the trace ...");
	progress.start_ns = 0;
	progress_read(&progress, &counts);
	progress_clear(&progress);
	ck_assert_int_eq(ftell(file), 0);
	fclose(file);
	progress_text(text, sizeof(text), &counts);
	ck_assert_str_eq(text, "read 12.3 million events, 45 %");
	counts.bytes_total = 0;
	progress_text(text, sizeof(text), &counts);
	ck_assert_str_eq(text, "read 12.3 million events");
	progress_text(text, 8, &counts);
	ck_assert_str_eq(text, "read 12");
}
END_TEST

Suite *suite_output(void)
{
	Suite *suite = suite_create("output");
	TCase *tests = tcase_create("output");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, file_is_made_and_replaced);
	tcase_add_test(tests, link_stays_a_link);
	tcase_add_test(tests, old_file_stays_until_the_end);
	tcase_add_test(tests, full_device);
	tcase_add_test(tests, full_device_noticed_early);
	tcase_add_test(tests, refused);
	tcase_add_test(tests, nothing_on_what_is_no_terminal);
	suite_add_tcase(suite, tests);
	return suite;
}
