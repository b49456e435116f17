/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle report: what a trace tells, or several traces each and together. */
#include "analyzer/analyze.h"
#include "analyzer/cmd.h"
#include "analyzer/joined.h"
#include "analyzer/output.h"

static int report_exit_code(const struct options *options, const struct report *report)
{
	if (report_count(report, options->fail_on))
		return EXIT_CODE_FINDINGS;
	return options->is_strict && !report->trace.is_complete ? EXIT_CODE_TRACE : EXIT_CODE_CLEAN;
}

static int report_analyze(const struct options *options, const char *path, struct report *report,
			  struct error *err)
{
	struct progress progress;
	struct analyze_options analyze_options = {
		.path = path,
		.fail_on = options->fail_on,
		.limits = options->limits,
		.at = options->at,
		.progress = &progress,
	};

	analyze_options.limits.keeps_orders = options->argument_count > 1;
	progress_init(&progress, stderr);
	return analyze_trace(&analyze_options, report, err);
}

static int report_one(const struct options *options)
{
	struct report *report = report_new();
	struct error err;
	int ret = report_analyze(options, options->arguments[0], report, &err);

	if (ret == 0)
		ret = cmd_write_report(options, report, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	int code = ret < 0 ? EXIT_CODE_TRACE : report_exit_code(options, report);
	report_free(report);
	return code;
}

/* Reports of those traces that can be read; of each other one its sentence. */
static GPtrArray *report_each(const struct options *options)
{
	GPtrArray *reports = g_ptr_array_new_with_free_func((GDestroyNotify)report_free);

	for (int i = 0; i < options->argument_count; i++) {
		struct report *report = report_new();
		struct error err;

		if (report_analyze(options, options->arguments[i], report, &err) < 0) {
			cmd_say("%s", err.text);
			report_free(report);
			continue;
		}
		g_ptr_array_add(reports, report);
	}
	return reports;
}

/* The worst of all, that of a trace that cannot be read being the worst there is. */
static int report_worst(const struct options *options, const GPtrArray *reports,
			const struct report *joined, unsigned unread)
{
	bool has_findings = report_count(joined, options->fail_on);

	for (unsigned i = 0; i < reports->len; i++)
		has_findings |= report_count(reports->pdata[i], options->fail_on) > 0;
	if (unread)
		return EXIT_CODE_TRACE;
	return has_findings ? EXIT_CODE_FINDINGS : report_exit_code(options, joined);
}

static int report_several(const struct options *options)
{
	g_autoptr(GPtrArray) reports = report_each(options);
	unsigned unread = (unsigned)options->argument_count - reports->len;
	struct error err;
	int ret = 0;

	if (!reports->len)
		return EXIT_CODE_TRACE;
	struct report *joined = joined_report(reports, unread, options->fail_on);
	ret = cmd_write_reports(options, reports, joined, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	int code = ret < 0 ? EXIT_CODE_TRACE : report_worst(options, reports, joined, unread);
	report_free(joined);
	return code;
}

int cmd_report(const struct options *options)
{
	struct error err;

	if (!options->argument_count)
		return cmd_refuse("report", "report needs a trace");
	if (output_check(options->output, &err) < 0) {
		cmd_say("%s", err.text);
		return EXIT_CODE_TRACE;
	}
	return options->argument_count == 1 ? report_one(options) : report_several(options);
}
