/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the report: memory, fingerprints, merging, order, verdict, facts about the trace. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/analyze.h"

#include <check.h>

Suite *suite_report(void);

static struct report *report;

static void setup(void)
{
	report = report_new();
	report->trace.is_complete = true;
}

static void teardown(void)
{
	report_free(report);
}

static struct finding *add(const char *rule, enum level level, const char *message, const char *one,
			   const char *other)
{
	struct finding *finding = report_finding(report, rule, level, CERTAINTY_ACTUAL);

	finding->message = message;
	g_ptr_array_add(finding->identity, (char *)one);
	if (other)
		g_ptr_array_add(finding->identity, (char *)other);
	return finding;
}

static const struct finding *nth(guint i)
{
	ck_assert_uint_lt(i, report->findings->len);
	return g_ptr_array_index(report->findings, i);
}

START_TEST(strings_are_copies)
{
	char text[] = "abc";
	const char *copy = report_string(report, text);

	text[0] = 'x';
	ck_assert_str_eq(copy, "abc");
	ck_assert_ptr_eq(report_string(report, "abc"), copy);
	ck_assert_ptr_null(report_string(report, NULL));
	ck_assert_str_eq(report_format(report, "%d of %s", 2, "three"), "2 of three");
}
END_TEST

START_TEST(memory_is_zeroed)
{
	static const char zero[64];

	ck_assert_int_eq(memcmp(report_alloc(report, sizeof(zero)), zero, sizeof(zero)), 0);
	ck_assert_ptr_nonnull(report_alloc(report, 0));
}
END_TEST

START_TEST(new_finding_is_empty)
{
	struct finding *finding = report_finding(report, "stuck", LEVEL_ERROR, CERTAINTY_ACTUAL);
	struct finding_step *step = finding_step(finding);

	ck_assert_uint_eq(finding->count, 1);
	ck_assert_uint_eq(finding->threads->len + finding->objects->len + finding->notes->len, 0);
	ck_assert_int_eq(step->time_ns, -1);
	ck_assert_int_eq(step->since_ns, -1);
	finding_step(finding)->thread = "second";
	ck_assert_uint_eq(finding->steps->len, 2);
	ck_assert_ptr_null(g_array_index(finding->steps, struct finding_step, 0).thread);
}
END_TEST

/* Pinned: suppressions and baselines of users hold these. */
START_TEST(fingerprint_is_pinned)
{
	add("lock-order", LEVEL_WARNING, "m", "a", "b");
	report_finish(report, LEVEL_WARNING);
	ck_assert_str_eq(nth(0)->fingerprint, "c64d589226edadac");
}
END_TEST

START_TEST(fingerprint_is_of_words_not_letters)
{
	add("lock-order", LEVEL_WARNING, "1", "ab", "c");
	add("lock-order", LEVEL_WARNING, "2", "a", "bc");
	add("lock-order", LEVEL_WARNING, "3", "abc", NULL);
	add("deadlock", LEVEL_WARNING, "4", "abc", NULL);
	report_finish(report, LEVEL_WARNING);
	ck_assert_uint_eq(report->findings->len, 4);
}
END_TEST

START_TEST(same_findings_are_merged)
{
	struct finding *first = add("lock-order", LEVEL_WARNING, "first", "a", "b");

	add("lock-order", LEVEL_WARNING, "other", "b", "a");
	add("lock-order", LEVEL_WARNING, "again", "a", "b")->count = 5;
	finding_step(first)->thread = "kept";
	report_finish(report, LEVEL_WARNING);
	ck_assert_uint_eq(report->findings->len, 2);
	ck_assert_str_eq(nth(0)->message, "first");
	ck_assert_uint_eq(nth(0)->count, 6);
	ck_assert_uint_eq(nth(0)->steps->len, 1);
	ck_assert_uint_eq(nth(1)->count, 1);
}
END_TEST

START_TEST(the_worst_of_the_same_stays)
{
	add("fork-while-held", LEVEL_NOTE, "note", "a", NULL);
	add("fork-while-held", LEVEL_ERROR, "error", "a", NULL)->is_hang = true;
	add("fork-while-held", LEVEL_WARNING, "warning", "a", NULL);
	report_finish(report, LEVEL_ERROR);
	ck_assert_uint_eq(report->findings->len, 1);
	ck_assert_str_eq(nth(0)->message, "error");
	ck_assert_uint_eq(nth(0)->count, 3);
	ck_assert(nth(0)->is_hang);
	ck_assert_int_eq(report->verdict, VERDICT_FINDINGS);
}
END_TEST

