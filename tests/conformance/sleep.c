/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sleeps: for a time, until a time, until a signal. */
#include <setjmp.h>
#include <sys/select.h>
#include <threads.h>

#include "tests/conformance/conform.h"

static const struct timespec moment = { .tv_nsec = 5000000 }, long_time = { .tv_sec = 100 };
static const struct timespec bad = { .tv_nsec = 1000000000 }, negative = { .tv_sec = -1 };

/* What is left of a long sleep, where a signal ended it. */
static struct timespec left_over;

static int call_sleep(void *unused)
{
	(void)unused;
	return sleep(100) > 0;
}

static int call_usleep(void *unused)
{
	(void)unused;
	return usleep(90000000);
}

static int call_nanosleep(void *unused)
{
	(void)unused;
	return nanosleep(&long_time, &left_over);
}

static int call_clock_nanosleep(void *unused)
{
	(void)unused;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, &left_over);
}

static int call_clock_nanosleep_until(void *unused)
{
	struct timespec deadline = far(CLOCK_REALTIME);

	(void)unused;
	return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &deadline, NULL);
}

static int call_thrd_sleep(void *unused)
{
	(void)unused;
	return thrd_sleep(&long_time, &left_over);
}

static int call_pause(void *unused)
{
	(void)unused;
	return pause();
}

static int call_sigsuspend(void *unused)
{
	sigset_t none;

	(void)unused;
	sigemptyset(&none);
	return sigsuspend(&none);
}

static sigset_t only(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	return set;
}

static int call_sigwait(void *unused)
{
	sigset_t set = only(SIGUSR2);
	int number = 0;

	(void)unused;
	int error = sigwait(&set, &number);
	return error ? error : number == SIGUSR2 ? 0 : -1;
}

static int call_sigwaitinfo(void *unused)
{
	sigset_t set = only(SIGUSR2);
	siginfo_t info;

	(void)unused;
	return sigwaitinfo(&set, &info);
}

static int call_sigtimedwait(void *unused)
{
	sigset_t set = only(SIGUSR2);

	(void)unused;
	return sigtimedwait(&set, NULL, &long_time);
}

static int call_select(void *unused)
{
	struct timeval time = { .tv_sec = 100 };

	(void)unused;
	return select(0, NULL, NULL, NULL, &time);
}

static const struct sleep {
	const char *name;
	long number;
	int (*call)(void *);
} sleeps[] = {
	{ "sleep", SYS_clock_nanosleep, call_sleep },
	{ "usleep", SYS_clock_nanosleep, call_usleep },
	{ "nanosleep", SYS_clock_nanosleep, call_nanosleep },
	{ "clock_nanosleep", SYS_clock_nanosleep, call_clock_nanosleep },
	{ "clock_nanosleep until", SYS_clock_nanosleep, call_clock_nanosleep_until },
	{ "thrd_sleep", SYS_clock_nanosleep, call_thrd_sleep },
	{ "pause", -1, call_pause },
	{ "sigsuspend", SYS_rt_sigsuspend, call_sigsuspend },
	{ "sigwait", SYS_rt_sigtimedwait, call_sigwait },
	{ "sigwaitinfo", SYS_rt_sigtimedwait, call_sigwaitinfo },
	{ "sigtimedwait", SYS_rt_sigtimedwait, call_sigtimedwait },
	{ "select without sets", -1, call_select },
};

#define SLEEP_COUNT (sizeof(sleeps) / sizeof(sleeps[0]))

static const char *line(const char *name, const char *what)
{
	static __thread char text[96];

	snprintf(text, sizeof(text), "%s: %s", name, what);
	return text;
}

/* sigwait() goes on after a handler, whatever its flags. */
static bool goes_on(const struct sleep *sleep)
{
	return sleep->call == call_sigwait;
}

static void interrupted(const struct sleep *sleep, int flags)
{
	struct blocked blocked;

	left_over = (struct timespec){ 0 };
	blocked_start(&blocked, sleep->number, sleep->call, NULL);
	if (goes_on(sleep)) {
		blocked_signal_through(&blocked, flags);
		pthread_kill(blocked.thread, SIGUSR2);
	} else {
		blocked_signal(&blocked, flags);
	}
	blocked_check_count(line(sleep->name, flags ? "signal, SA_RESTART" : "signal"), &blocked);
	check_number(line(sleep->name, "something is left"), left_over.tv_sec > 0);
}

