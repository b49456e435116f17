/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A moment of a trace: how it is told, that it is in the trace, and what the report is then about. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/analyze.h"
#include "libtrace/reader.h"

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

static bool is_of_hangs(const struct finding *finding)
{
	return !strcmp(finding->rule, "deadlock") || !strcmp(finding->rule, "self-deadlock") ||
	       !strcmp(finding->rule, "stuck");
}

static const struct finding *find(const struct report *all, const struct finding *wanted)
{
	for (guint i = 0; i < all->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(all->findings, i);
		if (!strcmp(finding->fingerprint, wanted->fingerprint))
			return finding;
	}
	return NULL;
}

static const struct state_thread *find_thread(const struct state *state, const char *name)
{
	for (guint i = 0; i < state->threads->len; i++) {
		const struct state_thread *row =
			&g_array_index(state->threads, struct state_thread, i);
		if (!strcmp(row->name, name))
			return row;
	}
	return NULL;
}

/* What finding calls a wait for ever is one, and goes on to the end; a ring is one of the end too. */
static void check_hang(const struct report *then, const struct finding *finding,
		       const struct report *end)
{
	for (guint i = 0; i < finding->threads->len; i++) {
		const struct state_thread *row =
			find_thread(then->state, g_ptr_array_index(finding->threads, i));

		/* The process may be over. */
		if (!row)
			continue;
		ck_assert_ptr_nonnull(row->wait);
		ck_assert_int_eq(row->wait->ended_in_ns, -1);
	}
	if (strcmp(finding->rule, "stuck") != 0 && finding->certainty == CERTAINTY_ACTUAL)
		ck_assert_ptr_nonnull(find(end, finding));
}

/* Returns how many hangs there are then. */
static unsigned check_moment(const char *path, int64_t time_ns, const struct report *end)
{
	struct analyze_options options = { .path = path, .fail_on = LEVEL_WARNING };
	struct report *report = report_new();
	struct error err;
	unsigned count = 0;

	options.at = (struct moment_time){ true, true, time_ns };
	ck_assert_int_eq(analyze_trace(&options, report, &err), 0);
	for (guint i = 0; i < report->findings->len; i++) {
		if (!is_of_hangs(g_ptr_array_index(report->findings, i)))
			continue;
		check_hang(report, g_ptr_array_index(report->findings, i), end);
		count++;
	}
	report_free(report);
	return count;
}

static void check_moments(const char *path)
{
	struct analyze_options options = { .path = path, .fail_on = LEVEL_WARNING };
	struct report *end = report_new();
	const struct event *event;
	struct reader *reader;
	struct error err;
	unsigned hangs = 0, hangs_then = 0;
	int64_t latest_ns = INT64_MIN;

	if (analyze_trace(&options, end, &err) == 0 && end->trace.misfits == 0) {
		for (guint i = 0; i < end->findings->len; i++)
			hangs += is_of_hangs(g_ptr_array_index(end->findings, i));
		ck_assert_int_eq(reader_open(path, &reader, &err), 0);
		for (; reader_next(reader, &event, &err) > 0; latest_ns = event->time_ns)
			if (event->time_ns > latest_ns)
				hangs_then = check_moment(path, event->time_ns, end);
		reader_close(reader);
		ck_assert_msg(hangs == hangs_then, "%s: %u and %u", path, hangs, hangs_then);
	}
	report_free(end);
}

/* At each moment of each scenario. */
START_TEST(what_is_for_ever_lasts)
{
	const char *srcdir = getenv("srcdir");
	g_autofree char *directory =
		g_build_filename(srcdir ? srcdir : ".", "tests", "scenarios", NULL);
	GDir *files = g_dir_open(directory, 0, NULL);
	unsigned count = 0;

	for (const char *name; (name = g_dir_read_name(files));) {
		g_autofree char *path = g_build_filename(directory, name, NULL);

		if (!g_str_has_suffix(name, ".events"))
			continue;
		check_moments(path);
		count++;
	}
	g_dir_close(files);
	ck_assert_uint_gt(count, 200);
}
END_TEST

Suite *suite_moment(void)
{
	Suite *suite = suite_create("moment");
	TCase *tests = tcase_create("moment");

	/* Some thousand reports; seconds, where the machine is busy. */
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, what_is_for_ever_lasts);

	tcase_add_test(tests, texts_that_are_times);
	tcase_add_test(tests, texts_that_are_none);
	tcase_add_test(tests, an_event_of_the_moment_counts);
	tcase_add_test(tests, a_moment_is_in_the_trace);
	suite_add_tcase(suite, tests);
	return suite;
}
