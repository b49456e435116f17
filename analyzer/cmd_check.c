/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle check: record and report in one. */
#include <inttypes.h>
#include <signal.h>

#include "analyzer/analyze.h"
#include "analyzer/cmd.h"
#include "analyzer/directory.h"
#include "analyzer/record.h"
#include "libtrace/tree.h"

struct check {
	const struct options *options;
	struct record_options record;
	unsigned run;	 /* from 1 */
	char *directory; /* Owned by this: of the recording */
	bool is_kept;
	struct record_result result;
	struct report *report;
	struct lists *lists;
};

/* Number of the signal that asks to stop, 0 none. Before and after the recording only. */
static volatile sig_atomic_t interrupt;

static void check_on_signal(int signal)
{
	interrupt = signal;
}

/* An ignored signal stays ignored (nohup), for COMMAND too. */
static void check_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = check_on_signal, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	}
}

static int check_make_directory(struct check *check, struct error *err)
{
	const char *parent = getenv("TMPDIR");

	if (check->options->trace) {
		check->is_kept = true;
		check->directory = strdup(check->options->trace);
		return check->directory ? 0 : fail(err, ENOMEM, "out of memory");
	}
	if (!parent || !*parent)
		parent = "/tmp";
	if (asprintf(&check->directory, "%s/heddle-check-XXXXXX", parent) < 0) {
		check->directory = NULL;
		return fail(err, ENOMEM, "out of memory");
	}
	if (mkdtemp(check->directory))
		return 0;
	int code = errno;
	free(check->directory);
	check->directory = NULL;
	return fail(err, code, "cannot make a directory in '%s': %s", parent, strerror(code));
}

static void check_done(struct check *check)
{
	if (check->directory && !check->is_kept)
		tree_remove(check->directory);
	free(check->directory);
	report_free(check->report);
	lists_free(check->lists);
}

/* A recording that broke is said, and what there is of it is analysed. */
static int check_record(struct check *check, struct error *err)
{
	check->record.directory = check->directory;
	int ret = record_run(&check->record, &check->result, err);
	if (check->result.warning[0])
		cmd_say("%s", check->result.warning);
	if (ret < 0 && check->result.ending == RECORD_BROKEN) {
		cmd_say("%s", err->text);
		return 0;
	}
	return ret;
}

static int check_finish_lists(struct check *check, struct error *err)
{
	g_autoptr(GPtrArray) reports = g_ptr_array_new();

	g_ptr_array_add(reports, check->report);
	return cmd_finish_lists(check->lists, reports, check->report->trace.is_complete, err);
}

static int check_analyze(struct check *check, struct error *err)
{
	const struct options *options = check->options;
	struct progress progress;
	const struct analyze_options analyze_options = {
		.path = check->directory,
		.fail_on = options->fail_on,
		.lists = check->lists,
		.limits = options->limits,
		.progress = &progress,
		.interrupt = &interrupt,
	};

	progress_init(&progress, stderr);
	int ret = analyze_trace(&analyze_options, check->report, err);
	if (ret < 0)
		return ret;
	if (report_count(check->report, options->fail_on))
		check->is_kept = true;
	return 0;
}

static int check_report(struct check *check, struct error *err)
{
	int ret = cmd_write_report(check->options, check->report, err);

	return ret < 0 ? ret : check_finish_lists(check, err);
}

static int check_exit_code(const struct check *check)
{
	const struct options *options = check->options;
	const struct record_result *result = &check->result;

	bool has_findings = report_count(check->report, options->fail_on) ||
			    lists_have_failed(check->lists);

	if (has_findings && !options->exits_zero && options->error_exitcode)
		return options->error_exitcode;
	if (record_was_ended(result->ending))
		return EXIT_CODE_TIMEOUT;
	if (result->ending == RECORD_BROKEN)
		return EXIT_CODE_FAILED;
	if (options->is_strict && !check->report->trace.is_complete)
		return EXIT_CODE_FAILED;
	/* COMMAND may have caught the signal and said 0; what was asked for did not happen. */
	if (result->ending == RECORD_INTERRUPTED && result->exit_code < 128)
		return 128 + SIGINT;
	return result->exit_code;
}

