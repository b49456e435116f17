/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For conformance programs: one line for each check, the same on every run.
 *
 * A program says what each call came to; it does not judge. The test compares what it says bare
 * with what it says recorded. So no line may depend on time, addresses, ids or luck: where a
 * thread has to sleep in a call first, struct blocked waits until it does.
 * main() begins with conform_start() and returns 0.
 */
#ifndef TESTS_CONFORMANCE_CONFORM_H
#define TESTS_CONFORMANCE_CONFORM_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* errno before a call of which it is also asked whether it leaves errno alone. */
#define ERRNO_MARK 4711

/* Lines go out whole, so that a child of fork() has none of them in its buffer. */
static inline void conform_start(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	alarm(60);
}

static inline void conform_give_up(const char *what)
{
	fprintf(stderr, "cannot %s\n", what);
	_exit(99);
}

/* How an error number is written: "0", "EBUSY", "4711". number stays valid until the next call. */
static inline const char *error_name(int error)
{
	static __thread char number[16];
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", error);
	return number;
}

/* A function that returns an error number, as pthread_* do. */
static inline void check(const char *name, int error)
{
	printf("%s: %s\n", name, error_name(error));
}

static inline void check_number(const char *name, long long number)
{
	printf("%s: %lld\n", name, number);
}

static inline void check_text(const char *name, const char *text)
{
	printf("%s: %s\n", name, text);
}

/* A function that returns -1 and sets errno; error: errno after it. */
static inline void check_result(const char *name, long long result, int error)
{
	if (result == -1)
		printf("%s: -1 %s\n", name, error_name(error));
	else
		printf("%s: %lld\n", name, result);
}

static inline const char *errno_state(int error)
{
	return error == ERRNO_MARK ? "errno kept" : error_name(error);
}

/* check() of a call, and whether it left errno alone. */
#define CHECK(name, call)                                                                          \
	do {                                                                                       \
		errno = ERRNO_MARK;                                                                \
		int check_error_ = (call);                                                         \
		int check_errno_ = errno;                                                          \
		printf("%s: %s, %s\n", name, error_name(check_error_), errno_state(check_errno_)); \
	} while (0)

/* check_result() of a call; where it succeeds, also whether it left errno alone. */
#define CHECK_CALL(name, call)                                                                     \
	do {                                                                                       \
		errno = ERRNO_MARK;                                                                \
		long long check_result_ = (call);                                                  \
		int check_errno_ = errno;                                                          \
		printf("%s: %lld, %s\n", name, check_result_, errno_state(check_errno_));          \
	} while (0)

/* The time on clock in ms milliseconds; negative: it is over. */
static inline struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec time;

	clock_gettime(clock, &time);
	long long ns = time.tv_nsec + ms % 1000 * 1000000LL;
	time.tv_sec += ms / 1000 + (ns >= 1000000000) - (ns < 0);
	time.tv_nsec = ns + (ns < 0 ? 1000000000 : 0) - (ns >= 1000000000 ? 1000000000 : 0);
	return time;
}

/* Soon enough to wait for, long enough ago, and further off than any check takes. */
static inline struct timespec near(clockid_t clock)
{
	return in_ms(clock, 10);
}

static inline struct timespec past(clockid_t clock)
{
	return in_ms(clock, -1000);
}

static inline struct timespec far(clockid_t clock)
{
	return in_ms(clock, 100000);
}

/* A time that no clock shows: nanoseconds of 0..999999999 are right. */
static inline struct timespec with_ns(clockid_t clock, long ns)
{
	struct timespec time = in_ms(clock, 50000);

	time.tv_nsec = ns;
	return time;
}

/* Was the deadline waited for? */
static inline void check_reached(const char *name, clockid_t clock, struct timespec deadline)
{
	struct timespec now;

	clock_gettime(clock, &now);
	bool is_early = now.tv_sec < deadline.tv_sec ||
			(now.tv_sec == deadline.tv_sec && now.tv_nsec < deadline.tv_nsec);
	check_text(name, is_early ? "early" : "not early");
}

static inline void pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) == -1 && errno == EINTR)
		;
}

static inline pthread_t run_thread(void *(*routine)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, routine, argument) != 0)
		conform_give_up("create a thread");
	return thread;
}

static inline void *join_thread(pthread_t thread)
{
	void *result = NULL;

	if (pthread_join(thread, &result) != 0)
		conform_give_up("join a thread");
	return result;
}

static inline bool read_task(pid_t pid, pid_t tid, const char *file, char *line, int size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, file);
	FILE *in = fopen(path, "re");
	if (!in)
		return false;
	bool is_read = fgets(line, size, in) != NULL;
	fclose(in);
	return is_read;
}

/* Is the task asleep in system call number, -1 for any? state: what tells this sleep from others. */
static inline bool is_asleep(pid_t pid, pid_t tid, long number, char *state, int size)
{
	char stat[512];

	if (!read_task(pid, tid, "stat", stat, sizeof(stat)))
		return false;
	const char *end = strrchr(stat, ')');
	if (!end || end[1] != ' ' || end[2] != 'S')
		return false;
	/* Some kernels do not tell the system call; that it sleeps must do there. */
	if (!read_task(pid, tid, "syscall", state, size)) {
		strcpy(state, "?");
		return true;
	}
	char *after;
	long found = strtol(state, &after, 10);
	return after != state && (number == -1 || found == number);
}

