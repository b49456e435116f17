/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binds to the old versions of the names that glibc has in two, beside the new ones. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "tests/programs/expect.h"

#define OLD(function, name)                                                                        \
	extern __typeof__(name) function;                                                          \
	__asm__(".symver " #function ", " #name "@GLIBC_2.2.5")

OLD(old_init, pthread_cond_init);
OLD(old_destroy, pthread_cond_destroy);
OLD(old_wait, pthread_cond_wait);
OLD(old_timedwait, pthread_cond_timedwait);
OLD(old_signal, pthread_cond_signal);
OLD(old_broadcast, pthread_cond_broadcast);
OLD(old_kill, pthread_kill);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* Of the old version: a pointer, and nothing of ours behind it. */
static union {
	pthread_cond_t cond;
	void *pointer[2];
} old;
static pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;
static int is_waiting, turn;

static void *answer(void *unused)
{
	pthread_mutex_lock(&mutex);
	is_waiting = 1;
	EXPECT(pthread_cond_signal(&fresh), 0);
	while (turn != 1)
		EXPECT(old_wait(&old.cond, &mutex), 0);
	turn = 2;
	EXPECT(pthread_cond_signal(&fresh), 0);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	struct timespec past = { 0 };
	pthread_t thread;

	old.pointer[1] = &old;
	EXPECT(old_init(&old.cond, NULL), 0);
	EXPECT(pthread_create(&thread, NULL, answer, NULL), 0);
	pthread_mutex_lock(&mutex);
	while (!is_waiting)
		EXPECT(pthread_cond_wait(&fresh, &mutex), 0);
	EXPECT(old_timedwait(&old.cond, &mutex, &past), ETIMEDOUT);
	turn = 1;
	EXPECT(old_signal(&old.cond), 0);
	EXPECT(old_broadcast(&old.cond), 0);
	while (turn != 2)
		EXPECT(pthread_cond_wait(&fresh, &mutex), 0);
	pthread_mutex_unlock(&mutex);

	/* Ended, not joined: there the two versions of pthread_kill() differ. */
	while (old_kill(thread, 0) == 0)
		;
	EXPECT(old_kill(thread, 0), ESRCH);
	EXPECT(pthread_kill(thread, 0), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(old_destroy(&old.cond), 0);
	/* A condition of the new version is longer than that. */
	EXPECT(old.pointer[1] == &old, 1);
	return 0;
}
