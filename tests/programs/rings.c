/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings of waits. The argument says which; each case makes one for sure, and never ends. */
#include <signal.h>
#include <sys/prctl.h>
#include <threads.h>
#include <unistd.h>

#include "tests/programs/rings.h"

static pthread_rwlock_t rwlocks[2] = { PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER };

/* Number i holds lock i, and when all do, requests lock i + 1. */
static void *ring_member(void *number)
{
	int i = (int)(intptr_t)number;

	pthread_mutex_lock(&mutexes[i]);
	pthread_barrier_wait(&start);
	pthread_mutex_lock(&mutexes[(i + 1) % thread_count]);
	return NULL;
}

static void *ring_member_c11(void *number)
{
	int i = (int)(intptr_t)number;

	mtx_lock((mtx_t *)&mutexes[i]);
	pthread_barrier_wait(&start);
	mtx_lock((mtx_t *)&mutexes[(i + 1) % thread_count]);
	return NULL;
}

static void abba(void)
{
	run(2, ring_member);
}

static void three(void)
{
	run(3, ring_member);
}

static void many(void)
{
	run(100, ring_member);
}

static void c11(void)
{
	run(2, ring_member_c11);
}

static void inherit(void)
{
	make_mutexes(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
	run(2, ring_member);
}

static void robust(void)
{
	make_mutexes(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	run(2, ring_member);
}

static void recursive(void)
{
	make_mutexes(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	run(2, ring_member);
}

static void checked(void)
{
	make_mutexes(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	run(3, ring_member);
}

static void self(void)
{
	pthread_mutex_lock(&mutexes[0]);
	pthread_mutex_lock(&mutexes[0]);
}

static void adaptive(void)
{
	make_mutexes(PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	self();
}

static void *lock_first(void *unused)
{
	pthread_mutex_lock(&mutexes[0]);
	return unused;
}

/* main holds the lock that the thread needs to end. */
static void join(void)
{
	pthread_mutex_lock(&mutexes[0]);
	pthread_create(&threads[0], NULL, lock_first, NULL);
	pthread_join(threads[0], NULL);
}

static void *join_next(void *number)
{
	int i = (int)(intptr_t)number;

	pthread_barrier_wait(&start);
	pthread_join(threads[(i + 1) % 3], NULL);
	return NULL;
}

/* Of two that join each other libc may refuse one. */
static void joins(void)
{
	pthread_barrier_init(&start, NULL, 4);
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, join_next, (void *)(intptr_t)i);
	pthread_barrier_wait(&start);
	pause();
}

static void *write_member(void *number)
{
	int i = (int)(intptr_t)number;

	pthread_rwlock_wrlock(&rwlocks[i]);
	pthread_barrier_wait(&start);
	pthread_rwlock_wrlock(&rwlocks[1 - i]);
	return NULL;
}

static void *read_member(void *number)
{
	int i = (int)(intptr_t)number;

	pthread_rwlock_wrlock(&rwlocks[i]);
	pthread_barrier_wait(&start);
	pthread_rwlock_rdlock(&rwlocks[1 - i]);
	return NULL;
}

static void writers(void)
{
	run(2, write_member);
}

static void readers(void)
{
	run(2, read_member);
}

/* Parent and child: at another address there, so that nobody can take the one for the other. */
static void shared(void)
{
	struct shared *all = map_shared(PTHREAD_MUTEX_STALLED);
	pid_t child = fork();
	int i = child == 0;

	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (child == 0)
		all = mremap(all, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
			     mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	pthread_mutex_lock(&all->mutexes[i]);
	pthread_barrier_wait(&all->start);
	pthread_mutex_lock(&all->mutexes[1 - i]);
}

static const struct ring_case cases[] = {
	CASE(abba),   CASE(three),     CASE(many),    CASE(c11),     CASE(inherit),
	CASE(robust), CASE(recursive), CASE(checked), CASE(self),    CASE(adaptive),
	CASE(join),   CASE(joins),     CASE(writers), CASE(readers), CASE(shared),
};

int main(int argc, char **argv)
{
	return run_case(cases, sizeof(cases) / sizeof(cases[0]), argc > 1 ? argv[1] : "");
}
