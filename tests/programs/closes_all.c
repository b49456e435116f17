/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Like a daemon it closes every descriptor above 2, then goes on locking. */
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define PAIRS 1000

static pthread_mutex_t after = PTHREAD_MUTEX_INITIALIZER;

static void *use(void *unused)
{
	(void)unused;
	for (int i = 0; i < PAIRS; i++) {
		EXPECT(pthread_mutex_lock(&after), 0);
		EXPECT(pthread_mutex_unlock(&after), 0);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;

	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	EXPECT(pthread_create(&thread, NULL, use, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	puts("descriptors closed");
	return 0;
}
