/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run a command and record what its threads do. */
#include "analyzer/record.h"

#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "analyzer/directory.h"
#include "analyzer/family.h"
#include "analyzer/launch.h"
#include "analyzer/program.h"
#include "analyzer/progress.h"
#include "analyzer/signals.h"
#include "analyzer/watch.h"
#include "libtrace/event.h"
#include "libtrace/recording.h"
#include "libtrace/session.h"
#include "libtrace/traces.h"

struct record {
	const struct record_options *options;
	struct record_result *result;
	struct launch_libraries libraries;
	struct directory directory;
	struct signals signals;
	struct session *session;
	FILE *notes;
	int64_t end_ns; /* when COMMAND ended, CLOCK_MONOTONIC */
	struct progress progress;
};

const char *record_ending_name(enum record_ending ending)
{
	static const char *const names[] = {
		[RECORD_EXITED] = "exited",   [RECORD_SIGNALLED] = "signalled",
		[RECORD_TIMEOUT] = "timeout", [RECORD_INTERRUPTED] = "interrupted",
		[RECORD_BROKEN] = "broken",
	};

	return names[ending];
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

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int write_note(struct record *record, enum event_type type, int64_t time_ns, int64_t value,
		      const char *text, struct error *err)
{
	const struct event note = {
		.type = type,
		.pid = getpid(),
		.tid = getpid(),
		.time_ns = time_ns,
		.value = value,
		.text = text,
	};

	errno = 0;
	event_print(&note, record->notes);
	if (fflush(record->notes) == 0 && !ferror(record->notes))
		return 0;
	int code = errno ? errno : EIO;
	return fail(err, code, "cannot write '%s/" RECORDING_NOTES "': %s", record->directory.path,
		    strerror(code));
}

static int open_notes(struct record *record, struct error *err)
{
	char path[PATH_MAX];
	int ret = directory_file(&record->directory, RECORDING_NOTES, path, sizeof(path), err);

	if (ret < 0)
		return ret;
	record->notes = fopen(path, "wxe");
	if (!record->notes)
		return fail(err, errno, "cannot write '%s': %s", path, strerror(errno));
	return 0;
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
	const struct launch_tracing tracing = {
		.libraries = &record->libraries,
		.home = session_home(record->session),
		.run = session_run(record->session),
		.stacks = record->options->stacks,
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
	family_signal(session_daemon(record->session), SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

static int run_command(struct record *record, struct watched *watched, struct error *err)
{
	int64_t start_ns = now_ns();
	cleanup_free char *line = command_line(record->options->command);
	pid_t pid;

	int ret = launch(record, &pid, err);
	if (ret < 0)
		return ret;
	ret = write_note(record, EVENT_recording_start, start_ns, pid, line, err);
	if (ret < 0)
		return abandon(record, pid, ret);
	const struct watch watch = {
		.command = pid,
		.session = record->session,
		.signals = &record->signals,
		.timeout_ns = record->options->timeout_ns,
	};
	ret = watch_command(&watch, watched, err);
	record->end_ns = now_ns();
	return ret < 0 ? abandon(record, pid, ret) : 0;
}

static void judge(struct record_result *result, const struct watched *watched)
{
	int status = watched->wait_status;
	/* A program that catches a signal and ends by itself, says so, or does not. */
	bool is_ended = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) > 128);

	result->wait_status = status;
	result->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (watched->is_timed_out)
		result->ending = RECORD_TIMEOUT;
	else if (watched->is_interrupted && is_ended)
		result->ending = RECORD_INTERRUPTED;
	else
		result->ending = WIFSIGNALED(status) ? RECORD_SIGNALLED : RECORD_EXITED;
}

static void show_flushing(void *pointer)
{
	struct progress *progress = pointer;

	if (!progress->is_shown)
		progress_show(progress, "writing the recording");
}

static int stop_session(struct record *record, struct error *err)
{
	bool is_shown = record->options->is_progress_shown;
	int ret = session_stop(record->session, is_shown ? show_flushing : NULL, &record->progress,
			       err);

	record->session = NULL;
	progress_clear(&record->progress);
	return ret;
}

static int write_end(struct record *record, struct error *err)
{
	return write_note(record, EVENT_recording_end, record->end_ns, record->result->wait_status,
			  record_ending_name(record->result->ending), err);
}

/* The recording lost its end, but what is there is of use. */
static int keep_broken(struct record *record, size_t freed, int ret, struct error *err)
{
	struct error said = *err;
	struct error ignored;

	record->result->ending = RECORD_BROKEN;
	if (freed)
		fail(err, -ret,
		     "%.*s; %zu of the processes hung in their tracer then and were ended",
		     (int)sizeof(said.text) - 100, said.text, freed);
	(void)!write_end(record, &ignored);
	return ret;
}

/* The traces are closed. broken: why they are not complete, and err says it. */
static int finish(struct record *record, const struct watched *watched, int broken,
		  struct error *err)
{
	char ctf[PATH_MAX];
	struct error why;
	int ret = directory_file(&record->directory, RECORDING_CTF, ctf, sizeof(ctf), &why);
	size_t traces = ret < 0 ? 0 : traces_prune(ctf);

	judge(record->result, watched);
	if (broken == 0 && traces == 0)
		return fail(err, ENODATA, "'%s' could not be traced: nothing of it was recorded",
			    record->options->command[0]);
	if (broken == 0)
		broken = write_end(record, err);
	return broken < 0 ? keep_broken(record, watched->freed, broken, err) : 0;
}

static int run_in_directory(struct record *record, struct error *err)
{
	struct watched watched;
	int ret = open_notes(record, err);

	if (ret == 0)
		ret = session_start(record->directory.path, &record->session, err);
	if (ret == 0)
		ret = run_command(record, &watched, err);
	if (!record->session)
		return ret;
	struct error why;
	int stopped = stop_session(record, &why);
	if (ret < 0)
		return ret;
	if (watched.broken < 0)
		why = watched.why;
	if (watched.broken < 0 || stopped < 0)
		*err = why;
	return finish(record, &watched, watched.broken < 0 ? watched.broken : stopped, err);
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
	if (record.notes)
		fclose(record.notes);
	/* COMMAND's own status is of no interest then, and exec's verdict stands. */
	if (ret < 0 && (record.end_ns || result->exit_code < RECORD_EXIT_FAILED))
		result->exit_code = RECORD_EXIT_FAILED;
	if (ret < 0 && result->ending != RECORD_BROKEN)
		directory_give_back(&record.directory);
	return ret;
}
