/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND while it runs: its signals, its time limit, and the daemon that records it. */
#include "analyzer/watch.h"

#include <limits.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "analyzer/clock.h"
#include "analyzer/family.h"
#include "analyzer/movement.h"
#include "analyzer/snapshot.h"
#include "analyzer/stall.h"

/* One Ctrl-C may reach us twice: from the terminal, and from a parent that passes it on. */
#define SAME_INTERRUPT_NS (SECOND_NS / 5)

/* How often to ask whether the trace is still being written. */
#define CHECK_NS SECOND_NS

/* A daemon that ends takes the collector with it, and is seen to be dead a little later. */
#define DEATH_STEP_MS 20
#define DEATH_STEPS 25

/* How often to look for processes that hang in the tracer, and how often in a row they must. */
#define LOOK_NS (SECOND_NS / 2)
#define LOOKS_TO_TERM 4
#define LOOKS_TO_KILL 8

/* To look at where all threads are: those of a deadlock the trace tells. */
#define LOOK_AROUND_NS (2 * SECOND_NS)
#define LOOK_QUICKLY_NS (SECOND_NS / 2)

#define NEVER ENDING_NEVER

enum { FD_COMMAND, FD_SIGNALS, FD_DAEMON, FD_CONSUMER, FD_COLLECTOR, FD_NEWS, FD_COUNT };

struct watching {
	const struct watch *watch;
	struct watched *watched;
	struct pollfd fds[FD_COUNT];
	pid_t tracers[3];     /* processes of the family that are not COMMAND's, 0 ends it */
	int64_t interrupt_ns; /* time of the first Ctrl-C, NEVER: none */
	int64_t timeout_at;
	int64_t check_at;
	int64_t look_at;
	unsigned int stuck_looks;
	struct ending ending;
	struct live live;
	struct stall stall;
	int64_t stall_at; /* when to look whether anything moves */
};

static int64_t timeout_at(int64_t timeout_ns)
{
	int64_t now = clock_now_ns();

	return timeout_ns > 0 && timeout_ns < NEVER - now ? now + timeout_ns : NEVER;
}

static void take_interrupt(struct watching *watching)
{
	int64_t now = clock_now_ns();

	if (watching->interrupt_ns == NEVER)
		watching->interrupt_ns = now;
	else if (now - watching->interrupt_ns > SAME_INTERRUPT_NS)
		family_signal(watching->tracers, SIGKILL);
}

