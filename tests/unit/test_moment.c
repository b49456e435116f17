/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A moment of a trace: how it is told, that it is in the trace, and what the report is then about. */
#include <string.h>
#include <unistd.h>

#include "analyzer/analyze.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_moment(void);

static struct moment_time parse(const char *text)
{
	struct moment_time time;
	struct error err;

	ck_assert_msg(moment_parse(text, &time, &err) == 0, "%s: %s", text, err.text);
	ck_assert(time.is_given);
	return time;
}

START_TEST(texts_that_are_times)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "0", 0 },
		{ "1.5", 1500000000 },
		{ "+17.2 ms", 17200000 },
		{ "17.2ms", 17200000 },
		{ "12 ns", 12 },
		{ "1.50 us", 1500 },
		{ "3.20 s", 3200000000 },
		{ "2 min 5 s", 125000000000 },
		{ "3 h 0 min", 10800000000000 },
		{ "0.5 h", 1800000000000 },
		{ " +1 ms ", 1000000 },
		{ "1 s2ms", 1002000000 },
		{ "0.0000000019", 1 },
		{ "9223372036.854775807", INT64_MAX },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct moment_time time = parse(cases[i].text);
		ck_assert_msg(time.ns == cases[i].ns, "%s is %" G_GINT64_FORMAT, cases[i].text,
			      (gint64)time.ns);
		ck_assert(!time.is_absolute);
	}
	ck_assert(parse("@12.000000345").is_absolute);
	ck_assert_int_eq(parse("@12.000000345").ns, 12000000345);
}
END_TEST

START_TEST(texts_that_are_none)
{
	static const char *const texts[] = {
		"",	  "+",	  "@",	   "-1",     "1x",	  "1 parsec",
		"ms",	  "1.",	  ".5",	   "1,5",    "1 2",	  "1 s 2",
		"+ 1 ms", "1e3",  "0x10",  "inf",    "@@1",	  "9223372036.854775808",
		"1 sec",  "1 Ms", "1 m s", "++1 ms", "2562048 h", "99999999999999999999",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct moment_time time;
		struct error err;

		ck_assert_msg(moment_parse(texts[i], &time, &err) == -EINVAL, "'%s' was taken",
			      texts[i]);
		ck_assert_ptr_nonnull(strstr(err.text, "17.2 ms"));
	}
}
END_TEST

/* Two threads, each of which holds what the other one waits for, the second one since 30 us. */
static const char trace[] = "0.000001000 100/100 process_start value=1 text=\"./program\"\n"
			    "0.000002000 100/100 mutex_lock object=0x5040\n"
			    "0.000003000 100/101 mutex_lock object=0x5080\n"
			    "0.000004000 100/100 mutex_lock_begin object=0x5080\n"
			    "0.000031000 100/101 mutex_lock_begin object=0x5040\n"
			    "1.000001000 1/1 recording_end value=9 text=\"timeout\"\n";

static int analyze(const char *time, struct report *report, struct error *err)
{
	char path[] = "/tmp/heddle-test-XXXXXX";
	int fd = mkstemp(path);
	struct analyze_options options = { .path = path,
					   .fail_on = LEVEL_WARNING,
					   .at = parse(time) };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, trace, strlen(trace)), (ssize_t)strlen(trace));
	close(fd);
	int ret = analyze_trace(&options, report, err);
	unlink(path);
	return ret;
}

/* How many findings there are then. */
static unsigned findings_at(const char *time, int64_t at_ns)
{
	struct report *report = report_new();
	struct error err = { "" };

	ck_assert_msg(analyze(time, report, &err) == 0, "%s: %s", time, err.text);
	ck_assert_ptr_nonnull(report->state);
	ck_assert_int_eq(report->state->at_ns, at_ns);
	ck_assert_uint_eq(report->state->threads->len, at_ns < 2000 ? 1 : 2);
	/* Of the whole trace, whatever the moment. */
	ck_assert_int_eq(report->trace.duration_ns, 1000000000);
	ck_assert_uint_eq(report->trace.events, 6);
	ck_assert(report->trace.is_complete);
	unsigned count = report->findings->len;
	report_free(report);
	return count;
}

START_TEST(an_event_of_the_moment_counts)
{
	ck_assert_uint_eq(findings_at("0", 0), 0);
	ck_assert_uint_eq(findings_at("29.999 us", 29999), 0);
	ck_assert_uint_eq(findings_at("30 us", 30000), 1);
	ck_assert_uint_eq(findings_at("@0.000031", 30000), 1);
	ck_assert_uint_eq(findings_at("1", 1000000000), 1);
}
END_TEST

START_TEST(a_moment_is_in_the_trace)
{
	static const char *const outside[] = { "1.000000001", "@1.000001001", "@0.000000999",
					       "9223372036.854775807" };

	for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
		struct report *report = report_new();
		struct error err = { "" };

		ck_assert_int_eq(analyze(outside[i], report, &err), -ERANGE);
		ck_assert_ptr_nonnull(strstr(err.text, "from @0.000001000 to @1.000001000"));
		report_free(report);
	}
}
END_TEST

Suite *suite_moment(void)
{
	Suite *suite = suite_create("moment");
	TCase *tests = tcase_create("moment");

	tcase_add_test(tests, texts_that_are_times);
	tcase_add_test(tests, texts_that_are_none);
	tcase_add_test(tests, an_event_of_the_moment_counts);
	tcase_add_test(tests, a_moment_is_in_the_trace);
	suite_add_tcase(suite, tests);
	return suite;
}