/*
 * Wait until a thread sleeps in system call number, -1 for any: several looks in a row see one
 * and the same sleep, so it is not a short one on the way. False: it did not come to that.
 */
static inline bool wait_until_asleep(pid_t pid, pid_t tid, long number)
{
	char before[256] = "", now[256];
	int same = 0;

	for (int tries = 0; tries < 3000; tries++) {
		if (!is_asleep(pid, tid, number, now, sizeof(now)))
			same = 0;
		else
			same = strcmp(before, now) == 0 ? same + 1 : 1;
		if (same == 5)
			return true;
		strcpy(before, same ? now : "");
		pause_ms(1);
	}
	return false;
}

static inline bool wait_until_blocked(pid_t tid, long number)
{
	return wait_until_asleep(getpid(), tid, number);
}

/* How often the handler ran, in any thread; signal-safe. */
static atomic_int signals_handled;

static inline void count_signal(int number)
{
	(void)number;
	atomic_fetch_add(&signals_handled, 1);
}

static inline void handle_signal(int number, int flags)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

	sigaction(number, &action, NULL);
}

/* A thread that makes one call that blocks. */
struct blocked {
	pthread_t thread;
	atomic_int tid;
	int (*call)(void *argument);
	void *argument;
	long number; /* of the system call that it sleeps in, -1 any */
	int result, error;
	atomic_int cleanups;
};

static inline void blocked_clean_up(void *blocked)
{
	atomic_fetch_add(&((struct blocked *)blocked)->cleanups, 1);
}

static inline void *blocked_main(void *context)
{
	struct blocked *blocked = context;

	atomic_store(&blocked->tid, gettid());
	pthread_cleanup_push(blocked_clean_up, blocked);
	errno = ERRNO_MARK;
	blocked->result = blocked->call(blocked->argument);
	blocked->error = errno;
	pthread_cleanup_pop(0);
	return NULL;
}

/* Returns when the thread sleeps in the call. */
static inline void blocked_start(struct blocked *blocked, long number, int (*call)(void *),
				 void *argument)
{
	*blocked = (struct blocked){ .call = call, .argument = argument, .number = number };
	blocked->thread = run_thread(blocked_main, blocked);
	while (!atomic_load(&blocked->tid))
		sched_yield();
	if (!wait_until_blocked(blocked->tid, number))
		printf("the thread does not block\n");
}

/* Returns when the thread has run the handler of SIGUSR1; flags: SA_RESTART or 0. */
static inline void blocked_signal(struct blocked *blocked, int flags)
{
	int before = atomic_load(&signals_handled);

	handle_signal(SIGUSR1, flags);
	if (pthread_kill(blocked->thread, SIGUSR1) != 0)
		conform_give_up("send a signal");
	while (atomic_load(&signals_handled) == before)
		pause_ms(1);
}

/* The same, and the thread sleeps in its call again. */
static inline void blocked_signal_through(struct blocked *blocked, int flags)
{
	blocked_signal(blocked, flags);
	if (!wait_until_blocked(blocked->tid, blocked->number))
		printf("the thread does not block again\n");
}

/*
 * Join it and say what its call came to, result and errno, or that it was cancelled. Results
 * above 0 are error numbers; those of a call that counts are for blocked_check_count().
 */
static inline void blocked_check(const char *name, struct blocked *blocked)
{
	if (join_thread(blocked->thread) == PTHREAD_CANCELED)
		printf("%s: cancelled, %d cleanup\n", name, blocked->cleanups);
	else
		printf("%s: %s, %s\n", name, error_name(blocked->result),
		       errno_state(blocked->error));
}

static inline void blocked_check_count(const char *name, struct blocked *blocked)
{
	if (join_thread(blocked->thread) == PTHREAD_CANCELED)
		printf("%s: cancelled, %d cleanup\n", name, blocked->cleanups);
	else
		printf("%s: %d, %s\n", name, blocked->result, errno_state(blocked->error));
}

/* A call that does not block for long, made by another thread. */
static inline void check_elsewhere(const char *name, int (*call)(void *), void *argument)
{
	struct blocked other = { .call = call, .argument = argument };

	other.thread = run_thread(blocked_main, &other);
	blocked_check(name, &other);
}

/* A call that is a cancellation point: cancel a thread that sleeps in it. */
static inline void check_cancelled(const char *name, long number, int (*call)(void *),
				   void *argument)
{
	struct blocked blocked;

	blocked_start(&blocked, number, call, argument);
	if (pthread_cancel(blocked.thread) != 0)
		conform_give_up("cancel a thread");
	blocked_check(name, &blocked);
}

/* How a child ended: "exit 3", "signal ABRT". */
static inline void check_status(const char *name, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", name, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: signal %s\n", name, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: status %#x\n", name, status);
}

static inline int wait_for_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			conform_give_up("wait for a child");
	return status;
}

/* Run body in a child process; what it returns is the status that it exits with. */
static inline void check_child(const char *name, int (*body)(void *), void *argument)
{
	pid_t pid = fork();

	if (pid == -1)
		conform_give_up("fork");
	if (pid == 0) {
		alarm(60); /* a child does not inherit it */
		_exit(body(argument));
	}
	check_status(name, wait_for_child(pid));
}

#endif
