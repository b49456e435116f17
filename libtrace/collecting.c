/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The collector's process itself: it loads LTTng, sweeps over the buffers, and ends. */
#include "libtrace/collecting.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "libtrace/provider.h"
#include "libtrace/recording.h"

/* LTTng's own 3 s are too short on a loaded machine. */
#define REGISTER_TIMEOUT "30000"
#define ENABLED_STEP_MS 1
#define ENABLED_STEPS 5000

/* Between two sweeps over all chunks, at most: time, and what full chunks brought meanwhile. */
#define SWEEP_INTERVAL_NS INT64_C(100000000)
#define SWEEP_INTERVAL_BYTES (UINT64_C(8) << 20)

/*
 * A writer of LTTng that finds its buffer full naps for 100 ms, whatever happens meanwhile. A signal
 * ends the nap. Measured with 2 GiB of full chunks that two threads fill: 4 to 5 s with buffers of
 * 4 times 512 KiB, 2 MiB and 8 MiB alike; without the signal 57 to 100, 20 to 29 and 9 to 11 s.
 */
#define NAP_US 1000

#define ALIVE_NS INT64_C(1000000000)

/* How often to look whether threads in the table of waits are no more. */
#define RECLAIM_NS INT64_C(1000000000)

/* How long it may go on after the recorder has died. */
#define ORPHAN_SECONDS 20

/* Descriptors that it keeps. */
enum { FD_SOCKET = STDERR_FILENO + 1, FD_BUFFERS, FD_REST };

struct collecting {
	const struct collector_options *options;
	struct arena_file file;
	int socket;
	const struct provider *provider;
	struct sweep *sweep;
	struct collector_result result;
	int64_t swept_ns; /* the latest sweep over all chunks */
	int64_t reclaimed_ns;
	uint64_t swept_bytes;
	uint32_t told_rings;
	bool is_told; /* that sweep found something */
};

static volatile sig_atomic_t is_orphaned;
static timer_t last_timer;

/* Whatever it hangs in then, it must not stay. */
static void on_orphaned(int signal)
{
	const struct itimerspec limit = { .it_value = { .tv_sec = ORPHAN_SECONDS } };

	(void)signal;
	is_orphaned = 1;
	timer_settime(last_timer, 0, &limit, NULL);
}

static void on_tick(int signal)
{
	(void)signal;
}

