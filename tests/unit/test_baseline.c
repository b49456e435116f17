/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The baseline, as a file and with findings. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/baseline.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_baseline(void);

#define HEADER "heddle-baseline/1\n"
#define COMMENT "# Known findings, written by heddle: fingerprint, rule, text.\n"

static struct report *report;
static struct baseline baseline;
static char path[32];

static void setup(void)
{
	report = report_new();
	baseline_init(&baseline);
	strcpy(path, "/tmp/test-baseline-XXXXXX");
	close(mkstemp(path));
}

static void teardown(void)
{
	baseline_done(&baseline);
	report_free(report);
	unlink(path);
}

static struct finding *add(const char *rule, const char *fingerprint, const char *word)
{
	struct finding *finding = report_finding(report, rule, LEVEL_WARNING, CERTAINTY_ACTUAL);

	finding->fingerprint = fingerprint;
	g_ptr_array_add(finding->identity, (char *)word);
	return finding;
}

static int read_text(const char *text, struct error *err)
{
	ck_assert(g_file_set_contents(path, text, -1, NULL));
	return baseline_read(&baseline, path, err);
}

static void expect_written(bool is_pruned, const char *expected)
{
	g_autofree char *text = NULL;
	struct error err;

	ck_assert_int_eq(baseline_write(&baseline, path, is_pruned, &err), 0);
	ck_assert(g_file_get_contents(path, &text, NULL, NULL));
	ck_assert_str_eq(text, expected);
}

START_TEST(written_in_order_and_read_again)
{
	struct error err;

	baseline_add(&baseline, add("relock", "00000000000000aa", "work|A\nB"));
	baseline_add(&baseline, add("lock-order", "00000000000000bb", "z"));
	baseline_add(&baseline, add("lock-order", "00000000000000cc", "a"));
	baseline_add(&baseline, add("lock-order", "00000000000000cc", "a"));
	static const char expected[] = HEADER COMMENT "00000000000000cc lock-order a\n"
						      "00000000000000bb lock-order z\n"
						      "00000000000000aa relock work, A?B\n";
	expect_written(false, expected);
	baseline_done(&baseline);
	baseline_init(&baseline);
	ck_assert_int_eq(baseline_read(&baseline, path, &err), 0);
	ck_assert_uint_eq(baseline_stale(&baseline), 3);
	expect_written(false, expected);
	expect_written(true, HEADER COMMENT);
}
END_TEST

START_TEST(found_by_fingerprint_and_rule)
{
	struct error err;

	ck_assert_int_eq(read_text(HEADER "\n# c\n 00000000000000aa relock \r\n", &err), 0);
	ck_assert_ptr_nonnull(baseline_find(&baseline, add("relock", "00000000000000aa", "")));
	ck_assert_ptr_null(baseline_find(&baseline, add("relock", "00000000000000ab", "")));
	ck_assert_ptr_null(baseline_find(&baseline, add("lock-order", "00000000000000aa", "")));
	baseline_find(&baseline, add("relock", "00000000000000aa", ""))->is_seen = true;
	ck_assert_uint_eq(baseline_stale(&baseline), 0);
	expect_written(true, HEADER COMMENT "00000000000000aa relock\n");
}
END_TEST

START_TEST(no_hang_gets_in)
{
	struct finding *finding = add("fork-while-held", "00000000000000aa", "");
	struct error err;

	finding->is_hang = true;
	ck_assert_ptr_null(baseline_add(&baseline, finding));
	ck_assert_int_eq(read_text(HEADER "00000000000000aa deadlock\n"
					  "00000000000000ab self-deadlock\n"
					  "00000000000000ac stuck x\n",
				   &err),
			 0);
	ck_assert_uint_eq(baseline.refused, 3);
	expect_written(false, HEADER COMMENT);
}
END_TEST

static void refuse(const char *text, const char *part)
{
	struct error err;

	ck_assert_msg(read_text(text, &err) == -EINVAL, "%s was taken", text);
	ck_assert_msg(strstr(err.text, part), "%s: %s", text, err.text);
}

START_TEST(what_is_wrong_is_said)
{
	refuse("", "its first line is not 'heddle-baseline/1'");
	refuse("heddle-baseline/2\n", "its first line is not");
	refuse("heddle-baseline/10\n", "its first line is not");
	refuse(HEADER "00000000000000aa\n", ":2: an entry is FINGERPRINT RULE TEXT");
	refuse(HEADER "\n0000000000000AAA relock\n", ":3: an entry is");
	refuse(HEADER "00000000000000a relock\n", ":2: an entry is");
	refuse(HEADER "<<<<<<< HEAD\n", ":2: an entry is");
}
END_TEST

Suite *suite_baseline(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tests = tcase_create("baseline");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, written_in_order_and_read_again);
	tcase_add_test(tests, found_by_fingerprint_and_rule);
	tcase_add_test(tests, no_hang_gets_in);
	tcase_add_test(tests, what_is_wrong_is_said);
	suite_add_tcase(suite, tests);
	return suite;
}
