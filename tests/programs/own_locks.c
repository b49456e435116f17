/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * own_locks: two threads that each take locks of their own, so that what each of them does is the
 * same in every run; then the same with one thread in a child, and in a program that the child becomes.
 */
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define THREADS 2
#define ROUNDS 2
/* So that noise has time to spend. */
#define IDLE_US 250000

struct locks {
	pthread_mutex_t outer, inner;
	pthread_rwlock_t shared;
	pthread_spinlock_t spin;
	pthread_cond_t cond;
	sem_t semaphore;
};

static void use(struct locks *locks)
{
	EXPECT(pthread_mutex_lock(&locks->outer), 0);
	EXPECT(pthread_mutex_lock(&locks->inner), 0);
	EXPECT(pthread_cond_signal(&locks->cond), 0);
	EXPECT(pthread_mutex_unlock(&locks->inner), 0);
	EXPECT(pthread_rwlock_rdlock(&locks->shared), 0);
	EXPECT(pthread_spin_lock(&locks->spin), 0);
	EXPECT(pthread_spin_unlock(&locks->spin), 0);
	EXPECT(pthread_rwlock_unlock(&locks->shared), 0);
	EXPECT(pthread_mutex_unlock(&locks->outer), 0);
	EXPECT(sem_wait(&locks->semaphore), 0);
	EXPECT(pthread_mutex_trylock(&locks->outer), 0);
	EXPECT(pthread_mutex_unlock(&locks->outer), 0);
	EXPECT(sem_post(&locks->semaphore), 0);
}

static void *work(void *unused)
{
	struct locks locks = { .outer = PTHREAD_MUTEX_INITIALIZER,
			       .inner = PTHREAD_MUTEX_INITIALIZER,
			       .shared = PTHREAD_RWLOCK_INITIALIZER,
			       .cond = PTHREAD_COND_INITIALIZER };

	EXPECT(pthread_spin_init(&locks.spin, PTHREAD_PROCESS_PRIVATE), 0);
	EXPECT(sem_init(&locks.semaphore, 0, 1), 0);
	for (int i = 0; i < ROUNDS; i++)
		use(&locks);
	return unused;
}

static void run_threads(int count)
{
	pthread_t threads[THREADS];

	usleep(IDLE_US);
	for (int i = 0; i < count; i++)
		EXPECT(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (int i = 0; i < count; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 1) {
		run_threads(1);
		return 0;
	}
	run_threads(THREADS);
	pid_t child = fork();
	if (child == 0) {
		run_threads(1);
		execl(argv[0], argv[0], "again", NULL);
		_exit(127);
	}
	EXPECT(waitpid(child, &status, 0), child);
	return status != 0;
}
