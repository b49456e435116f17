/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats, against files in tests/data; GOLDEN_UPDATE=1 in the environment writes those anew. */
#include <stdlib.h>

#include "analyzer/formats/text.h"
#include "tests/unit/rendering.h"
#include "tests/unit/sample.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_formats(void);

static const struct format_options plain = { .top = 10 };

START_TEST(text_is_as_expected)
{
	rendering_check("text", "report.txt", &plain);
}
END_TEST

START_TEST(text_shows_all_on_request)
{
	const struct format_options all = { .top = 0, .has_color = true, .lists_dropped = true };

	rendering_check("text", "report-all.txt", &all);
}
END_TEST

START_TEST(json_is_as_expected)
{
	rendering_check("json", "report.json", &plain);
}
END_TEST

/* One finding each, of the sample's, is suppressed and in the baseline. */
static struct report *report_with_set_aside(void)
{
	struct report *report = sample_report();
	struct finding *first = g_ptr_array_index(report->findings, 0);
	struct finding *second = g_ptr_array_index(report->findings, 1);

	first->suppressed_by = "a <reason>\n\"quoted\"";
	second->is_baselined = true;
	return report;
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		count++;
	}
	return count;
}

START_TEST(what_is_set_aside_is_a_count)
{
	const struct format_options all = { .top = 10, .shows_set_aside = true };
	struct report *report = report_with_set_aside();
	g_autofree char *text = rendering_of("text", report, &plain);
	g_autofree char *full_text = rendering_of("text", report, &all);
	g_autofree char *json = rendering_of("json", report, &plain);
	g_autofree char *full_json = rendering_of("json", report, &all);
	guint count = report->findings->len;

	ck_assert_ptr_nonnull(strstr(text, "; 1 suppressed, 1 in the baseline\n"));
	ck_assert_uint_eq(occurrences(text, "\n  fingerprint "), count - 2);
	ck_assert_uint_eq(occurrences(full_text, "\n  fingerprint "), count);
	ck_assert_ptr_nonnull(strstr(full_text, "\n  Suppressed: a <reason>?\"quoted\"\n"));
	ck_assert_ptr_nonnull(strstr(full_text, "\n  In the baseline.\n"));
	ck_assert_ptr_nonnull(strstr(json, "\"suppressed\": 1,\n  \"baselined\": 1,\n"));
	ck_assert_uint_eq(occurrences(json, "\"fingerprint\""), count - 2);
	ck_assert_ptr_null(strstr(json, "suppressed_by"));
	ck_assert_uint_eq(occurrences(full_json, "\"fingerprint\""), count);
	ck_assert_ptr_nonnull(
		strstr(full_json, "\"suppressed_by\": \"a \\u003creason>\\n\\\"quoted"));
	ck_assert_ptr_nonnull(strstr(full_json, "\"baselined\": true"));
	report_free(report);
}
END_TEST

START_TEST(text_of_a_clean_run_is_short)
{
	struct report *report = report_new();
	const struct contention row = {
		.object = { 0, "mutex", "queue" },
		.acquisitions = 1000,
		.hold = { 5, 5, 5, 5 },
	};

	report->trace.is_complete = true;
	report->trace.processes = 1;
	g_array_append_val(report->contention, row);
	report_finish(report, LEVEL_WARNING);
	g_autofree char *text = rendering_of("text", report, &plain);
	ck_assert_str_eq(text, "Verdict: clean\n"
			       "\n"
			       "Nobody waited for 1 lock (1,000 acquisitions).\n"
			       "\n"
			       "Trace: 0 events of 0 threads in 1 process, 0 objects, over 0 ns; "
			       "nothing lost.\n");
	report_free(report);
}
END_TEST

static char *text_of_recording(enum trace_detail detail, const struct recording *recording)
{
	struct report *report = report_new();

	report->trace.is_complete = true;
	report->trace.detail = detail;
	report->trace.recording = recording;
	report_finish(report, LEVEL_WARNING);
	char *text = rendering_of("text", report, &plain);
	report_free(report);
	return text;
}

static void check_recording(enum trace_detail detail, struct recording recording,
			    const char *expected)
{
	g_autofree char *text = text_of_recording(detail, &recording);
	const char *line = strstr(text, "\nRecording: ");

	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line + strlen("\nRecording: "), expected);
}

