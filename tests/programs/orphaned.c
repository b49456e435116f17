/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread exits while it holds a lock; another one waits for that lock for ever. */
#include <pthread.h>

#include "tests/programs/expect.h"

static pthread_mutex_t orphan = PTHREAD_MUTEX_INITIALIZER;

static void *takes_it_along(void *unused)
{
	(void)unused;
	EXPECT(pthread_mutex_lock(&orphan), 0);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, takes_it_along, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	pthread_mutex_lock(&orphan);
	puts("never said");
	return 0;
}
