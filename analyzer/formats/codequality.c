/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GitLab's Code Quality report: a list of findings, each with a place; it has no room for a verdict. */
#include "analyzer/formats/ci.h"
#include "analyzer/formats/text.h"
#include "analyzer/json.h"

static const char *severity_of(const struct finding *finding)
{
	static const char *const severities[] = { "minor", "major", "critical" };

	if (finding->level == LEVEL_NOTE && finding->certainty == CERTAINTY_POSSIBLE)
		return "info";
	return severities[finding->level];
}

static void write_finding(struct json *json, const struct ci *ci, const struct finding *finding)
{
	const struct ci_place place = ci_place(ci, finding);
	g_autofree char *sentence = text_clean(finding->message, TEXT_SENTENCE_MAX);
	g_autofree char *process = text_clean(finding->process, CI_NAME_MAX);
	g_autofree char *description =
		finding->process ? g_strdup_printf("%s In process %s.", sentence, process)
				 : g_strdup(sentence);

	json_object_begin(json, NULL);
	json_string(json, "description", description);
	json_string(json, "check_name", finding->rule);
	json_string(json, "fingerprint", finding->fingerprint);
	json_string(json, "severity", severity_of(finding));
	json_object_begin(json, "location");
	json_string(json, "path", place.path);
	json_object_begin(json, "lines");
	json_signed(json, "begin", place.line);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void emit(FILE *out, const struct ci *ci)
{
	struct json json;

	json_init(&json, out);
	json_array_begin(&json, NULL);
	for (guint i = 0; i < ci->findings->len; i++)
		if (finding_counts(ci->findings->pdata[i]))
			write_finding(&json, ci, ci->findings->pdata[i]);
	json_array_end(&json);
}

static int codequality_write(FILE *out, const struct report *report,
			     const struct format_options *options, struct error *err)
{
	return ci_write(out, NULL, report, options, emit, err);
}

static int codequality_write_several(FILE *out, const GPtrArray *reports,
				     const struct report *joined,
				     const struct format_options *options, struct error *err)
{
	return ci_write(out, reports, joined, options, emit, err);
}

const struct format format_codequality = {
	.name = "codequality",
	.summary = "findings for the Code Quality widget of a GitLab merge request",
	.write = codequality_write,
	.write_several = codequality_write_several,
};
