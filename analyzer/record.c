/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run a command and record what its threads do. */
#include "analyzer/record.h"

#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "analyzer/clock.h"
#include "analyzer/directory.h"
#include "analyzer/family.h"
#include "analyzer/launch.h"
#include "analyzer/notes.h"
#include "analyzer/program.h"
#include "analyzer/progress.h"
#include "analyzer/signals.h"
#include "analyzer/tracing.h"
#include "analyzer/watch.h"
#include "libtrace/collector.h"
#include "libtrace/event.h"
#include "libtrace/session.h"

struct record {
	const struct record_options *options;
	struct record_result *result;
	struct launch_libraries libraries;
	struct directory directory;
	struct signals signals;
	struct tracing tracing;
	struct notes notes;
	int64_t start_ns;
	int64_t end_ns; /* when COMMAND ended, CLOCK_MONOTONIC */
	struct progress progress;
};

const char *record_ending_name(enum record_ending ending)
{
	static const char *const names[] = {
		[RECORD_EXITED] = "exited",	[RECORD_SIGNALLED] = "signalled",
		[RECORD_TIMEOUT] = "timeout",	[RECORD_INTERRUPTED] = "interrupted",
		[RECORD_BROKEN] = "broken",	[RECORD_STALL] = "stall",
		[RECORD_DEADLOCK] = "deadlock",
	};

	return names[ending];
}

bool record_was_ended(enum record_ending ending)
{
	return ending == RECORD_TIMEOUT || ending == RECORD_STALL || ending == RECORD_DEADLOCK;
}

char *record_default_directory(const char *program)
{
	const char *slash = strrchr(program, '/');
	time_t now = time(NULL);
	struct tm local;
	struct stat status;
	char stamp[32];
	char *name;

	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	if (asprintf(&name, "heddle-%s-%s", slash ? slash + 1 : program, stamp) < 0)
		return NULL;
	size_t length = strlen(name);
	for (int i = 2; lstat(name, &status) == 0; i++) {
		char *next;

		int ret = asprintf(&next, "%.*s-%d", (int)length, name, i);
		free(name);
		if (ret < 0)
			return NULL;
		name = next;
	}
	return name;
}

/* The words of command with a blank between; the caller frees it. */
static char *command_line(char *const *command)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return NULL;
	for (char *const *word = command; *word; word++)
		fprintf(out, "%s%s", word == command ? "" : " ", *word);
	fclose(out);
	return line;
}

/* What can be known before anything is made. */
static int check_command(struct record *record, struct error *err)
{
	char path[PATH_MAX];
	int ret = program_find(record->options->command[0], path, sizeof(path), err);

	if (ret < 0) {
		record->result->exit_code = ret == -ENOENT ? RECORD_EXIT_NOT_FOUND
							   : RECORD_EXIT_NOT_EXECUTABLE;
		return ret;
	}
	return program_check(path, err);
}

static void restore_signals(const void *signals)
{
	signals_restore(signals);
}

static int launch(struct record *record, pid_t *pid, struct error *err)
{
	const struct session *session = record->tracing.session;
	const struct launch_tracing tracing = {
		.libraries = &record->libraries,
		.home = session_home(session),
		.run = session_run(session),
		.stacks = record->options->stacks,
		.has_stacks_on_all = record->options->has_stacks_on_all,
		.buffers = record->tracing.collector ? record->tracing.buffers : NULL,
		.home_before = session_home_before(session),
		.has_noise = record->options->has_noise,
		.noise_seed = record->options->noise_seed,
	};
	struct launch_environment environment;
	int ret = launch_environment_init(&environment, environ, &tracing);

	if (ret == 0)
		ret = launch_start(record->options->command, environment.list, restore_signals,
				   &record->signals, pid, err);
	else
		fail(err, -ret, "out of memory");
	launch_environment_done(&environment);
	if (ret > 0) {
		record->result->exit_code = ret == ENOENT ? RECORD_EXIT_NOT_FOUND
							  : RECORD_EXIT_NOT_EXECUTABLE;
		ret = -ret;
	}
	return ret;
}

/* COMMAND runs, but nobody will watch it: it must not stay behind. */
static int abandon(const struct record *record, pid_t pid, int ret)
{
	pid_t tracers[3];

	watch_tracers(record->tracing.session, record->tracing.collector, tracers);
	family_signal(tracers, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

static int write_detail(struct record *record, int64_t time_ns, bool is_summary, struct error *err)
{
	return notes_write(&record->notes, EVENT_recording_detail, time_ns, 0,
			   is_summary ? "summary" : "full", err);
}

static int write_start(struct record *record, pid_t pid, struct error *err)
{
	cleanup_free char *line = command_line(record->options->command);
	int ret = notes_write(&record->notes, EVENT_recording_start, record->start_ns, pid, line,
			      err);

	if (ret == 0 && record->tracing.collector)
		ret = write_detail(record, record->start_ns, record->options->is_summary, err);
	if (ret == 0 && record->options->has_noise)
		ret = notes_write(&record->notes, EVENT_recording_noise, record->start_ns,
				  record->options->noise_seed, NULL, err);
	return ret;
}

static int run_command(struct record *record, struct watched *watched, struct error *err)
{
	pid_t pid;

	record->start_ns = clock_now_ns();
	int ret = launch(record, &pid, err);
	if (ret < 0)
		return ret;
	ret = write_start(record, pid, err);
	if (ret < 0)
		return abandon(record, pid, ret);
	const struct watch watch = {
		.command = pid,
		.session = record->tracing.session,
		.collector = record->tracing.collector,
		.notes = &record->notes,
		.signals = &record->signals,
		.timeout_ns = record->options->timeout_ns,
		.on_deadlock = record->options->on_deadlock,
		.say = record->options->say,
		.stall_ns = record->options->stall_ns,
		.wants_core = record->options->wants_core,
	};
	ret = watch_command(&watch, watched, err);
	record->end_ns = clock_now_ns();
	return ret < 0 ? abandon(record, pid, ret) : 0;
}

static void judge(struct record_result *result, const struct watched *watched)
{
	static const enum record_ending endings[] = {
		[ENDING_TIMEOUT] = RECORD_TIMEOUT,
		[ENDING_STALL] = RECORD_STALL,
		[ENDING_DEADLOCK] = RECORD_DEADLOCK,
	};
	int status = watched->wait_status;
	/* A program that catches a signal and ends by itself, says so, or does not. */
	bool is_ended = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) > 128);

	result->wait_status = status;
	result->is_interrupted = watched->is_interrupted;
	result->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (watched->ended != ENDING_NONE)
		result->ending = endings[watched->ended];
	else if (watched->is_interrupted && is_ended)
		result->ending = RECORD_INTERRUPTED;
	else
		result->ending = WIFSIGNALED(status) ? RECORD_SIGNALLED : RECORD_EXITED;
}