static void tick(bool is_on)
{
	const suseconds_t step = is_on ? NAP_US : 0;
	const struct itimerval timer = { { 0, step }, { 0, step } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void emit(void *context, const struct batch *batch)
{
	struct collecting *collecting = context;
	struct arena *arena = collecting->file.arena;
	uint64_t max_bytes = collecting->options->max_bytes;

	collecting->provider->batch(batch);
	/* A sweep may take long: threads that wait for it shall see that somebody is there. */
	struct arena_clock now = arena_now(false);
	if (now.ns - arena->latest.ns > ALIVE_NS)
		arena->latest = arena_now(arena->uses_tsc);
	if (max_bytes == 0 || collecting->result.summary_ns ||
	    sweep_counts(collecting->sweep)->bytes <= max_bytes ||
	    atomic_load(&arena->detail) == ARENA_DETAIL_SUMMARY)
		return;
	/* Before it, because what comes then is no full detail any more. */
	collecting->result.summary_ns = arena_now(false).ns;
	atomic_store(&arena->detail, ARENA_DETAIL_SUMMARY);
}

/* Ticks would interrupt it again and again. */
static int allocate(void *context, uint32_t first, uint32_t count)
{
	struct collecting *collecting = context;

	tick(false);
	int ret = arena_allocate(&collecting->file, first, count);
	tick(true);
	return ret;
}

/* LTTng takes its tracepoints down when the daemon ends. */
static bool is_recorded(const struct collecting *collecting)
{
	return *collecting->provider->enabled[EVENT_process_start] != 0;
}

static void sweep_all(struct collecting *collecting, enum sweep_depth depth)
{
	struct arena *arena = collecting->file.arena;
	struct arena_clock clock = arena_now(arena->uses_tsc);

	size_t found = sweep_run(collecting->sweep, depth);
	/* Once more after the last batch: an event is stamped a little before it is written. */
	if (found || collecting->is_told || depth == SWEEP_LAST)
		collecting->provider->collected(&clock);
	collecting->is_told = found > 0;
	collecting->swept_ns = clock.ns;
	collecting->swept_bytes = sweep_counts(collecting->sweep)->bytes;
	arena->latest = clock;
	if (clock.ns - collecting->reclaimed_ns < RECLAIM_NS)
		return;
	waits_reclaim(arena_waits(arena));
	collecting->reclaimed_ns = clock.ns;
}

static void sweep_some(struct collecting *collecting)
{
	uint64_t bytes = sweep_counts(collecting->sweep)->bytes;

	tick(true);
	if (bytes - collecting->swept_bytes >= SWEEP_INTERVAL_BYTES ||
	    arena_now(false).ns - collecting->swept_ns >= SWEEP_INTERVAL_NS)
		sweep_all(collecting, SWEEP_ALL);
	else
		sweep_run(collecting->sweep, SWEEP_FULL);
	tick(false);
}

static void say(const struct collecting *collecting, const void *message, size_t size)
{
	/* A recorder that has died hears nothing. */
	(void)!send(collecting->socket, message, size, MSG_NOSIGNAL);
}

static void tell_news(struct collecting *collecting)
{
	const struct collecting_news news = {
		.rings = waits_rings(arena_waits(collecting->file.arena)),
	};

	if (news.rings > collecting->told_rings)
		say(collecting, &news, sizeof(news));
	collecting->told_rings = news.rings;
}

static bool is_finished(const struct collecting *collecting)
{
	struct pollfd fd = { .fd = collecting->socket, .events = POLLIN };

	return is_orphaned || (poll(&fd, 1, 0) > 0 && fd.revents);
}

static void collect(struct collecting *collecting)
{
	struct arena *arena = collecting->file.arena;

	while (!is_finished(collecting) && is_recorded(collecting)) {
		uint32_t seen = atomic_load(&arena->full);

		tell_news(collecting);
		sweep_some(collecting);
		int64_t left_ns = collecting->swept_ns + SWEEP_INTERVAL_NS - arena_now(false).ns;
		if (left_ns > 0)
			arena_sleep(arena, seen, left_ns);
	}
	/* Later on it is of those who outlive COMMAND. */
	collecting->result.lost = atomic_load(&arena->lost);
	arena_close(arena);
	if (!is_recorded(collecting))
		return;
	tick(true);
	sweep_all(collecting, SWEEP_LAST);
	tick(false);
}

static int load_provider(struct collecting *collecting, struct error *err)
{
	const char *path = collecting->options->provider;

	if (dlopen(path, RTLD_NOW | RTLD_NOLOAD))
		return fail(err, EBUSY, "heddle itself is being recorded with --plain");
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fail(err, ELIBACC, "cannot load '%s': %s", path, dlerror());
	collecting->provider = dlsym(library, PROVIDER_SYMBOL);
	if (!collecting->provider || collecting->provider->size != sizeof(struct provider))
		return fail(err, ELIBBAD, "'%s' belongs to another version of heddle", path);
	for (int i = 0; i < ENABLED_STEPS && !is_recorded(collecting); i++)
		poll(NULL, 0, ENABLED_STEP_MS);
	if (!is_recorded(collecting))
		return fail(err, ETIMEDOUT, "the collector does not reach the tracing daemon");
	return 0;
}

static int set_environment(const struct collector_options *options, struct error *err)
{
	char run[32];

	snprintf(run, sizeof(run), "%" PRIu64, options->run);
	if (setenv(RECORDING_RUN_VARIABLE, run, 1) < 0 ||
	    (options->home && setenv("LTTNG_HOME", options->home, 1) < 0) ||
	    setenv("LTTNG_UST_ALLOW_BLOCKING", "1", 1) < 0 ||
	    setenv("LTTNG_UST_REGISTER_TIMEOUT", REGISTER_TIMEOUT, 0) < 0)
		return fail(err, ENOMEM, "out of memory");
	return 0;
}

/* Of the terminal, nothing: it ends when the recorder says so, or dies. */
static int take_signals(struct error *err)
{
	static const int wanted[] = { SIGTERM, SIGALRM, SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT };
	const struct sigaction orphaned = { .sa_handler = on_orphaned };
	const struct sigaction ticked = { .sa_handler = on_tick };
	struct sigevent end = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	sigset_t blocked;

	if (timer_create(CLOCK_MONOTONIC, &end, &last_timer) < 0)
		return fail(err, errno, "cannot make a timer: %s", strerror(errno));
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigdelset(&blocked, wanted[i]);
	sigaction(SIGTERM, &orphaned, NULL);
	sigaction(SIGALRM, &ticked, NULL);
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	return 0;
}

/* The descriptors of the recorder, and COMMAND's, are not its. */
static void leave_recorder(struct collecting *collecting)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Out of the way of the numbers that they shall have. */
	int socket = fcntl(collecting->socket, F_DUPFD_CLOEXEC, FD_REST);
	int buffers = fcntl(collecting->file.fd, F_DUPFD_CLOEXEC, FD_REST);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	dup2(socket, FD_SOCKET);
	dup2(buffers, FD_BUFFERS);
	close_range(FD_REST, UINT_MAX, 0);
	collecting->socket = FD_SOCKET;
	collecting->file.fd = FD_BUFFERS;
}

/* Ready: COMMAND may start. */
static int begin(struct collecting *collecting, struct error *err)
{
	struct arena *arena = collecting->file.arena;
	const struct sweep_options options = {
		.arena = arena,
		.emit = emit,
		.allocate = allocate,
		.context = collecting,
	};
	int ret = take_signals(err);

	if (ret == 0)
		ret = set_environment(collecting->options, err);
	if (ret == 0)
		ret = load_provider(collecting, err);
	if (ret < 0)
		return ret;
	collecting->sweep = sweep_new(&options);
	if (!collecting->sweep)
		return fail(err, ENOMEM, "out of memory");
	arena->collector = getpid();
	collecting->result.event_ps = arena_event_ps(arena->uses_tsc);
	collecting->provider->layout(arena->uses_tsc, arena->names);
	collecting->provider->collected(&arena->start);
	return 0;
}

/*
 * Until the recorder has stopped the session: LTTng flushes the buffers of a process that is there
 * at once, and those of one that has ended some time later. A signal comes where the recorder dies.
 */
static void await_recorder(int socket)
{
	struct pollfd fd = { .fd = socket };

	poll(&fd, 1, -1);
}

void collecting_run(const struct collector_options *options, const struct arena_file *file,
		    int socket, pid_t recorder)
{
	struct collecting collecting = { .options = options, .file = *file, .socket = socket };
	struct collecting_ready ready = { 0 };
	struct error err;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != recorder)
		_exit(EXIT_FAILURE);
	prctl(PR_SET_NAME, "heddle-collect");
	leave_recorder(&collecting);
	int ret = begin(&collecting, &err);
	if (ret < 0) {
		ready.code = -ret;
		memcpy(ready.text, err.text, sizeof(ready.text));
	}
	say(&collecting, &ready, sizeof(ready));
	if (ret < 0)
		_exit(EXIT_FAILURE);
	collect(&collecting);
	collecting.result.counts = *sweep_counts(collecting.sweep);
	collecting.result.allocate_code = sweep_allocate_code(collecting.sweep);
	say(&collecting, &collecting.result, sizeof(collecting.result));
	await_recorder(collecting.socket);
	/* What is in LTTng's buffers is its consumer's, as after SIGKILL. */
	_exit(EXIT_SUCCESS);
}
