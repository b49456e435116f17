/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Once: every way into a routine, every way out of it, and to wait for it. */
#include <setjmp.h>
#include <threads.h>

#include "tests/conformance/conform.h"

#define CROWD 8

/* glibc has one kind of control for both. */
struct way {
	const char *name;
	int (*use)(void *once, void (*routine)(void));
};

static const struct way *way;
static pthread_once_t control, second, deep[CROWD];
static struct blocked runner, waiter;
static __thread sigjmp_buf back;
static atomic_int runs, depth, is_inside, may_go;

static int by_pthread(void *once, void (*routine)(void))
{
	return pthread_once(once, routine);
}

static int by_c11(void *once, void (*routine)(void))
{
	call_once(once, routine);
	return 0;
}

static const struct way ways[] = { { "pthread_once", by_pthread }, { "call_once", by_c11 } };

static const char *named(const char *what)
{
	static __thread char name[128];

	snprintf(name, sizeof(name), "%s: %s", way->name, what);
	return name;
}

static void renew(void)
{
	control = second = PTHREAD_ONCE_INIT;
	for (int i = 0; i < CROWD; i++)
		deep[i] = PTHREAD_ONCE_INIT;
	runs = depth = is_inside = may_go = 0;
}

static void say_runs(const char *what)
{
	check_number(named(what), runs);
}

static void run(void)
{
	runs++;
}

static void run_setting_errno(void)
{
	runs++;
	errno = EXDEV;
}

/* Until main() lets it go, by a sleep that is no cancellation point. */
static void run_long(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	is_inside = 1;
	while (!may_go)
		pause_ms(1);
	runs++;
	pthread_setcancelstate(state, NULL);
}

static void leave_by_cancellation(void)
{
	run_long();
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

static void leave_by_exit(void)
{
	run_long();
	pthread_exit(PTHREAD_CANCELED);
}

static void leave_by_jump(void)
{
	run_long();
	siglongjmp(back, 1);
}

static int use(void *routine)
{
	return way->use(&control, routine);
}

static int use_asynchronous(void *routine)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return use(routine);
}

static int use_when_asked_to_end(void *routine)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	errno = ERRNO_MARK;
	return use(routine);
}

static int use_with_way_back(void *routine)
{
	return sigsetjmp(back, 1) ? EINTR : use(routine);
}

/* Jumps out, comes again, and ends in a routine that is left by pthread_exit(). */
static int use_again_and_exit(void *routine)
{
	check(named("jumped out"), use_with_way_back(routine));
	check(named("used again"), use(run));
	return way->use(&second, leave_by_exit);
}

