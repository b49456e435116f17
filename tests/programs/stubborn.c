/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlocks in a child process that ignores SIGTERM, while the parent waits for it. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *hold_right(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&right);
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&left);
	return NULL;
}

static void deadlock(void)
{
	pthread_t thread;

	signal(SIGTERM, SIG_IGN);
	pthread_barrier_init(&both_have_one, NULL, 2);
	EXPECT(pthread_create(&thread, NULL, hold_right, NULL), 0);
	pthread_mutex_lock(&left);
	pthread_barrier_wait(&both_have_one);
	printf("child %d\n", getpid());
	fflush(stdout);
	pthread_mutex_lock(&right);
}

int main(void)
{
	pid_t child = fork();

	if (child == 0) {
		deadlock();
		_exit(0);
	}
	EXPECT(waitpid(child, NULL, 0), child);
	return 0;
}
