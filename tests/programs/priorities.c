/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Priorities set in every way, and a thread that waits for one that is less urgent. By nice values,
 * which anybody may raise; with the argument "fifo" by real-time priorities, and once more with a
 * mutex that inherits them. Status 77: they are not permitted.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER, lending;
static sem_t is_taken;
static pid_t main_tid;

/* Wait until the main thread sleeps, as the kernel says. */
static void await_sleep(void)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", main_tid);
	for (;;) {
		FILE *file = fopen(path, "r");
		size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

		text[length] = '\0';
		if (file)
			fclose(file);
		const char *end = strrchr(text, ')');
		if (end && end[1] == ' ' && end[2] == 'S')
			return;
		usleep(1000);
	}
}

static void *low(void *mutex)
{
	EXPECT(pthread_mutex_lock(mutex), 0);
	EXPECT(sem_post(&is_taken), 0);
	await_sleep();
	usleep(5000);
	EXPECT(pthread_mutex_unlock(mutex), 0);
	return NULL;
}

static void *low_nice(void *mutex)
{
	EXPECT(setpriority(PRIO_PROCESS, 0, 30), 0);
	EXPECT(getpriority(PRIO_PROCESS, 0), 19);
	return low(mutex);
}

/* Until low() has the mutex the main thread spins: it sleeps when it waits for the mutex. */
static void wait_for_low(pthread_attr_t *attributes, void *(*routine)(void *),
			 pthread_mutex_t *mutex)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, attributes, routine, mutex), 0);
	while (sem_trywait(&is_taken) == -1)
		sched_yield();
	EXPECT(pthread_mutex_lock(mutex), 0);
	EXPECT(pthread_mutex_unlock(mutex), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void *other(void *unused)
{
	EXPECT(sem_wait(&is_taken), 0);
	return unused;
}

static void set_all(void)
{
	struct sched_param none = { 0 }, bad = { .sched_priority = 5 };
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, other, NULL), 0);
	EXPECT(pthread_setschedparam(thread, SCHED_BATCH, &none), 0);
	EXPECT(pthread_setschedparam(thread, SCHED_OTHER, &bad), EINVAL);
	EXPECT(pthread_setschedprio(thread, 0), 0);
	EXPECT(sem_post(&is_taken), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(sched_setscheduler(0, SCHED_BATCH, &none), 0);
	EXPECT(sched_setparam(main_tid, &none), 0);
	EXPECT(sched_getscheduler(0), SCHED_BATCH);
	EXPECT(sched_setscheduler(main_tid, SCHED_OTHER, &none), 0);
	EXPECT(sched_setscheduler(0, 77, &none), -1);
	EXPECT(errno, EINVAL);
	errno = 4711;
	EXPECT(nice(0), 0);
	EXPECT(errno, 4711);
}

static int real_time(void)
{
	struct sched_param high = { .sched_priority = 20 }, less = { .sched_priority = 10 };
	pthread_mutexattr_t inherits;
	pthread_attr_t attributes;

	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &high) != 0)
		return 77;
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &less);
	wait_for_low(&attributes, low, &guard);
	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	EXPECT(pthread_mutex_init(&lending, &inherits), 0);
	wait_for_low(&attributes, low, &lending);
	return 0;
}

int main(int argc, char **argv)
{
	main_tid = gettid();
	EXPECT(sem_init(&is_taken, 0, 0), 0);
	if (argc > 1 && !strcmp(argv[1], "fifo"))
		return real_time();
	set_all();
	wait_for_low(NULL, low_nice, &guard);
	puts("priorities set");
	return 0;
}
