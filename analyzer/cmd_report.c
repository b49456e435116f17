/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle report: what a trace tells, or several traces each and together. */
#include "analyzer/analyze.h"
#include "analyzer/cmd.h"
#include "analyzer/joined.h"

/* Of struct report *, which it frees. */
static GPtrArray *report_list(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)report_free);
}

struct reporting {
	const struct options *options;
	struct lists *lists; /* Owned by this */
};

static int report_exit_code(const struct reporting *reporting, const struct report *report,
			    bool has_findings)
{
	const struct options *options = reporting->options;

	if ((has_findings || lists_have_failed(reporting->lists)) && !options->exits_zero)
		return EXIT_CODE_FINDINGS;
	return options->is_strict && !report->trace.is_complete ? EXIT_CODE_TRACE : EXIT_CODE_CLEAN;
}

static int report_analyze(const struct reporting *reporting, const char *path,
			  struct report *report, struct error *err)
{
	const struct options *options = reporting->options;
	struct progress progress;
	struct analyze_options analyze_options = {
		.path = path,
		.fail_on = options->fail_on,
		.lists = reporting->lists,
		.limits = options->limits,
		.at = options->at,
		.progress = &progress,
	};

	analyze_options.limits.keeps_orders = options->argument_count > 1;
	progress_init(&progress, stderr);
	return analyze_trace(&analyze_options, report, err);
}

static int report_one(const struct reporting *reporting)
{
	const struct options *options = reporting->options;
	g_autoptr(GPtrArray) reports = report_list();
	struct report *report = report_new();
	struct error err;

	g_ptr_array_add(reports, report);
	int ret = report_analyze(reporting, options->arguments[0], report, &err);
	if (ret == 0)
		ret = cmd_write_report(options, report, &err);
	if (ret == 0)
		ret = cmd_finish_lists(reporting->lists, reports, report->trace.is_complete, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	return ret < 0 ? EXIT_CODE_TRACE
		       : report_exit_code(reporting, report,
					  report_count(report, options->fail_on));
}

/* Reports of those traces that can be read; of each other one its sentence. */
static GPtrArray *report_each(const struct reporting *reporting)
{
	const struct options *options = reporting->options;
	GPtrArray *reports = report_list();

	for (int i = 0; i < options->argument_count; i++) {
		struct report *report = report_new();
		struct error err;

		if (report_analyze(reporting, options->arguments[i], report, &err) < 0) {
			cmd_say("%s", err.text);
			report_free(report);
			continue;
		}
		g_ptr_array_add(reports, report);
	}
	return reports;
}

/* The worst of all, that of a trace that cannot be read being the worst there is. */
static int report_worst(const struct reporting *reporting, const GPtrArray *reports,
			const struct report *joined, unsigned unread)
{
	bool has_findings = false;

	for (unsigned i = 0; i < reports->len; i++)
		has_findings |= report_count(reports->pdata[i], reporting->options->fail_on) > 0;
	return unread ? EXIT_CODE_TRACE : report_exit_code(reporting, joined, has_findings);
}

static int report_several(const struct reporting *reporting)
{
	const struct options *options = reporting->options;
	g_autoptr(GPtrArray) reports = report_each(reporting);
	unsigned unread = (unsigned)options->argument_count - reports->len;
	struct error err;

	if (!reports->len)
		return EXIT_CODE_TRACE;
	struct report *joined = joined_report(reports, unread, reporting->lists, options->fail_on);
	int ret = cmd_write_reports(options, reports, joined, &err);
	/* Freed with the others, after which it points to nothing. */
	g_ptr_array_insert(reports, 0, joined);
	if (ret == 0)
		ret = cmd_finish_lists(reporting->lists, reports, joined->trace.is_complete, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	return ret < 0 ? EXIT_CODE_TRACE : report_worst(reporting, reports, joined, unread);
}

int cmd_report(const struct options *options)
{
	struct reporting reporting = { .options = options };
	struct error err;

	if (!options->argument_count)
		return cmd_refuse("report", "report needs a trace");
	if (targets_check(&options->targets, &err) < 0) {
		cmd_say("%s", err.text);
		return EXIT_CODE_TRACE;
	}
	if (lists_open(&options->lists, &reporting.lists, &err) < 0)
		return cmd_refuse("report", "%s", err.text);
	int code = options->argument_count == 1 ? report_one(&reporting)
						: report_several(&reporting);
	lists_free(reporting.lists);
	return code;
}
