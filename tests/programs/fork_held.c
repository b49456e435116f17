/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread holds a lock while another one forks, and the child wants it: it will never come. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static sem_t is_held, may_go;

static void *hold(void *unused)
{
	pthread_mutex_lock(&ledger);
	sem_post(&is_held);
	sem_wait(&may_go);
	pthread_mutex_unlock(&ledger);
	return unused;
}

int main(void)
{
	pthread_t holder;

	sem_init(&is_held, 0, 0);
	sem_init(&may_go, 0, 0);
	EXPECT(pthread_create(&holder, NULL, hold, NULL), 0);
	pthread_setname_np(holder, "accountant");
	sem_wait(&is_held);
	pid_t child = fork();
	if (child == 0) {
		pthread_mutex_lock(&ledger);
		_exit(0);
	}
	sem_post(&may_go);
	EXPECT(pthread_join(holder, NULL), 0);
	return waitpid(child, NULL, 0) == child ? 0 : 1;
}