static void check_tell(const struct check *check)
{
	const struct trace_facts *trace = &check->report->trace;

	/* A recording that broke has been told already. */
	if (trace->incomplete_reason && check->result.ending != RECORD_BROKEN)
		cmd_say("the trace is incomplete: %s", trace->incomplete_reason);
	if (check->is_kept)
		cmd_say("the recording is kept in '%s'; read it with 'heddle report %s'",
			check->directory, check->directory);
}

static void check_tell_run(const struct check *check)
{
	const struct options *options = check->options;
	const struct trace_facts *trace = &check->report->trace;
	g_autofree char *seed = NULL;

	if (options->runs == 1)
		return;
	if (trace->noise)
		seed = g_strdup_printf(", noise seed %" PRId64, trace->noise->seed);
	cmd_say("run %u of %u%s: %s; COMMAND %s", check->run, options->runs, seed ? seed : "",
		verdict_name(check->report->verdict), trace->ending ? trace->ending : "has ended");
}

/* Nothing was found, and nothing is wrong with COMMAND or the recording. */
static bool check_is_to_repeat(const struct check *check)
{
	return check->run < check->options->runs && !check->result.is_interrupted && !interrupt &&
	       check->result.ending == RECORD_EXITED && check_exit_code(check) == 0 &&
	       !report_count(check->report, check->options->fail_on);
}

/* The run is to leave nothing behind; but the lists know of all runs what they had there. */
static void check_start_over(struct check *check)
{
	if (check->options->trace)
		directory_clear(check->directory);
	else
		tree_remove(check->directory);
	g_clear_pointer(&check->directory, free);
	report_free(check->report);
	check->report = report_new();
	check->record.noise_seed++;
}

/* One run of COMMAND, recorded and analysed. */
static int check_once(struct check *check, struct error *err)
{
	int ret = check_make_directory(check, err);
	if (ret < 0)
		return ret;
	if (interrupt)
		return fail(err, EINTR, "interrupted");
	ret = check_record(check, err);
	if (ret < 0)
		return ret;
	ret = check_analyze(check, err);
	if (ret == 0) {
		check_tell_run(check);
		return 0;
	}
	check_tell(check);
	check->result.exit_code = EXIT_CODE_FAILED;
	return ret;
}

static int check_runs(struct check *check, struct error *err)
{
	int ret = check_once(check, err);

	while (ret == 0 && check_is_to_repeat(check)) {
		check->result.exit_code = EXIT_CODE_FAILED;
		check_start_over(check);
		check->run++;
		ret = check_once(check, err);
	}
	return ret;
}

/* 0, or an error with check->result.exit_code as the exit code. */
static int check_run(struct check *check, struct error *err)
{
	int ret = targets_check(&check->options->targets, err);
	if (ret < 0)
		return ret;
	check_catch();
	check->record = check->options->record;
	check->record.say = cmd_say_sentence;
	cmd_choose_seed(check->options, &check->record);
	ret = check_runs(check, err);
	if (ret < 0)
		return ret;
	/* It would leave the directory. Not earlier: COMMAND would inherit it. */
	signal(SIGPIPE, SIG_IGN);
	ret = check_report(check, err);
	check_tell(check);
	if (ret < 0)
		check->result.exit_code = EXIT_CODE_FAILED;
	return ret;
}

int cmd_check(const struct options *options)
{
	struct check check = {
		.options = options,
		.run = 1,
		.result = { .ending = RECORD_EXITED, .exit_code = RECORD_EXIT_FAILED },
	};
	struct error err;

	if (!options->argument_count)
		return cmd_refuse("check", "check needs a command to run");
	if (lists_open(&options->lists, &check.lists, &err) < 0)
		return cmd_refuse("check", "%s", err.text);
	check.report = report_new();
	int ret = check_run(&check, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	int code = ret < 0 ? check.result.exit_code : check_exit_code(&check);
	if (ret == -EINTR && interrupt)
		code = 128 + interrupt;
	check_done(&check);
	return code;
}
