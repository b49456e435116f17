/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main leaves by pthread_exit; a detached thread outlives it and says the last word. */
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *last_word(void *unused)
{
	(void)unused;
	usleep(50000);
	EXPECT(pthread_mutex_lock(&lock), 0);
	puts("main has gone");
	EXPECT(pthread_mutex_unlock(&lock), 0);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, last_word, NULL), 0);
	EXPECT(pthread_detach(thread), 0);
	pthread_exit(NULL);
}
