/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What interrupts a thread or lives on after it, 1,000 times each: destructors of thread-specific
 * data that lock, libraries whose constructors and destructors lock, handlers that post, handlers
 * that are left by siglongjmp(), cancellation of both types. Its argument is the folder of
 * the library locking_plugin.so.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define REPETITIONS 1000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static sem_t posted, begun;
static sigjmp_buf back;
static atomic_int handled;
static int ends[2];

static void lock_and_unlock(void)
{
	EXPECT(pthread_mutex_lock(&mutex), 0);
	EXPECT(pthread_mutex_unlock(&mutex), 0);
}

static void destroy(void *round)
{
	lock_and_unlock();
	if ((uintptr_t)round < 3)
		pthread_setspecific(key, (void *)((uintptr_t)round + 1));
}

static void *set_specific(void *unused)
{
	EXPECT(pthread_setspecific(key, (void *)1), 0);
	lock_and_unlock();
	return unused;
}

static void destructors(void)
{
	pthread_t thread;

	EXPECT(pthread_key_create(&key, destroy), 0);
	for (int i = 0; i < REPETITIONS; i++) {
		EXPECT(pthread_create(&thread, NULL, set_specific, NULL), 0);
		lock_and_unlock();
		EXPECT(pthread_join(thread, NULL), 0);
	}
}

static void libraries(const char *folder)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/locking_plugin.so", folder);
	for (int i = 0; i < REPETITIONS; i++) {
		void *library = dlopen(path, RTLD_NOW);
		if (!library)
			puts(dlerror());
		EXPECT(library != NULL, 1);
		EXPECT(dlclose(library), 0);
	}
}

static void every(suseconds_t us, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };
	struct itimerval timer = { .it_interval.tv_usec = us, .it_value.tv_usec = us };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void post(int number)
{
	(void)number;
	EXPECT(sem_post(&posted), 0);
	atomic_fetch_add(&handled, 1);
}

static void handlers(void)
{
	int taken = 0;

	every(100, post);
	while (atomic_load(&handled) < REPETITIONS) {
		for (int i = 0; i < 20; i++)
			lock_and_unlock();
		while (sem_wait(&posted) != 0)
			EXPECT(errno, EINTR);
		taken++;
	}
	every(0, post);
	while (sem_trywait(&posted) == 0)
		taken++;
	EXPECT(taken, atomic_load(&handled));
}

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

/* Some of the jumps leave a blocked read, others whatever the loop before it is at. */
static void jumps(void)
{
	char byte = 0;

	for (volatile int i = 0; i < REPETITIONS; i++) {
		if (sigsetjmp(back, 1) == 0) {
			every(50 + i % 50, jump);
			for (int j = 0; j < i % 20; j++) {
				EXPECT(write(ends[1], &byte, 1), 1);
				EXPECT(read(ends[0], &byte, 1), 1);
			}
			for (;;)
				pause();
		}
		every(0, jump);
		/* What the jump has left in the pipe. */
		while (recv(ends[0], &byte, 1, MSG_DONTWAIT) == 1)
			;
		lock_and_unlock();
	}
}

static void unlock(void *unused)
{
	(void)unused;
	EXPECT(pthread_mutex_unlock(&mutex), 0);
}

static void *wait_somewhere(void *number)
{
	char byte;

	sem_post(&begun);
	switch ((uintptr_t)number % 4) {
	case 0:
		read(ends[0], &byte, 1);
		break;
	case 1:
		sem_wait(&posted);
		break;
	case 2:
		pthread_mutex_lock(&mutex);
		pthread_cleanup_push(unlock, NULL);
		for (;;)
			pthread_cond_wait(&never, &mutex);
		pthread_cleanup_pop(1);
		break;
	default:
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
		for (;;)
			;
	}
	return NULL;
}

static void cancellations(void)
{
	for (uintptr_t i = 0; i < REPETITIONS; i++) {
		pthread_t thread;
		void *result;

		EXPECT(pthread_create(&thread, NULL, wait_somewhere, (void *)i), 0);
		while (sem_wait(&begun) != 0)
			;
		EXPECT(pthread_cancel(thread), 0);
		EXPECT(pthread_join(thread, &result), 0);
		EXPECT(result == PTHREAD_CANCELED, 1);
		lock_and_unlock();
	}
}

int main(int argc, char **argv)
{
	EXPECT(argc, 2);
	sem_init(&posted, 0, 0);
	sem_init(&begun, 0, 0);
	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	destructors();
	libraries(argv[1]);
	handlers();
	jumps();
	cancellations();
	puts("all ran");
	return 0;
}