static void take_signals(struct watching *watching)
{
	struct signalfd_siginfo info;

	while (read(watching->watch->signals->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		watching->watched->is_interrupted = true;
		/* The terminal sends to the whole foreground group. */
		if (info.ssi_code != SI_KERNEL)
			kill(watching->watch->command, info.ssi_signo);
		if (info.ssi_signo == SIGINT)
			take_interrupt(watching);
	}
}

/* 0, or -errno and a sentence. */
static int check_tracers(const struct watch *watch, struct error *why)
{
	int ret = session_check(watch->session, why);

	if (ret < 0 || !watch->collector || collector_is_alive(watch->collector))
		return ret;
	for (int i = 0; ret == 0 && i < DEATH_STEPS; i++) {
		poll(NULL, 0, DEATH_STEP_MS);
		ret = session_check(watch->session, why);
	}
	return ret < 0 ? ret : fail(why, EPIPE, "the collector ended during the recording");
}

static void check_session(struct watching *watching)
{
	struct watched *watched = watching->watched;

	watched->broken = check_tracers(watching->watch, &watched->why);
	watching->check_at = clock_now_ns() + CHECK_NS;
	if (watched->broken == 0)
		return;
	watching->check_at = NEVER;
	watching->fds[FD_DAEMON].fd = -1;
	watching->fds[FD_CONSUMER].fd = -1;
	watching->fds[FD_COLLECTOR].fd = -1;
	watching->fds[FD_NEWS].fd = -1;
	watching->stall_at = NEVER;
	if (watching->watch->collector)
		collector_give_up(watching->watch->collector);
	else
		watching->look_at = clock_now_ns() + LOOK_NS;
}

/*
 * Nobody empties the buffers any more. A program that waits for room would
 * wait for ever, inside an operation that has nothing to do with us.
 */
static void look_for_stuck(struct watching *watching)
{
	const pid_t *except = watching->tracers;

	watching->look_at = clock_now_ns() + LOOK_NS;
	if (family_signal_stuck(except, 0) == 0) {
		watching->stuck_looks = 0;
		return;
	}
	watching->stuck_looks++;
	if (watching->stuck_looks == LOOKS_TO_TERM)
		watching->watched->freed += family_signal_stuck(except, SIGTERM);
	else if (watching->stuck_looks >= LOOKS_TO_KILL)
		family_signal_stuck(except, SIGKILL);
}

static bool is_interrupted(void *argument)
{
	struct watching *watching = argument;

	take_signals(watching);
	return watching->watched->is_interrupted;
}

/* Errors are not told: what is to be noted last will fail for the same reason. */
static void note_hang(struct watching *watching, enum ending_reason reason, int64_t idle_ns)
{
	const struct snapshot_options options = {
		.except = watching->tracers,
		.budget_ns = reason == ENDING_DEADLOCK ? LOOK_QUICKLY_NS : LOOK_AROUND_NS,
		.signals = watching->watch->signals->fd,
		.is_cut = is_interrupted,
		.argument = watching,
	};
	int64_t now = clock_now_ns();
	struct error ignored;

	if (notes_write(watching->watch->notes, EVENT_recording_hang, now, idle_ns,
			ending_reason_name(reason), &ignored) == 0)
		(void)!snapshot_take(&options, watching->watch->notes, now, &ignored);
}

/* idle_ns: for how long nothing had moved, -1 where that is not why. */
static void begin_ending(struct watching *watching, enum ending_reason reason, int64_t idle_ns)
{
	if (watching->ending.reason != ENDING_NONE)
		return;
	watching->timeout_at = watching->stall_at = NEVER;
	watching->watched->ended = reason;
	note_hang(watching, reason, idle_ns);
	ending_begin(&watching->ending, reason, clock_now_ns());
}

static void take_news(struct watching *watching)
{
	struct pollfd *news = &watching->fds[FD_NEWS];

	if (!news->revents)
		return;
	if (!collector_take_news(watching->watch->collector))
		news->fd = -1;
	live_hear(&watching->live, clock_now_ns());
}

static void look_for_movement(struct watching *watching)
{
	struct stall_sample sample;

	movement_see(collector_arena(watching->watch->collector), watching->tracers, &sample);
	int64_t now = clock_now_ns();
	bool is_stalled = stall_take(&watching->stall, &sample, now);
	watching->stall_at = watching->stall.look_ns;
	if (is_stalled)
		begin_ending(watching, ENDING_STALL, stall_idle_ns(&watching->stall, now));
}

static void take_time(struct watching *watching)
{
	int64_t now = clock_now_ns();

	if (live_step(&watching->live, now))
		begin_ending(watching, ENDING_DEADLOCK, -1);
	if (now >= watching->timeout_at)
		begin_ending(watching, ENDING_TIMEOUT, -1);
	if (now >= watching->stall_at)
		look_for_movement(watching);
	if (now >= watching->ending.due_ns)
		ending_step(&watching->ending, watching->tracers, now);
	if (now >= watching->check_at)
		check_session(watching);
	if (now >= watching->look_at)
		look_for_stuck(watching);
}

static int poll_timeout_ms(const struct watching *watching)
{
	const int64_t times[] = { watching->timeout_at, watching->ending.due_ns,
				  watching->check_at,	watching->look_at,
				  watching->stall_at,	watching->live.next_ns };
	int64_t at = NEVER;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		at = times[i] < at ? times[i] : at;
	int64_t left_ms = at == NEVER ? INT_MAX : (at - clock_now_ns()) / 1000000 + 1;
	return left_ms < 0 ? 0 : left_ms < INT_MAX ? left_ms : INT_MAX;
}

/* Those that hang in the tracer, where the recording broke. */
static void end_stuck(struct watching *watching)
{
	while (watching->look_at != NEVER && family_signal_stuck(watching->tracers, 0) > 0 &&
	       watching->stuck_looks <= LOOKS_TO_KILL) {
		poll(NULL, 0, LOOK_NS / 1000000);
		look_for_stuck(watching);
	}
}

static int reap_command(pid_t command, struct watched *watched, struct error *err)
{
	struct rusage usage;

	if (wait4(command, &watched->wait_status, 0, &usage) < 0)
		return fail(err, errno, "cannot wait for COMMAND: %s", strerror(errno));
	watched->cpu_ns = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SECOND_NS +
			  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * INT64_C(1000);
	return 0;
}

void watch_tracers(const struct session *session, const struct collector *collector,
		   pid_t tracers[3])
{
	size_t count = 0;

	if (session_daemon(session))
		tracers[count++] = session_daemon(session);
	if (collector)
		tracers[count++] = collector_pid(collector);
	tracers[count] = 0;
}

int watch_command(const struct watch *watch, struct watched *watched, struct error *err)
{
	int daemons[2];
	cleanup_close int pidfd = pidfd_open(watch->command, 0);

	*watched = (struct watched){ 0 };
	if (pidfd < 0)
		return fail(err, errno, "cannot watch COMMAND: %s", strerror(errno));
	session_watch(watch->session, daemons);
	int collector_fd = watch->collector ? collector_pidfd(watch->collector) : -1;
	int news_fd = watch->collector ? collector_news_fd(watch->collector) : -1;
	struct watching watching = {
		.watch = watch,
		.watched = watched,
		.fds = { [FD_COMMAND] = { pidfd, POLLIN, 0 },
			 [FD_SIGNALS] = { watch->signals->fd, POLLIN, 0 },
			 [FD_DAEMON] = { daemons[0], POLLIN, 0 },
			 [FD_CONSUMER] = { daemons[1], POLLIN, 0 },
			 [FD_COLLECTOR] = { collector_fd, POLLIN, 0 },
			 [FD_NEWS] = { news_fd, POLLIN, 0 } },
		.interrupt_ns = NEVER,
		.timeout_at = timeout_at(watch->timeout_ns),
		.check_at = clock_now_ns() + CHECK_NS,
		.look_at = NEVER,
		.stall_at = NEVER,
	};
	ending_init(&watching.ending, watch->wants_core);
	live_init(&watching.live, watch->on_deadlock, watch->say,
		  watch->collector ? collector_arena(watch->collector) : NULL);
	if (watch->stall_ns && watch->collector) {
		stall_init(&watching.stall, watch->stall_ns, clock_now_ns());
		watching.stall_at = watching.stall.look_ns;
	}
	watch_tracers(watch->session, watch->collector, watching.tracers);
	while (!watching.fds[FD_COMMAND].revents) {
		int count = poll(watching.fds, FD_COUNT, poll_timeout_ms(&watching));

		if (count < 0 && errno != EINTR)
			return fail(err, errno, "cannot watch COMMAND: %s", strerror(errno));
		take_signals(&watching);
		family_reap_but(watch->command);
		if (watching.fds[FD_DAEMON].revents || watching.fds[FD_CONSUMER].revents ||
		    watching.fds[FD_COLLECTOR].revents)
			check_session(&watching);
		take_news(&watching);
		if (!watching.fds[FD_COMMAND].revents)
			take_time(&watching);
	}
	ending_finish(&watching.ending, watching.tracers, watch->command);
	end_stuck(&watching);
	return reap_command(watch->command, watched, err);
}
