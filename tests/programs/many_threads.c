/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many of everything: 10,000 threads one after the other, 1,000 at once, a million mutexes, 200 held by
 * one thread. Prints how much memory that is shared with nobody the process has, in KiB: before
 * any thread, with 1,000 alive, after them, and after the 10,000.
 */
#include <pthread.h>

#include "tests/programs/expect.h"

#define ALIVE 1000
#define IN_ALL 10000
#define MUTEXES 1000000
#define HELD 200
#define STACK_SIZE (64 << 10)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int alive;
static int may_go;

static void tell_memory(const char *when)
{
	char line[256];
	long kib = 0, part;
	FILE *file = fopen("/proc/self/smaps_rollup", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Private_Clean: %ld", &part) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &part) == 1)
			kib += part;
	if (file)
		fclose(file);
	printf("memory %s: %ld\n", when, kib);
}

static void *live(void *unused)
{
	pthread_mutex_lock(&mutex);
	alive++;
	pthread_cond_broadcast(&changed);
	while (!may_go)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *pass(void *unused)
{
	pthread_mutex_lock(&mutex);
	alive++;
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void many_at_once(const pthread_attr_t *attributes)
{
	static pthread_t threads[ALIVE];

	for (int i = 0; i < ALIVE; i++)
		EXPECT(pthread_create(&threads[i], attributes, live, NULL), 0);
	pthread_mutex_lock(&mutex);
	while (alive < ALIVE)
		pthread_cond_wait(&changed, &mutex);
	tell_memory("with them");
	may_go = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < ALIVE; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
}

static void many_in_a_row(const pthread_attr_t *attributes)
{
	pthread_t thread;

	for (int i = 0; i < IN_ALL; i++) {
		EXPECT(pthread_create(&thread, attributes, pass, NULL), 0);
		EXPECT(pthread_join(thread, NULL), 0);
	}
	EXPECT(alive, ALIVE + IN_ALL);
}

static void many_mutexes(void)
{
	for (int i = 0; i < MUTEXES; i++) {
		pthread_mutex_t one;

		EXPECT(pthread_mutex_init(&one, NULL), 0);
		EXPECT(pthread_mutex_destroy(&one), 0);
	}
}

static void many_held(void)
{
	static pthread_mutex_t held[HELD];

	for (int i = 0; i < HELD; i++) {
		EXPECT(pthread_mutex_init(&held[i], NULL), 0);
		EXPECT(pthread_mutex_lock(&held[i]), 0);
	}
	for (int i = 0; i < HELD; i++) {
		EXPECT(pthread_mutex_unlock(&held[i]), 0);
		EXPECT(pthread_mutex_destroy(&held[i]), 0);
	}
}

int main(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	tell_memory("before");
	many_at_once(&attributes);
	tell_memory("after them");
	many_in_a_row(&attributes);
	tell_memory("after all");
	many_mutexes();
	many_held();
	return 0;
}
