/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For rings.c and near_rings.c: locks, threads that run until all are at their start, and the cases. */
#ifndef TESTS_PROGRAMS_RINGS_H
#define TESTS_PROGRAMS_RINGS_H

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/programs/expect.h"

#define THREADS_MAX 100

/* Shared by all processes of a case. */
struct shared {
	pthread_mutex_t mutexes[2];
	pthread_barrier_t start;
	_Atomic int ready;
};

static pthread_mutex_t mutexes[THREADS_MAX];
static pthread_barrier_t start;
static pthread_t threads[THREADS_MAX];
static int thread_count;

struct ring_case {
	const char *name;
	void (*run)(void);
};

#define CASE(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}

/* The status of the program. */
static inline int run_case(const struct ring_case *cases, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(cases[i].name, name) != 0)
			continue;
		cases[i].run();
		return 0;
	}
	return 2;
}

static inline void make_mutexes(int type, int protocol, int robust)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	EXPECT(pthread_mutexattr_settype(&attributes, type), 0);
	EXPECT(pthread_mutexattr_setprotocol(&attributes, protocol), 0);
	EXPECT(pthread_mutexattr_setrobust(&attributes, robust), 0);
	for (int i = 0; i < THREADS_MAX; i++)
		EXPECT(pthread_mutex_init(&mutexes[i], &attributes), 0);
}

static inline void run(int count, void *(*routine)(void *))
{
	thread_count = count;
	pthread_barrier_init(&start, NULL, (unsigned)count);
	for (int i = 0; i < count; i++)
		EXPECT(pthread_create(&threads[i], NULL, routine, (void *)(intptr_t)i), 0);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static inline struct shared *map_shared(int robust)
{
	pthread_mutexattr_t attributes;
	pthread_barrierattr_t at_start;
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	EXPECT(shared != MAP_FAILED, 1);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, robust);
	pthread_mutex_init(&shared->mutexes[0], &attributes);
	pthread_mutex_init(&shared->mutexes[1], &attributes);
	pthread_barrierattr_init(&at_start);
	pthread_barrierattr_setpshared(&at_start, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->start, &at_start, 2);
	return shared;
}

#endif
