/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way to take and raise a semaphore, unnamed and named. */
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <sys/time.h>

#include "tests/conformance/conform.h"
#include "tests/programs/expect.h"

static sem_t count, request, reply;

static void without_waiting(void)
{
	struct timespec real = soon(CLOCK_REALTIME, 10000);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 10000);

	EXPECT(sem_init(&count, 0, 3), 0);
	EXPECT(sem_wait(&count), 0);
	EXPECT(sem_timedwait(&count, &real), 0);
	EXPECT(sem_clockwait(&count, CLOCK_MONOTONIC, &monotonic), 0);
	EXPECT(sem_trywait(&count), -1);
	EXPECT(errno, EAGAIN);
	EXPECT(sem_post(&count), 0);
	EXPECT(sem_trywait(&count), 0);
}

static void timed_out(void)
{
	struct timespec real = soon(CLOCK_REALTIME, 20);
	struct timespec monotonic = soon(CLOCK_MONOTONIC, 40);

	EXPECT(sem_timedwait(&count, &real), -1);
	EXPECT(errno, ETIMEDOUT);
	EXPECT(sem_clockwait(&count, CLOCK_MONOTONIC, &monotonic), -1);
	EXPECT(errno, ETIMEDOUT);
	EXPECT(sem_destroy(&count), 0);
}

static void too_high(void)
{
	EXPECT(sem_init(&count, 1, SEM_VALUE_MAX), 0);
	EXPECT(sem_post(&count), -1);
	EXPECT(errno, EOVERFLOW);
	EXPECT(sem_destroy(&count), 0);
	EXPECT(sem_init(&count, 0, SEM_VALUE_MAX + 1U), -1);
	EXPECT(errno, EINVAL);
}

static void *answer(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++) {
		EXPECT(sem_wait(&request), 0);
		EXPECT(sem_post(&reply), 0);
	}
	return NULL;
}

static void between_threads(void)
{
	pthread_t thread;

	EXPECT(sem_init(&request, 0, 0), 0);
	EXPECT(sem_init(&reply, 0, 0), 0);
	EXPECT(pthread_create(&thread, NULL, answer, NULL), 0);
	for (int i = 0; i < 100; i++) {
		EXPECT(sem_post(&request), 0);
		EXPECT(sem_wait(&reply), 0);
	}
	EXPECT(pthread_join(thread, NULL), 0);
}

static void post_reply(int number)
{
	(void)number;
	EXPECT(sem_post(&reply), 0);
}

/* The handler raises the semaphore for which its own thread waits. */
static void from_a_handler(void)
{
	struct itimerval timer = { .it_value.tv_usec = 50000 };
	struct sigaction action = { .sa_handler = post_reply, .sa_flags = SA_RESTART };

	EXPECT(sigaction(SIGALRM, &action, NULL), 0);
	EXPECT(setitimer(ITIMER_REAL, &timer, NULL), 0);
	EXPECT(sem_wait(&reply), 0);
}

static void *wait_for_ever(void *tid)
{
	atomic_store((atomic_int *)tid, gettid());
	sem_wait(&reply);
	return NULL;
}

static void cancelled(void)
{
	pthread_t thread;
	atomic_int tid = 0;
	void *result;

	EXPECT(pthread_create(&thread, NULL, wait_for_ever, &tid), 0);
	while (!atomic_load(&tid))
		sched_yield();
	EXPECT(wait_until_blocked(tid, SYS_futex), 1);
	EXPECT(pthread_cancel(thread), 0);
	EXPECT(pthread_join(thread, &result), 0);
	EXPECT(result == PTHREAD_CANCELED, 1);
}

static void named(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/heddle-kinds-%d", getpid());
	EXPECT(sem_open(name, 0) == SEM_FAILED, 1);
	EXPECT(errno, ENOENT);
	sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 2);
	EXPECT(semaphore == SEM_FAILED, 0);
	EXPECT(sem_wait(semaphore), 0);
	EXPECT(sem_open(name, O_RDWR) == semaphore, 1);
	EXPECT(sem_close(semaphore), 0);
	EXPECT(sem_unlink(name), 0);
	EXPECT(sem_unlink(name), -1);
	EXPECT(errno, ENOENT);
	EXPECT(sem_wait(semaphore), 0);
	EXPECT(sem_close(semaphore), 0);
}

int main(void)
{
	without_waiting();
	timed_out();
	too_high();
	between_threads();
	from_a_handler();
	cancelled();
	named();
	puts("semaphores behave");
	return 0;
}
