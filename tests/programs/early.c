/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks in a constructor, in a destructor, and in a thread-specific destructor. */
#include <pthread.h>

#include "tests/programs/expect.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int uses;

static void use(void)
{
	EXPECT(pthread_mutex_lock(&lock), 0);
	uses++;
	EXPECT(pthread_mutex_unlock(&lock), 0);
}

__attribute__((constructor)) static void before_main(void)
{
	use();
}

__attribute__((destructor)) static void after_main(void)
{
	use();
}

static void at_thread_exit(void *unused)
{
	(void)unused;
	use();
}

static void *routine(void *unused)
{
	(void)unused;
	EXPECT(pthread_setspecific(key, &lock), 0);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	EXPECT(pthread_key_create(&key, at_thread_exit), 0);
	EXPECT(pthread_create(&thread, NULL, routine, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(uses, 2);
	puts("early and late locks taken");
	return 0;
}
