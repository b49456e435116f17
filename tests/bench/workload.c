/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * workload NAME ROUNDS: what a round of a few operations takes, in threads that are not main.
 *
 * Prints the nanoseconds of a round, those of the slowest thread, and how many operations all
 * threads did together, with what they did to warm up. Each thread does ROUNDS rounds.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOCKS 64
#define MANY_LOCKS 4096
#define MOST_THREADS 2

struct apart {
	pthread_mutex_t mutex;
} __attribute__((aligned(128)));

struct workload {
	const char *name;
	const char *summary;
	int threads;
	int operations; /* of a round */
	int is_pinned;	/* all threads to one processor */
	void (*run)(int which, long rounds);
};

struct worker {
	pthread_t thread;
	int which;
	double round_ns;
};

static const struct workload *workload;
static long rounds;
static pthread_barrier_t warm;

static struct apart locks[MANY_LOCKS];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;
static sem_t semaphore;

static void lock_one(pthread_mutex_t *mutex, long count)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_lock(mutex);
		pthread_mutex_unlock(mutex);
	}
}

static void run_own(int which, long count)
{
	lock_one(&locks[which].mutex, count);
}

static void run_shared(int which, long count)
{
	(void)which;
	lock_one(&locks[0].mutex, count);
}

/* Knuth's generator: its upper bits are as good as random, at a multiplication each. */
static void lock_some(int which, long count, unsigned int most)
{
	uint64_t random = (uint64_t)which + 1;

	for (long i = 0; i < count; i++) {
		random = random * 6364136223846793005U + 1442695040888963407U;
		pthread_mutex_t *mutex = &locks[random >> 32 & (most - 1)].mutex;

		pthread_mutex_lock(mutex);
		pthread_mutex_unlock(mutex);
	}
}

static void run_locks(int which, long count)
{
	lock_some(which, count, LOCKS);
}

static void run_many(int which, long count)
{
	lock_some(which, count, MANY_LOCKS);
}

static void run_readers(int which, long count)
{
	(void)which;
	for (long i = 0; i < count; i++) {
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
	}
}

static void run_condition(int which, long count)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_lock(&locks[0].mutex);
		while (turn != which)
			pthread_cond_wait(&turned, &locks[0].mutex);
		turn = !which;
		pthread_cond_signal(&turned);
		pthread_mutex_unlock(&locks[0].mutex);
	}
}

static void run_semaphore(int which, long count)
{
	(void)which;
	for (long i = 0; i < count; i++) {
		sem_wait(&semaphore);
		sem_post(&semaphore);
	}
}

static const struct workload workloads[] = {
	{ "pair", "a mutex locked and unlocked by one thread", 1, 2, 0, run_own },
	{ "locks", "64 mutexes in random order, one thread", 1, 2, 0, run_locks },
	{ "many", "4,096 mutexes in random order, one thread", 1, 2, 0, run_many },
	{ "own", "two threads, each with a mutex of its own", 2, 2, 0, run_own },
	{ "shared", "two threads, one mutex", 2, 2, 0, run_shared },
	{ "readers", "two threads read-lock one rwlock", 2, 2, 0, run_readers },
	{ "condition", "two threads on one processor take turns", 2, 4, 1, run_condition },
	{ "semaphore", "a semaphore waited for and posted by one thread", 1, 2, 0, run_semaphore },
	{ "crowd", "64 mutexes in random order, two threads", 2, 2, 0, run_locks },
};

#define WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *work(void *data)
{
	struct worker *worker = data;

	workload->run(worker->which, rounds / 10);
	pthread_barrier_wait(&warm);
	double before = now_ns();

	workload->run(worker->which, rounds);
	worker->round_ns = (now_ns() - before) / (double)rounds;
	return NULL;
}

/* Where a wake-up has to cross processors, how deep the other one sleeps is all that is seen. */
static void stay(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

static int run(void)
{
	struct worker workers[MOST_THREADS];
	double slowest = 0;

	if (workload->is_pinned)
		stay();
	for (int i = 0; i < MANY_LOCKS; i++)
		pthread_mutex_init(&locks[i].mutex, NULL);
	sem_init(&semaphore, 0, 1);
	pthread_barrier_init(&warm, NULL, (unsigned int)workload->threads);
	for (int i = 0; i < workload->threads; i++) {
		workers[i].which = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
			fputs("workload: cannot make a thread\n", stderr);
			exit(1);
		}
	}
	for (int i = 0; i < workload->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].round_ns > slowest)
			slowest = workers[i].round_ns;
	}
	printf("%.3f %ld\n", slowest,
	       (rounds + rounds / 10) * workload->operations * workload->threads);
	return 0;
}

int main(int argc, char **argv)
{
	rounds = argc == 3 ? atol(argv[2]) : 0;
	for (size_t i = 0; i < WORKLOADS && rounds > 0; i++) {
		workload = &workloads[i];
		if (strcmp(workload->name, argv[1]) == 0)
			return run();
	}
	fputs("usage: workload NAME ROUNDS\n", stderr);
	for (size_t i = 0; i < WORKLOADS; i++)
		fprintf(stderr, "  %-10s %s\n", workloads[i].name, workloads[i].summary);
	return 2;
}