START_TEST(text_tells_of_the_recording_what_is_known)
{
	g_autofree char *nothing = text_of_recording(TRACE_DETAIL_NOT_TOLD, NULL);

	ck_assert_ptr_null(strstr(nothing, "Recording"));
	ck_assert_ptr_null(strstr(nothing, "Detail"));
	check_recording(TRACE_DETAIL_FULL, (struct recording){ -1, -1, -1, -1, -1 },
			"full detail.\n");
	check_recording(TRACE_DETAIL_FULL, (struct recording){ 1, 12, 1, 0, 0 },
			"full detail; 1 event, 12 bytes, 1 batch; no thread waited for the "
			"recorder; less than\n"
			"0.1 % of the program's CPU time.\n");
	check_recording(TRACE_DETAIL_NOT_TOLD, (struct recording){ 2000, -1, -1, -1, 15000 },
			"2,000 events; about 1.5 % of the program's CPU time.\n");
	check_recording(TRACE_DETAIL_SUMMARY, (struct recording){ -1, 2500, -1, 1200000000, -1 },
			"2.50 kB; the program was slowed, its threads waited 1.20 s in all for "
			"the recorder.\n");
}
END_TEST

START_TEST(text_tells_since_when_it_is_a_summary)
{
	struct report *report = sample_report();
	g_autofree char *late = rendering_of("text", report, &plain);

	ck_assert_ptr_nonnull(strstr(late, "\nDetail: summary since +12.3 ms. "));
	report->trace.summary_since_ns = 0;
	g_autofree char *early = rendering_of("text", report, &plain);
	ck_assert_ptr_nonnull(strstr(early, "\nDetail: summary. "));
	report_free(report);
}
END_TEST

START_TEST(text_never_calls_an_incomplete_trace_clean)
{
	struct report *report = report_new();

	report->trace.lost_events = 7;
	report->trace.incomplete_reason = "7 events and 0 packets were lost";
	report_finish(report, LEVEL_WARNING);
	g_autofree char *text = rendering_of("text", report, &plain);
	ck_assert_ptr_nonnull(strstr(text, "Verdict: incomplete\n"));
	ck_assert_ptr_nonnull(strstr(text, "7 events and 0 packets were lost"));
	ck_assert_ptr_null(strstr(text, "clean"));
	report_free(report);
}
END_TEST

/* Nothing that a terminal would obey, whatever the names. */
START_TEST(text_has_no_control_characters)
{
	struct report *report = sample_report();
	g_autofree char *text = rendering_of("text", report, &plain);

	for (const char *at = text; *at; at++)
		ck_assert_msg((unsigned char)*at >= 0x20 || *at == '\n', "byte 0x%02x",
			      (unsigned char)*at);
	ck_assert(g_utf8_validate(text, -1, NULL));
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
	report_free(report);
}
END_TEST

START_TEST(long_names_keep_their_ends)
{
	g_autofree char *cut =
		text_clean_name("mutex #3 made at some/very/long/path/pool.c:41", 24);
	g_autofree char *native =
		text_clean_name("bounded semaphore `permits` made at ../../examples/pool.c:14", 50);
	g_autofree char *long_native = text_clean_name(
		"lock `a name that is longer than the column is wide` made at pool.c:14", 40);
	g_autofree char *whole = text_clean_name("accounts[3].lock", 24);

	ck_assert_str_eq(cut, "mutex #...path/pool.c:41");
	ck_assert_str_eq(native, "bounded semaphore `permits` made at .../pool.c:14");
	ck_assert_str_eq(long_native, "lock `a name that is longer than the ...");
	ck_assert_str_eq(whole, "accounts[3].lock");
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
	static const char *const names[] = { "text",  "json",	"sarif",
					     "junit", "github", "codequality" };
	struct report *report = sample_report();

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		struct error err;
		FILE *out = fopen("/dev/full", "w");

		setvbuf(out, NULL, _IONBF, 0);
		ck_assert_int_eq(rendering_find(names[i])->write(out, report, &plain, &err), -EIO);
		ck_assert_str_ne(err.text, "");
		fclose(out);
	}
	report_free(report);
}
END_TEST

Suite *suite_formats(void)
{
	Suite *suite = suite_create("formats");
	TCase *tests = tcase_create("formats");

	tcase_add_test(tests, text_is_as_expected);
	tcase_add_test(tests, text_shows_all_on_request);
	tcase_add_test(tests, json_is_as_expected);
	tcase_add_test(tests, what_is_set_aside_is_a_count);
	tcase_add_test(tests, text_of_a_clean_run_is_short);
	tcase_add_test(tests, text_tells_of_the_recording_what_is_known);
	tcase_add_test(tests, text_tells_since_when_it_is_a_summary);
	tcase_add_test(tests, text_never_calls_an_incomplete_trace_clean);
	tcase_add_test(tests, text_has_no_control_characters);
	tcase_add_test(tests, long_names_keep_their_ends);
	tcase_add_test(tests, a_full_disk_is_noticed);
	suite_add_tcase(suite, tests);
	return suite;
}
