/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ways to hang, and not to: the argument says which. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready, is_waiting;

/* Signals that are handled are for the main thread. */
static void *wait_ready(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	is_waiting = 1;
	while (!is_ready)
		pthread_cond_wait(&ready, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static pthread_t start(void)
{
	pthread_t thread;
	sigset_t handled, before;

	sigemptyset(&handled);
	sigaddset(&handled, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &handled, &before);
	EXPECT(pthread_create(&thread, NULL, wait_ready, NULL), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* Whoever has the lock and reads it finds that thread in its wait. */
	for (int is = 0; !is; sched_yield()) {
		pthread_mutex_lock(&lock);
		is = is_waiting;
		pthread_mutex_unlock(&lock);
	}
	return thread;
}

static void make_ready(void)
{
	pthread_mutex_lock(&lock);
	is_ready = 1;
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
}

static void compute(double seconds)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((double)(now.tv_sec - from.tv_sec) + (double)(now.tv_nsec - from.tv_nsec) / 1e9 <
	       seconds);
}

static void lock_again(int signal)
{
	(void)signal;
	pthread_mutex_lock(&lock);
	pthread_mutex_lock(&lock);
	is_waiting = 2;
}

static void say_and_exit(int signal)
{
	static const char said[] = "flushed\n";

	(void)signal;
	(void)!write(STDOUT_FILENO, said, sizeof(said) - 1);
	_exit(3);
}

static void leave_daemon(void)
{
	if (fork() == 0) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
}

/* In a way in which nobody can stop it. */
static void wait_behind_vfork(void)
{
	if (vfork() == 0)
		for (;;)
			syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static void fork_waiters(void)
{
	for (int i = 0; i < 40; i++) {
		if (fork() == 0)
			wait_behind_vfork();
	}
}

static void ignore(const char *how)
{
	bool is_deaf = strcmp(how, "deaf") == 0;

	if (is_deaf || strcmp(how, "ignores") == 0)
		signal(SIGTERM, SIG_IGN);
	if (is_deaf) {
		signal(SIGINT, SIG_IGN);
		signal(SIGABRT, SIG_IGN);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	ignore(how);
	if (strcmp(how, "locks") == 0)
		signal(SIGTERM, lock_again);
	if (strcmp(how, "flushes") == 0)
		signal(SIGTERM, say_and_exit);
	if (strcmp(how, "daemon") == 0)
		leave_daemon();
	if (strcmp(how, "forks") == 0)
		fork_waiters();
	pthread_t thread = start();
	if (strcmp(how, "leaves") == 0)
		pthread_exit(NULL);
	if (strcmp(how, "stops") == 0)
		raise(SIGSTOP);
	if (strcmp(how, "loops") == 0)
		compute(1e9);
	if (strcmp(how, "computes") == 0)
		compute(1.5);
	if (strcmp(how, "computes") == 0 || strcmp(how, "ends") == 0)
		make_ready();
	EXPECT(pthread_join(thread, NULL), 0);
	return 0;
}
