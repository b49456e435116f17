/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JUnit's XML, as Jenkins and GitLab read it: a test for each finding, and one for each rule that
 * nothing was found by. Findings below --fail-on fail no test, those set aside are skipped. Where the trace is incomplete no rule passes: it is
 * skipped, since what was not found may be there all the same.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/formats/ci.h"
#include "analyzer/formats/text.h"
#include "analyzer/rules.h"
#include "analyzer/xml.h"

#define TEST_NAME_MAX 100
#define MESSAGE_MAX 500

struct counts {
	unsigned tests, failures, skipped;
};

static bool has_finding(const struct ci *ci, const struct rule *rule)
{
	for (guint i = 0; i < ci->findings->len; i++) {
		const struct finding *finding = ci->findings->pdata[i];
		if (!g_strcmp0(finding->rule, rule->name))
			return true;
	}
	return false;
}

static struct counts count(const struct ci *ci)
{
	struct counts counts = { 0 };

	for (guint i = 0; i < ci->findings->len; i++) {
		counts.failures += ci_is_failure(ci, ci->findings->pdata[i]);
		counts.skipped += !finding_counts(ci->findings->pdata[i]);
	}
	counts.tests = ci->findings->len;
	for (const struct rule *rule = rules_table(); rule->name; rule++) {
		bool is_quiet = !has_finding(ci, rule);

		counts.tests += is_quiet;
		counts.skipped += is_quiet && !ci->report->trace.is_complete;
	}
	return counts;
}

/* The same in each run, so that histories of tests hold; the fingerprint tells those of one rule apart. */
static char *test_name(const struct finding *finding)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < finding->objects->len; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "",
				       (const char *)finding->objects->pdata[i]);
	g_autofree char *clean = text_clean(names->str, TEST_NAME_MAX);
	g_string_free(names, TRUE);
	return g_strdup_printf("%s%s[%s]", clean, *clean ? " " : "", finding->fingerprint);
}

/* The finding as the text report has it; its first line is the sentence, which GitLab shows. */
static char *story_of(const struct ci *ci, guint number, const struct finding *finding)
{
	g_autofree char *sentence = text_clean(finding->message, TEXT_SENTENCE_MAX);
	g_autofree char *process = text_clean(finding->process, CI_NAME_MAX);
	const struct format_options options = { .top = 0 };
	char *story = NULL;
	size_t size;
	const struct text text = {
		.out = open_memstream(&story, &size),
		.report = ci->report,
		.options = &options,
	};

	if (!text.out)
		return g_strdup(sentence);
	fprintf(text.out, "%s\n", sentence);
	if (finding->process)
		fprintf(text.out, "Process: %s\n", process);
	text_finding(&text, number, finding);
	fclose(text.out);
	char *copy = g_strdup(story);
	free(story);
	return copy;
}

static void begin_test(struct xml *xml, const char *class_name, const char *name)
{
	g_autofree char *class_path = g_strdup_printf("heddle.%s", class_name);

	xml_begin(xml, "testcase");
	xml_attribute(xml, "classname", class_path);
	xml_attribute(xml, "name", name);
}

static void write_skipped(struct xml *xml, const char *reason)
{
	xml_begin(xml, "skipped");
	xml_attribute(xml, "message", reason);
	xml_text(xml, reason);
	xml_end(xml);
}

static void write_aside(struct xml *xml, const struct finding *finding)
{
	if (!finding->suppressed_by) {
		write_skipped(xml, "in the baseline");
		return;
	}
	g_autofree char *reason = text_clean(finding->suppressed_by, MESSAGE_MAX);
	g_autofree char *sentence = g_strdup_printf("suppressed: %s", reason);
	write_skipped(xml, sentence);
}

static void write_finding(struct xml *xml, const struct ci *ci, guint index)
{
	const struct finding *finding = ci->findings->pdata[index];
	const struct ci_place place = ci_place(ci, finding);
	g_autofree char *name = test_name(finding);
	g_autofree char *story = story_of(ci, index + 1, finding);
	g_autofree char *message = text_clean(finding->message, MESSAGE_MAX);

	begin_test(xml, finding->rule, name);
	if (!ci->options->is_junit_strict && !place.is_stand_in) {
		xml_attribute(xml, "file", place.path);
		xml_attribute_number(xml, "line", (uint64_t)place.line);
	}
	if (!finding_counts(finding))
		write_aside(xml, finding);
	xml_begin(xml, ci_is_failure(ci, finding) ? "failure" : "system-out");
	if (ci_is_failure(ci, finding)) {
		xml_attribute(xml, "type", finding->rule);
		xml_attribute(xml, "message", message);
	}
	xml_text(xml, story);
	xml_end(xml);
	xml_end(xml);
}

static void write_quiet_rule(struct xml *xml, const struct ci *ci, const struct rule *rule)
{
	const struct trace_facts *trace = &ci->report->trace;

	begin_test(xml, rule->name, "no finding");
	if (!trace->is_complete) {
		g_autofree char *reason = text_clean(trace->incomplete_reason, MESSAGE_MAX);
		g_autofree char *sentence = g_strdup_printf("the trace is incomplete: %s", reason);

		write_skipped(xml, sentence);
	}
	xml_end(xml);
}

static void write_counts(struct xml *xml, const struct counts *counts, int64_t duration_ns)
{
	g_autofree char *seconds = g_strdup_printf(
		"%" PRId64 ".%03" PRId64, duration_ns / 1000000000, duration_ns / 1000000 % 1000);

	xml_attribute_number(xml, "tests", counts->tests);
	xml_attribute_number(xml, "failures", counts->failures);
	xml_attribute_number(xml, "errors", 0);
	xml_attribute(xml, "time", seconds);
}

static void emit(FILE *out, const struct ci *ci)
{
	const struct counts counts = count(ci);
	struct xml xml;

	xml_init(&xml, out);
	xml_begin(&xml, "testsuites");
	xml_attribute(&xml, "name", "heddle");
	write_counts(&xml, &counts, ci->report->trace.duration_ns);
	xml_begin(&xml, "testsuite");
	xml_attribute(&xml, "name", "heddle");
	write_counts(&xml, &counts, ci->report->trace.duration_ns);
	xml_attribute_number(&xml, "skipped", counts.skipped);
	for (guint i = 0; i < ci->findings->len; i++)
		write_finding(&xml, ci, i);
	for (const struct rule *rule = rules_table(); rule->name; rule++)
		if (!has_finding(ci, rule))
			write_quiet_rule(&xml, ci, rule);
	xml_end(&xml);
	xml_end(&xml);
}

static int junit_write(FILE *out, const struct report *report, const struct format_options *options,
		       struct error *err)
{
	return ci_write(out, NULL, report, options, emit, err);
}

static int junit_write_several(FILE *out, const GPtrArray *reports, const struct report *joined,
			       const struct format_options *options, struct error *err)
{
	return ci_write(out, reports, joined, options, emit, err);
}

const struct format format_junit = {
	.name = "junit",
	.summary = "a test result for each rule and finding, for Jenkins, GitLab and others",
	.write = junit_write,
	.write_several = junit_write_several,
};
