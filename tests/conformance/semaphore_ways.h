/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way to wait for a semaphore, and every state of the thread in which it may do so. */
#ifndef TESTS_CONFORMANCE_SEMAPHORE_WAYS_H
#define TESTS_CONFORMANCE_SEMAPHORE_WAYS_H

#include <semaphore.h>
#include <setjmp.h>

#include "tests/conformance/conform.h"

struct way {
	const char *name;
	bool has_deadline;
	clockid_t clock;
	int (*wait)(sem_t *, const struct timespec *);
};

/* The semaphore of which is spoken lies in memory that children share. */
static sem_t *semaphore;
static const struct way *way;
static __thread sigjmp_buf back;

static int plain(sem_t *sem, const struct timespec *unused)
{
	(void)unused;
	return sem_wait(sem);
}

static int clock_realtime(sem_t *sem, const struct timespec *deadline)
{
	return sem_clockwait(sem, CLOCK_REALTIME, deadline);
}

static int clock_monotonic(sem_t *sem, const struct timespec *deadline)
{
	return sem_clockwait(sem, CLOCK_MONOTONIC, deadline);
}

static int timed(sem_t *sem, const struct timespec *deadline)
{
	return sem_timedwait(sem, deadline);
}

static const struct way ways[] = {
	{ "wait", false, CLOCK_REALTIME, plain },
	{ "timedwait", true, CLOCK_REALTIME, timed },
	{ "clockwait realtime", true, CLOCK_REALTIME, clock_realtime },
	{ "clockwait monotonic", true, CLOCK_MONOTONIC, clock_monotonic },
};

static const char *named(const char *what)
{
	static __thread char name[128];

	snprintf(name, sizeof(name), "%s: %s", way->name, what);
	return name;
}

static void say_value(const char *what)
{
	int value = -1;

	sem_getvalue(semaphore, &value);
	check_number(named(what), value);
}

static int wait_far(void *unused)
{
	struct timespec deadline = far(way->clock);

	(void)unused;
	return way->wait(semaphore, &deadline);
}

static int wait_at(const struct timespec *deadline)
{
	return way->wait(semaphore, deadline);
}

static int wait_at_any(void *deadline)
{
	return way->wait(semaphore, deadline);
}

static int wait_asynchronous(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	int result = wait_far(unused);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	return result;
}

static int wait_disabled(void *unused)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	int result = wait_far(unused);
	int error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	errno = error;
	return result;
}

static void cancel_self(void)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	errno = ERRNO_MARK;
}

static int wait_when_asked_to_end(void *unused)
{
	cancel_self();
	return wait_far(unused);
}

static int wait_wrongly_when_asked_to_end(void *unused)
{
	struct timespec deadline = with_ns(way->clock, 1000000000);

	(void)unused;
	cancel_self();
	return way->wait(semaphore, &deadline);
}

static int trywait_when_asked_to_end(void *unused)
{
	(void)unused;
	cancel_self();
	return sem_trywait(semaphore);
}

static int post_when_asked_to_end(void *unused)
{
	(void)unused;
	cancel_self();
	return sem_post(semaphore);
}

static int jump_out_of_wait(void *unused)
{
	return sigsetjmp(back, 1) ? EINTR : wait_far(unused);
}

static int exit_after_jump(void *unused)
{
	check_text(named("after the jump"), error_name(jump_out_of_wait(unused)));
	pthread_exit(PTHREAD_CANCELED);
}

static void jump_back(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void post_in_handler(int number)
{
	(void)number;
	sem_post(semaphore);
	atomic_fetch_add(&signals_handled, 1);
}

static void set_handler(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(SIGUSR2, &action, NULL);
}

#endif