static void jump_back(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void start_runner(int (*call)(void *), void (*routine)(void))
{
	runner = (struct blocked){ .call = call, .argument = routine };
	runner.thread = run_thread(blocked_main, &runner);
	while (!is_inside)
		sched_yield();
}

static void simple(void)
{
	renew();
	CHECK(named("first"), use(run));
	CHECK(named("again"), use(run));
	CHECK(named("done, other routine"), use(leave_by_exit));
	check_elsewhere(named("done, asked to end"), use_when_asked_to_end, run);
	say_runs("runs");
	renew();
	CHECK(named("routine that sets errno"), use(run_setting_errno));
	renew();
	check_elsewhere(named("new, asked to end"), use_when_asked_to_end, run);
	say_runs("asked to end, runs");
}

static void *use_in_crowd(void *unused)
{
	(void)unused;
	for (int i = 0; i < CROWD; i++)
		way->use(&deep[i], run);
	return NULL;
}

static void crowded(void)
{
	pthread_t threads[CROWD];

	renew();
	for (int i = 0; i < CROWD; i++)
		threads[i] = run_thread(use_in_crowd, NULL);
	for (int i = 0; i < CROWD; i++)
		join_thread(threads[i]);
	say_runs("crowd");
}

/* A waiter for a routine that is left in some way; the waiter then runs its own. */
static void waited_for(const char *what, int (*call)(void *), void (*routine)(void))
{
	renew();
	start_runner(call, routine);
	blocked_start(&waiter, SYS_futex, use, run);
	may_go = 1;
	blocked_check(named(what), &runner);
	blocked_check(named("waiter"), &waiter);
	say_runs("runs with a waiter");
	CHECK(named("afterwards"), use(run));
	say_runs("runs afterwards");
}

static void left_and_again(void)
{
	renew();
	may_go = 1;
	check_elsewhere(named("jump, again, exit"), use_again_and_exit, leave_by_jump);
	CHECK(named("after the exit"), way->use(&second, run));
	say_runs("runs of two");
}

static void disturb_by_signal(void)
{
	blocked_signal_through(&waiter, 0);
	blocked_signal_through(&waiter, SA_RESTART);
}

static void disturb_by_request(void)
{
	pthread_cancel(waiter.thread);
}

static void disturb_by_jump(void)
{
	struct sigaction action = { .sa_handler = jump_back };

	sigaction(SIGUSR2, &action, NULL);
	pthread_kill(waiter.thread, SIGUSR2);
}

static void disturbed(const char *what, int (*call)(void *), void (*disturb)(void))
{
	renew();
	start_runner(use, run_long);
	blocked_start(&waiter, SYS_futex, call, run);
	disturb();
	if (call != use)
		blocked_check(named(what), &waiter);
	may_go = 1;
	blocked_check(named("undisturbed"), &runner);
	if (call == use)
		blocked_check(named(what), &waiter);
	say_runs("disturbed runs");
}

static void run_deeper(void)
{
	int now = atomic_fetch_add(&depth, 1);

	runs++;
	if (now < CROWD)
		way->use(&deep[now], run_deeper);
}

static void use_second_in_handler(int number)
{
	(void)number;
	way->use(&second, run);
}

static void run_interrupted(void)
{
	struct sigaction action = { .sa_handler = use_second_in_handler };

	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	runs++;
}

static void nested(void)
{
	renew();
	CHECK(named("nested"), use(run_deeper));
	say_runs("nested runs");
	renew();
	CHECK(named("interrupted"), use(run_interrupted));
	say_runs("interrupted runs");
	CHECK(named("second"), way->use(&second, run));
}

static void run_forking(void)
{
	runs++;
	pid_t pid = fork();
	if (pid != 0)
		check_status(named("child of the routine"), wait_for_child(pid));
	else
		is_inside = 1;
}

static int child_uses_anew(void *unused)
{
	(void)unused;
	return use(run) + runs;
}

static void reenter(void)
{
	runs++;
	way->use(&control, reenter);
}

static int child_never_returns(void *unused)
{
	(void)unused;
	renew();
	blocked_start(&waiter, SYS_futex, use, reenter);
	return 20 + runs;
}

static int child_is_cancelled_inside(void *unused)
{
	(void)unused;
	renew();
	check_cancelled(named("inside itself"), SYS_futex, use_asynchronous, reenter);
	CHECK(named("free again"), use(run));
	return 20 + runs;
}

static void forked(void)
{
	renew();
	CHECK(named("forks"), use(run_forking));
	if (is_inside)
		_exit(use(run) + runs + 10);
	renew();
	start_runner(use, run_long);
	check_child(named("child of a process in a routine"), child_uses_anew, NULL);
	may_go = 1;
	blocked_check(named("parent"), &runner);
	check_child(named("re-entered"), child_never_returns, NULL);
	check_child(named("re-entered and cancelled"), child_is_cancelled_inside, NULL);
}

int main(void)
{
	conform_start();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = &ways[i];
		simple();
		crowded();
		waited_for("returns", use, run_long);
		waited_for("cancelled", use, leave_by_cancellation);
		waited_for("exits", use, leave_by_exit);
		waited_for("jumps", use_with_way_back, leave_by_jump);
		left_and_again();
		disturbed("signals", use, disturb_by_signal);
		disturbed("request to end", use, disturb_by_request);
		disturbed("cancelled asynchronously", use_asynchronous, disturb_by_request);
		disturbed("left by siglongjmp", use_with_way_back, disturb_by_jump);
		nested();
		forked();
	}
	return 0;
}