START_TEST(what_is_set_aside_does_not_count)
{
	struct finding *first = add("a", LEVEL_ERROR, "m", "1", NULL);
	struct finding *second = add("a", LEVEL_WARNING, "m", "2", NULL);

	report_finish(report, LEVEL_WARNING);
	first->suppressed_by = "reason";
	ck_assert_uint_eq(report_count(report, LEVEL_NOTE), 1);
	second->is_baselined = true;
	report_judge(report, LEVEL_WARNING);
	ck_assert_int_eq(report->verdict, VERDICT_CLEAN);
	ck_assert_uint_eq(report_count(report, LEVEL_NOTE), 0);
	ck_assert_uint_eq(report_suppressed(report), 1);
	ck_assert_uint_eq(report_baselined(report), 1);
}
END_TEST

START_TEST(stable_names_are_found)
{
	report_note_stable(report, "mutex #3 made at pool.c:41", "mutex made in pool_new");
	report_note_stable(report, "mutex #3 made at pool.c:41", "another");
	ck_assert_str_eq(report_stable_name(report, "mutex #3 made at pool.c:41"),
			 "mutex made in pool_new");
	ck_assert_str_eq(report_stable_name(report, "A"), "A");
	ck_assert_ptr_null(report_stable_name(report, NULL));
}
END_TEST

START_TEST(order_is_level_rule_message)
{
	add("b", LEVEL_NOTE, "1", "1", NULL);
	add("b", LEVEL_ERROR, "2", "2", NULL);
	add("b", LEVEL_ERROR, "1", "3", NULL);
	add("a", LEVEL_ERROR, "9", "4", NULL);
	add("a", LEVEL_WARNING, "1", "5", NULL);
	report_finish(report, LEVEL_WARNING);

	static const char *const expected[] = { "4", "3", "2", "5", "1" };
	for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
		ck_assert_str_eq(g_ptr_array_index(nth(i)->identity, 0), expected[i]);
}
END_TEST

START_TEST(verdict_follows_threshold_and_losses)
{
	add("long-wait", LEVEL_WARNING, "m", "a", NULL);
	report_finish(report, LEVEL_WARNING);
	ck_assert_int_eq(report->verdict, VERDICT_FINDINGS);
	report_finish(report, LEVEL_ERROR);
	ck_assert_int_eq(report->verdict, VERDICT_CLEAN);
	report_finish(report, LEVEL_NONE);
	ck_assert_int_eq(report->verdict, VERDICT_CLEAN);
	report->trace.is_complete = false;
	report_finish(report, LEVEL_ERROR);
	ck_assert_int_eq(report->verdict, VERDICT_INCOMPLETE);
	report_finish(report, LEVEL_NOTE);
	ck_assert_int_eq(report->verdict, VERDICT_FINDINGS);
}
END_TEST

START_TEST(counts_are_at_or_above)
{
	add("a", LEVEL_NOTE, "m", "1", NULL);
	add("a", LEVEL_WARNING, "m", "2", NULL);
	add("a", LEVEL_ERROR, "m", "3", NULL);
	ck_assert_uint_eq(report_count(report, LEVEL_NOTE), 3);
	ck_assert_uint_eq(report_count(report, LEVEL_WARNING), 2);
	ck_assert_uint_eq(report_count(report, LEVEL_ERROR), 1);
	ck_assert_uint_eq(report_count(report, LEVEL_NONE), 0);
}
END_TEST

START_TEST(rows_are_freed_with_their_lists)
{
	struct contention row = {
		.waiters = g_array_new(FALSE, FALSE, sizeof(struct tally)),
	};
	struct dropped dropped = { .reason = "one thread", .examples = g_ptr_array_new() };

	/* AddressSanitizer and valgrind see what teardown leaves. */
	g_array_append_val(report->contention, row);
	g_array_append_val(report->dropped, dropped);
	report_free(NULL);
}
END_TEST

START_TEST(names_are_those_of_json)
{
	ck_assert_str_eq(level_name(LEVEL_NOTE), "note");
	ck_assert_str_eq(level_name(LEVEL_NONE), "none");
	ck_assert_str_eq(certainty_name(CERTAINTY_WITNESSED), "witnessed");
	ck_assert_str_eq(verdict_name(VERDICT_INCOMPLETE), "incomplete");
	ck_assert_str_eq(blocked_kind_name(BLOCKED_IO), "io");
	for (int i = 0; i < BLOCKED_KIND_COUNT; i++)
		ck_assert_ptr_nonnull(blocked_kind_name((enum blocked_kind)i));
}
END_TEST

