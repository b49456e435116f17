/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SARIF 2.1.0: the document, its one run, and what is to be said of the run itself. */
#include "analyzer/formats/sarif.h"

#include "analyzer/formats/text.h"

static void write_tool(struct json *json)
{
	json_object_begin(json, "tool");
	json_object_begin(json, "driver");
	json_string(json, "name", PACKAGE_NAME);
	json_string(json, "semanticVersion", PACKAGE_VERSION);
	sarif_message(json, "shortDescription", "A threading debugger for Linux");
	sarif_rules(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_notification(struct json *json, const char *id, const char *text)
{
	json_object_begin(json, NULL);
	json_object_begin(json, "descriptor");
	json_string(json, "id", id);
	json_object_end(json);
	json_string(json, "level", "warning");
	sarif_message(json, "message", text);
	json_object_end(json);
}

/* No times, no folder, no exit status: they are the run's, not the fault's. */
static void write_invocation(struct json *json, const struct ci *ci)
{
	const struct trace_facts *trace = &ci->report->trace;

	json_array_begin(json, "invocations");
	json_object_begin(json, NULL);
	json_boolean(json, "executionSuccessful", true);
	json_array_begin(json, "toolExecutionNotifications");
	if (!trace->is_complete) {
		g_autofree char *reason = text_clean(trace->incomplete_reason, TEXT_SENTENCE_MAX);
		g_autofree char *text = g_strdup_printf(
			"The trace is incomplete (%s): what is not found may be there all the same.",
			reason);
		write_notification(json, "incomplete-trace", text);
	}
	if (ci->findings->len > SARIF_RESULTS_MAX) {
		g_autofree char *text =
			g_strdup_printf("%u findings are left out: the worst %u of %u are told.",
					ci->findings->len - SARIF_RESULTS_MAX, SARIF_RESULTS_MAX,
					ci->findings->len);
		write_notification(json, "results-left-out", text);
	}
	json_array_end(json);
	json_object_end(json);
	json_array_end(json);
}

static void write_base(struct json *json)
{
	json_object_begin(json, "originalUriBaseIds");
	json_object_begin(json, "SRCROOT");
	sarif_message(json, "description", "The root of the source tree");
	json_object_end(json);
	json_object_end(json);
}

static void write_results(struct json *json, const struct ci *ci)
{
	guint count = MIN(ci->findings->len, SARIF_RESULTS_MAX);

	json_array_begin(json, "results");
	for (guint i = 0; i < count; i++)
		sarif_result(json, ci, ci->findings->pdata[i]);
	json_array_end(json);
}

static void write_counts(struct json *json, const struct ci *ci)
{
	unsigned suppressed = 0, baselined = 0;

	for (guint i = 0; i < ci->findings->len; i++) {
		const struct finding *finding = ci->findings->pdata[i];

		suppressed += finding->suppressed_by != NULL;
		baselined += finding->is_baselined;
	}
	json_unsigned(json, "findings", ci->findings->len - suppressed - baselined);
	json_unsigned(json, "suppressed", suppressed);
	json_unsigned(json, "baselined", baselined);
}

/*
 * No "automationDetails": its id would be the category at GitHub, where two runs of one category replace each
 * other's alerts, and it would outdo the category that a workflow gives to each of its uploads.
 */
static void emit(FILE *out, const struct ci *ci)
{
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_string(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_string(&json, "version", "2.1.0");
	json_array_begin(&json, "runs");
	json_object_begin(&json, NULL);
	write_tool(&json);
	write_invocation(&json, ci);
	write_base(&json);
	json_string(&json, "columnKind", "utf16CodeUnits");
	write_results(&json, ci);
	json_object_begin(&json, "properties");
	json_string(&json, "verdict", verdict_name(ci->report->verdict));
	write_counts(&json, ci);
	json_object_end(&json);
	json_object_end(&json);
	json_array_end(&json);
	json_object_end(&json);
}

static int sarif_write(FILE *out, const struct report *report, const struct format_options *options,
		       struct error *err)
{
	return ci_write(out, NULL, report, options, emit, err);
}

static int sarif_write_several(FILE *out, const GPtrArray *reports, const struct report *joined,
			       const struct format_options *options, struct error *err)
{
	return ci_write(out, reports, joined, options, emit, err);
}

const struct format format_sarif = {
	.name = "sarif",
	.summary = "findings as SARIF 2.1.0, as GitHub's code scanning takes it",
	.write = sarif_write,
	.write_several = sarif_write_several,
};
