/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Twelve small programs, by number, at which checkers of threads have been compared: what may
 * deadlock, what cannot, what does, and misuse. Threads tell each other by atomics how far they
 * are, which a trace does not show.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "tests/programs/expect.h"
#include "tests/programs/stage.h"

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shelf = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t fork_left, fork_right;
static mtx_t c_left, c_right;
static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

typedef void *routine(void *);

static void run_two(routine *first, routine *second)
{
	pthread_t threads[2];

	EXPECT(pthread_create(&threads[0], NULL, first, NULL), 0);
	EXPECT(pthread_create(&threads[1], NULL, second, NULL), 0);
	EXPECT(pthread_join(threads[0], NULL), 0);
	EXPECT(pthread_join(threads[1], NULL), 0);
}

static void run_one(routine *first)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, first, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void *forwards(void *unused)
{
	(void)unused;
	nest(&left, &right);
	atomic_store(&stage, 1);
	return NULL;
}

static void *backwards(void *unused)
{
	(void)unused;
	reach(1);
	nest(&right, &left);
	return NULL;
}

static void both_orders(void)
{
	run_two(forwards, backwards);
}

static void *gated_forwards(void *unused)
{
	pthread_mutex_lock(&gate);
	forwards(unused);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static void *gated_backwards(void *unused)
{
	reach(1);
	pthread_mutex_lock(&gate);
	backwards(unused);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static void gated(void)
{
	run_two(gated_forwards, gated_backwards);
}

static void one_after_the_other(void)
{
	run_one(forwards);
	run_one(backwards);
}

static void *both_ways(void *unused)
{
	forwards(unused);
	backwards(unused);
	return NULL;
}

static void one_thread(void)
{
	run_one(both_ways);
}

static void *tries_backwards(void *unused)
{
	(void)unused;
	reach(1);
	pthread_mutex_lock(&right);
	if (pthread_mutex_trylock(&left) == 0)
		pthread_mutex_unlock(&left);
	pthread_mutex_unlock(&right);
	return NULL;
}

static void tried(void)
{
	run_two(forwards, tries_backwards);
}

static void *hangs_forwards(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&left);
	meet();
	pthread_mutex_lock(&right);
	return NULL;
}

static void *hangs_backwards(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&right);
	meet();
	pthread_mutex_lock(&left);
	return NULL;
}

static void deadlock(void)
{
	run_two(hangs_forwards, hangs_backwards);
}

static void *eats_left(void *unused)
{
	(void)unused;
	sem_wait(&fork_left);
	meet();
	sem_wait(&fork_right);
	sem_post(&fork_right);
	sem_post(&fork_left);
	return NULL;
}

static void *eats_right(void *unused)
{
	(void)unused;
	sem_wait(&fork_right);
	meet();
	sem_wait(&fork_left);
	sem_post(&fork_left);
	sem_post(&fork_right);
	return NULL;
}

static void semaphores(void)
{
	EXPECT(sem_init(&fork_left, 0, 1), 0);
	EXPECT(sem_init(&fork_right, 0, 1), 0);
	run_two(eats_left, eats_right);
}

static void *reads_inside(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&left);
	pthread_rwlock_rdlock(&shelf);
	pthread_rwlock_unlock(&shelf);
	pthread_mutex_unlock(&left);
	atomic_store(&stage, 1);
	return NULL;
}

static void *reads_outside(void *unused)
{
	(void)unused;
	reach(1);
	pthread_rwlock_rdlock(&shelf);
	pthread_mutex_lock(&left);
	pthread_mutex_unlock(&left);
	pthread_rwlock_unlock(&shelf);
	return NULL;
}

static void readers(void)
{
	run_two(reads_inside, reads_outside);
}

static void *signals_early(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&left);
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&left);
	atomic_store(&stage, 1);
	return NULL;
}

static void *waits_late(void *unused)
{
	(void)unused;
	reach(1);
	pthread_mutex_lock(&left);
	pthread_cond_wait(&ready, &left);
	pthread_mutex_unlock(&left);
	return NULL;
}

static void lost_wakeup(void)
{
	run_two(signals_early, waits_late);
}

static void *locks_twice(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&left);
	pthread_mutex_lock(&left);
	return NULL;
}

static void self_deadlock(void)
{
	run_one(locks_twice);
}

static void *takes_along(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&right);
	atomic_store(&stage, 1);
	reach(2);
	pthread_mutex_lock(&gate);
	return NULL; /* with gate */
}

/* Releases what another thread holds, destroys what is locked, waits with a mutex it lacks. */
static void misuse(void)
{
	struct timespec deadline = soon(CLOCK_REALTIME, 1);
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, takes_along, NULL), 0);
	reach(1);
	EXPECT(pthread_mutex_unlock(&right), 0);
	EXPECT(pthread_mutex_lock(&left), 0);
	EXPECT(pthread_mutex_destroy(&left), EBUSY);
	EXPECT(pthread_mutex_unlock(&left), 0);
	EXPECT(pthread_cond_timedwait(&ready, &left, &deadline), ETIMEDOUT);
	EXPECT(pthread_mutex_unlock(&left), 0);
	atomic_store(&stage, 2);
	EXPECT(pthread_join(thread, NULL), 0);
}

static int c_forwards(void *unused)
{
	(void)unused;
	mtx_lock(&c_left);
	mtx_lock(&c_right);
	mtx_unlock(&c_right);
	mtx_unlock(&c_left);
	atomic_store(&stage, 1);
	return 0;
}

static int c_backwards(void *unused)
{
	(void)unused;
	reach(1);
	mtx_lock(&c_right);
	mtx_lock(&c_left);
	mtx_unlock(&c_left);
	mtx_unlock(&c_right);
	return 0;
}

static void c11(void)
{
	thrd_t threads[2];

	mtx_init(&c_left, mtx_plain);
	mtx_init(&c_right, mtx_plain);
	EXPECT(thrd_create(&threads[0], c_forwards, NULL), thrd_success);
	EXPECT(thrd_create(&threads[1], c_backwards, NULL), thrd_success);
	EXPECT(thrd_join(threads[0], NULL), thrd_success);
	EXPECT(thrd_join(threads[1], NULL), thrd_success);
}

int main(int argc, char **argv)
{
	static void (*const programs[])(void) = { both_orders,	 gated,	  one_after_the_other,
						  one_thread,	 tried,	  deadlock,
						  semaphores,	 readers, lost_wakeup,
						  self_deadlock, misuse,  c11 };
	int number = argc > 1 ? atoi(argv[1]) : 0;

	if (number < 1 || number > (int)(sizeof(programs) / sizeof(*programs)))
		return 2;
	programs[number - 1]();
	return 0;
}
