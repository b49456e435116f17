/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle report: what a trace tells. */
#include "analyzer/analyze.h"
#include "analyzer/cmd.h"
#include "analyzer/output.h"

static int report_exit_code(const struct options *options, const struct report *report)
{
	if (report_count(report, options->fail_on))
		return EXIT_CODE_FINDINGS;
	return options->is_strict && !report->trace.is_complete ? EXIT_CODE_TRACE : EXIT_CODE_CLEAN;
}

static int report_run(const struct options *options, struct report *report, struct error *err)
{
	struct progress progress;
	const struct analyze_options analyze_options = {
		.path = options->arguments[0],
		.fail_on = options->fail_on,
		.limits = options->limits,
		.at = options->at,
		.progress = &progress,
	};

	int ret = output_check(options->output, err);
	if (ret < 0)
		return ret;
	progress_init(&progress, stderr);
	ret = analyze_trace(&analyze_options, report, err);
	return ret < 0 ? ret : cmd_write_report(options, report, err);
}

int cmd_report(const struct options *options)
{
	struct error err;

	if (options->argument_count != 1)
		return cmd_refuse("report", "report needs one trace");
	struct report *report = report_new();
	int ret = report_run(options, report, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	int code = ret < 0 ? EXIT_CODE_TRACE : report_exit_code(options, report);
	report_free(report);
	return code;
}