static void each_way_out(void)
{
	for (size_t i = 0; i < SLEEP_COUNT; i++) {
		interrupted(&sleeps[i], 0);
		interrupted(&sleeps[i], SA_RESTART);
		check_cancelled(line(sleeps[i].name, "cancelled"), sleeps[i].number, sleeps[i].call,
				NULL);
	}
}

static void times(void)
{
	struct timespec deadline = near(CLOCK_MONOTONIC), over = past(CLOCK_MONOTONIC);

	CHECK_CALL("sleep 0", sleep(0));
	CHECK_CALL("usleep", usleep(1000));
	CHECK_CALL("nanosleep", nanosleep(&moment, NULL));
	CHECK_CALL("nanosleep: no such time", nanosleep(&bad, NULL));
	CHECK_CALL("nanosleep: negative", nanosleep(&negative, NULL));
	CHECK_CALL("nanosleep: no such address", nanosleep((void *)8, NULL));
	CHECK("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL));
	CHECK("clock_nanosleep until",
	      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL));
	check_reached("clock_nanosleep until: then", CLOCK_MONOTONIC, deadline);
	CHECK("clock_nanosleep until a time before",
	      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &over, NULL));
	CHECK("clock_nanosleep: no such time", clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL));
	CHECK("clock_nanosleep: no such clock", clock_nanosleep(77, 0, &moment, NULL));
	CHECK("clock_nanosleep: the thread's own clock",
	      clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &moment, NULL));
	CHECK_CALL("thrd_sleep", thrd_sleep(&moment, NULL));
	CHECK_CALL("thrd_sleep: no such time", thrd_sleep(&bad, NULL));
	CHECK_CALL("pselect without sets", pselect(0, NULL, NULL, NULL, &moment, NULL));
}

/* SIGUSR2 is blocked in every thread. */
static void awaited_signals(void)
{
	const struct timespec none = { 0 };
	sigset_t set = only(SIGUSR2);
	siginfo_t info = { 0 };
	int number = 0;

	CHECK_CALL("sigtimedwait: none, no time", sigtimedwait(&set, &info, &none));
	CHECK_CALL("sigtimedwait: none", sigtimedwait(&set, &info, &moment));
	CHECK_CALL("sigtimedwait: no such time", sigtimedwait(&set, &info, &bad));
	CHECK_CALL("sigtimedwait: no such address of a time", sigtimedwait(&set, &info, (void *)8));
	CHECK_CALL("sigwaitinfo: no such address", sigwaitinfo((void *)8, &info));
	raise(SIGUSR2);
	CHECK_CALL("sigtimedwait: pending, no time", sigtimedwait(&set, &info, &none));
	check_number("its signal", info.si_signo == SIGUSR2 && info.si_pid == getpid());
	raise(SIGUSR2);
	CHECK_CALL("sigwaitinfo: pending", sigwaitinfo(&set, NULL));
	raise(SIGUSR2);
	CHECK("sigwait: pending", sigwait(&set, &number));
	check_number("its number", number == SIGUSR2);
	CHECK_CALL("sigsuspend: no such address", sigsuspend((void *)8));
}

static sigjmp_buf jump;

static void leave(int number)
{
	siglongjmp(jump, number);
}

/* A signal handler that jumps out of a sleep, and sleeps as ever after it. */
static void left_by_jump(void)
{
	static int i;

	signal(SIGVTALRM, leave);
	for (i = 0; i < 3; i++) {
		int number = sigsetjmp(jump, 1);
		if (number) {
			check_number("jumped out of a sleep", number == SIGVTALRM);
			continue;
		}
		timer_t timer;
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM };
		struct itimerspec soon_once = { .it_value = moment };
		timer_create(CLOCK_MONOTONIC, &event, &timer);
		timer_settime(timer, 0, &soon_once, NULL);
		nanosleep(&long_time, NULL);
	}
	CHECK_CALL("nanosleep after jumps", nanosleep(&moment, NULL));
}

static void *cancelled_before(void *call)
{
	pthread_cancel(pthread_self());
	((const struct sleep *)call)->call(NULL);
	return NULL;
}

static void pending_cancellation(void)
{
	for (size_t i = 0; i < SLEEP_COUNT; i++) {
		void *result = join_thread(run_thread(cancelled_before, (void *)&sleeps[i]));
		check_number(line(sleeps[i].name, "cancellation pending"),
			     result == PTHREAD_CANCELED);
	}
}

int main(void)
{
	sigset_t set = only(SIGUSR2);

	conform_start();
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	times();
	awaited_signals();
	each_way_out();
	left_by_jump();
	pending_cancellation();
	return 0;
}
