/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* None of the traced calls may touch errno, first calls of a thread included. */
#include <errno.h>
#include <pthread.h>

#include "tests/programs/expect.h"

#define ODD_VALUE 4711

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void lock_and_wait(void)
{
	struct timespec time = soon(CLOCK_REALTIME, 10);

	errno = ODD_VALUE;
	EXPECT(pthread_mutex_lock(&lock), 0);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_mutex_trylock(&lock), EBUSY);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_cond_signal(&changed), 0);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_cond_timedwait(&changed, &lock, &time), ETIMEDOUT);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_mutex_unlock(&lock), 0);
	EXPECT(errno, ODD_VALUE);
}

static void *routine(void *unused)
{
	(void)unused;
	lock_and_wait();
	return NULL;
}

int main(void)
{
	pthread_t thread;

	lock_and_wait();
	EXPECT(pthread_create(&thread, NULL, routine, NULL), 0);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_setname_np(pthread_self(), "keeper"), 0);
	EXPECT(errno, ODD_VALUE);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(errno, ODD_VALUE);
	puts("errno kept");
	return 0;
}