static int write_collected(struct record *record, const struct watched *watched, struct error *err)
{
	const struct collector_result *collected = &record->tracing.collected;
	int ret = 0;

	if (collected->summary_ns)
		ret = write_detail(record, collected->summary_ns, true, err);
	if (ret == 0 && collected->lost)
		ret = notes_write(&record->notes, EVENT_events_lost, record->end_ns,
				  (int64_t)collected->lost, NULL, err);
	return ret < 0 ? ret
		       : notes_write_costs(&record->notes, record->end_ns, collected,
					   watched->cpu_ns, err);
}

static int write_end(struct record *record, const struct watched *watched, struct error *err)
{
	int ret = record->tracing.has_collected ? write_collected(record, watched, err) : 0;

	if (ret < 0)
		return ret;
	return notes_write(&record->notes, EVENT_recording_end, record->end_ns,
			   record->result->wait_status, record_ending_name(record->result->ending),
			   err);
}

/* The recording lost its end, but what is there is of use. */
static int keep_broken(struct record *record, const struct watched *watched, int ret,
		       struct error *err)
{
	struct error said = *err;
	struct error ignored;

	record->result->ending = RECORD_BROKEN;
	if (watched->freed)
		fail(err, -ret,
		     "%.*s; %zu of the processes hung in their tracer then and were ended",
		     (int)sizeof(said.text) - 100, said.text, watched->freed);
	(void)!write_end(record, watched, &ignored);
	return ret;
}

static void warn(const struct record *record)
{
	const struct collector_result *collected = &record->tracing.collected;
	char *warning = record->result->warning;

	if (collected->allocate_code)
		snprintf(warning, sizeof(record->result->warning),
			 "the buffers of the recording could not grow: %s; threads waited %.1f s",
			 strerror(collected->allocate_code),
			 (double)collected->counts.blocked_ns / 1e9);
}

/* The traces are closed. broken: why they are not complete, and err says it. */
static int finish(struct record *record, const struct watched *watched, int broken,
		  struct error *err)
{
	bool is_recorded = tracing_has_events(&record->tracing, &record->directory);

	judge(record->result, watched);
	if (broken == 0 && !is_recorded)
		return fail(err, ENODATA, "'%s' could not be traced: nothing of it was recorded",
			    record->options->command[0]);
	warn(record);
	if (broken == 0)
		broken = write_end(record, watched, err);
	return broken < 0 ? keep_broken(record, watched, broken, err) : 0;
}

static int run_in_directory(struct record *record, struct error *err)
{
	struct watched watched;
	int ret = notes_open(&record->notes, &record->directory, err);

	if (ret == 0)
		ret = tracing_start(&record->tracing, record->options, &record->directory,
				    record->libraries.provider, err);
	if (ret < 0)
		return ret;
	ret = run_command(record, &watched, err);
	if (ret < 0) {
		tracing_abandon(&record->tracing);
		return ret;
	}
	if (watched.broken < 0)
		*err = watched.why;
	ret = tracing_end(&record->tracing, watched.broken, &record->progress, err);
	return finish(record, &watched, ret, err);
}

/* Signals come to us from here on: whatever ends the recording, it is cleaned up. */
static int run_with_signals(struct record *record, struct error *err)
{
	int is_subreaper = 0;
	int ret = signals_take(&record->signals, err);

	if (ret < 0)
		return ret;
	/* What a dying parent leaves behind comes to us: it may have to be ended. */
	prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ret = run_in_directory(record, err);
	family_reap();
	prctl(PR_SET_CHILD_SUBREAPER, is_subreaper);
	signals_give_back(&record->signals);
	return ret;
}

int record_run(const struct record_options *options, struct record_result *result,
	       struct error *err)
{
	struct record record = { .options = options, .result = result };

	*result = (struct record_result){ .exit_code = RECORD_EXIT_FAILED };
	progress_init(&record.progress, stderr);
	int ret = check_command(&record, err);
	if (ret == 0)
		ret = launch_find_libraries(&record.libraries, err);
	if (ret == 0)
		ret = directory_take(&record.directory, options->directory, err);
	if (ret < 0)
		return ret;
	ret = run_with_signals(&record, err);
	notes_close(&record.notes);
	/* COMMAND's own status is of no interest then, and exec's verdict stands. */
	if (ret < 0 && (record.end_ns || result->exit_code < RECORD_EXIT_FAILED))
		result->exit_code = RECORD_EXIT_FAILED;
	if (ret < 0 && result->ending != RECORD_BROKEN)
		directory_give_back(&record.directory);
	return ret;
}
