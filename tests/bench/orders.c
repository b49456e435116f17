/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * orders random|complete LOCKS THREADS OPERATIONS: prints a trace as text for the lock-order
 * analysis to work on.
 *
 * random: each thread takes up to four locks in any order, and gives them back in any order, from 64
 * places. complete: all pairs of locks are taken in both orders, by different threads and each from
 * its own place, so that any number of locks is on a cycle. No thread ever waits; main joins all.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD_MAX 4
#define PLACES 64
#define PID 100

struct worker {
	unsigned held[HELD_MAX];
	unsigned count;
};

static uint64_t state = 1;
static uint64_t now_ns;

/* splitmix64 of Steele, Lea and Flood (2014). */
static unsigned chance(unsigned below)
{
	uint64_t mix = state += UINT64_C(0x9e3779b97f4a7c15);

	mix = (mix ^ mix >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mix = (mix ^ mix >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((mix ^ mix >> 31) >> 33) % below;
}

static void begin_event(unsigned thread, const char *name)
{
	now_ns += 100;
	printf("%" PRIu64 ".%09" PRIu64 " %d/%u %s", now_ns / 1000000000, now_ns % 1000000000, PID,
	       PID + thread, name);
}

static void lock(unsigned thread, unsigned object, unsigned place)
{
	begin_event(thread, "mutex_lock");
	printf(" object=0x%x site=0x%x\n", 0x10000 + 64 * object, 0x1000 + 16 * place);
}

static void unlock(unsigned thread, unsigned object)
{
	begin_event(thread, "mutex_unlock");
	printf(" object=0x%x\n", 0x10000 + 64 * object);
}

/* Thread 0 is main. */
static void start(unsigned threads)
{
	begin_event(0, "process_start");
	printf(" value=1 text=\"./orders\"\n");
	for (unsigned i = 1; i <= threads; i++) {
		begin_event(0, "thread_create_begin");
		printf(" object=0x%x value=16384 site=0x400\n", i);
		begin_event(0, "thread_create_end");
		printf(" object=0x%x other=0x%x site=0x400\n", i, 0x7f000000 + i * 4096);
		begin_event(i, "thread_start");
		printf(" object=0x%x other=0x%x value=16384\n", i, 0x7f000000 + i * 4096);
	}
}

static void end(unsigned threads)
{
	for (unsigned i = 1; i <= threads; i++) {
		begin_event(i, "thread_exit");
		printf(" object=0x%x\n", 0x7f000000 + i * 4096);
		begin_event(0, "thread_join_begin");
		printf(" object=0x%x site=0x450\n", 0x7f000000 + i * 4096);
		begin_event(0, "thread_join_end");
		printf(" object=0x%x\n", 0x7f000000 + i * 4096);
	}
	begin_event(0, "process_exit");
	printf("\n");
}

/* Give back one of its locks, any of them. */
static void give_back(struct worker *worker, unsigned thread, char *is_held)
{
	unsigned which = chance(worker->count);
	unsigned object = worker->held[which];

	worker->held[which] = worker->held[--worker->count];
	is_held[object] = 0;
	unlock(thread, object);
}

static void take(struct worker *worker, unsigned thread, char *is_held, unsigned object)
{
	is_held[object] = 1;
	worker->held[worker->count++] = object;
	/* A lock is taken from a few places, as in programs. */
	lock(thread, object, object % (PLACES / HELD_MAX) * HELD_MAX + worker->count - 1);
}

static void random_orders(unsigned locks, unsigned threads, uint64_t operations)
{
	struct worker *workers = calloc(threads + 1, sizeof(*workers));
	char *is_held = calloc(locks, 1);

	for (uint64_t i = 0; i < operations; i++) {
		unsigned thread = 1 + chance(threads), object = chance(locks);
		struct worker *worker = &workers[thread];

		if (worker->count && (is_held[object] || worker->count > chance(HELD_MAX)))
			give_back(worker, thread, is_held);
		else if (!is_held[object])
			take(worker, thread, is_held, object);
	}
	for (unsigned i = 1; i <= threads; i++)
		while (workers[i].count)
			give_back(&workers[i], i, is_held);
	free(workers);
	free(is_held);
}

static void complete_orders(unsigned locks, unsigned threads)
{
	unsigned place = 0;

	for (unsigned i = 0; i < locks; i++)
		for (unsigned j = 0; j < locks; j++) {
			unsigned thread = 1 + i % threads;

			if (i == j)
				continue;
			lock(thread, i, place++);
			lock(thread, j, place++);
			unlock(thread, j);
			unlock(thread, i);
		}
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: %s random|complete LOCKS THREADS OPERATIONS\n", argv[0]);
		return 2;
	}
	unsigned locks = (unsigned)strtoul(argv[2], NULL, 10);
	unsigned threads = (unsigned)strtoul(argv[3], NULL, 10);
	start(threads);
	if (!strcmp(argv[1], "complete"))
		complete_orders(locks, threads);
	else
		random_orders(locks, threads, strtoull(argv[4], NULL, 10));
	end(threads);
	return 0;
}