/* The facts of a trace of these events and one lock. */
static const struct trace_facts *analyze_text(const char *events)
{
	const char *lock = "0.000000500 100/100 mutex_lock object=0x5040\n";
	char path[] = "/tmp/heddle-test-XXXXXX";
	int fd = mkstemp(path);
	struct analyze_options options = { .path = path, .fail_on = LEVEL_WARNING };
	struct error err = { "" };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, lock, strlen(lock)), (ssize_t)strlen(lock));
	ck_assert_int_eq(write(fd, events, strlen(events)), (ssize_t)strlen(events));
	close(fd);
	report_free(report);
	report = report_new();
	int ret = analyze_trace(&options, report, &err);
	unlink(path);
	ck_assert_msg(ret == 0, "%s", err.text);
	return &report->trace;
}

START_TEST(a_trace_of_others_tells_nothing_of_the_recording)
{
	const struct trace_facts *trace = analyze_text("");

	ck_assert_int_eq(trace->detail, TRACE_DETAIL_NOT_TOLD);
	ck_assert_int_eq(trace->summary_since_ns, 0);
	ck_assert_ptr_null(trace->recording);
}
END_TEST

#define COST(key, value) "0.000002000 1/1 recording_cost value=" value " text=\"" key "\"\n"

START_TEST(facts_of_the_recording)
{
	const struct trace_facts *trace = analyze_text(
		"0.000001500 1/1 recording_detail text=\"summary\"\n" COST("events", "1000")
			COST("bytes", "8000") COST("event_ps", "10000") COST("blocked_ns", "5000")
				COST("cpu_ns", "1000000"));

	ck_assert_int_eq(trace->detail, TRACE_DETAIL_SUMMARY);
	ck_assert_int_eq(trace->summary_since_ns, 1000);
	ck_assert_int_eq(trace->recording->events, 1000);
	ck_assert_int_eq(trace->recording->bytes, 8000);
	ck_assert_int_eq(trace->recording->batches, -1);
	ck_assert_int_eq(trace->recording->blocked_ns, 5000);
	/* 1,000 events of 10 ns and 5,000 ns, of a millisecond. */
	ck_assert_int_eq(trace->recording->share_ppm, 15000);
}
END_TEST

START_TEST(the_share_of_the_recording_is_plausible_or_none)
{
	ck_assert_int_eq(analyze_text(COST("events", "9223372036854775807") COST("event_ps", "9000")
					      COST("cpu_ns", "1"))
				 ->recording->share_ppm,
			 1000000);
	ck_assert_int_eq(analyze_text(COST("events", "5") COST("event_ps", "9000")
					      COST("cpu_ns", "0"))
				 ->recording->share_ppm,
			 -1);
	ck_assert_int_eq(
		analyze_text(COST("events", "5") COST("cpu_ns", "9"))->recording->share_ppm, -1);
	ck_assert_ptr_null(analyze_text(COST("event_ps", "9000") COST("cpu_ns", "9"))->recording);
}
END_TEST

Suite *suite_report(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("report");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, strings_are_copies);
	tcase_add_test(tests, memory_is_zeroed);
	tcase_add_test(tests, new_finding_is_empty);
	tcase_add_test(tests, fingerprint_is_pinned);
	tcase_add_test(tests, fingerprint_is_of_words_not_letters);
	tcase_add_test(tests, same_findings_are_merged);
	tcase_add_test(tests, the_worst_of_the_same_stays);
	tcase_add_test(tests, what_is_set_aside_does_not_count);
	tcase_add_test(tests, stable_names_are_found);
	tcase_add_test(tests, order_is_level_rule_message);
	tcase_add_test(tests, verdict_follows_threshold_and_losses);
	tcase_add_test(tests, counts_are_at_or_above);
	tcase_add_test(tests, rows_are_freed_with_their_lists);
	tcase_add_test(tests, names_are_those_of_json);
	tcase_add_test(tests, a_trace_of_others_tells_nothing_of_the_recording);
	tcase_add_test(tests, facts_of_the_recording);
	tcase_add_test(tests, the_share_of_the_recording_is_plausible_or_none);
	suite_add_tcase(suite, tests);
	return suite;
}
