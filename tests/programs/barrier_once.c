/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Barriers over several rounds, and every way to come into and out of a once routine. */
#include <setjmp.h>
#include <threads.h>

#include "tests/conformance/conform.h"
#include "tests/programs/expect.h"

#define PARTY 3
#define ROUNDS 4

static pthread_barrier_t barrier;
static atomic_int serial, runs, arrivals, arrived, tids[PARTY];
static pthread_once_t slow = PTHREAD_ONCE_INIT, cancelled = PTHREAD_ONCE_INIT;
static pthread_once_t outer = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT;
static pthread_once_t jumped = PTHREAD_ONCE_INIT;
static once_flag c11 = ONCE_FLAG_INIT;
static jmp_buf back;

static void *meet(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		int result = pthread_barrier_wait(&barrier);

		if (result == PTHREAD_BARRIER_SERIAL_THREAD)
			serial++;
		else
			EXPECT(result, 0);
	}
	return NULL;
}

static void start_party(pthread_t *threads, void *(*routine)(void *))
{
	for (int i = 0; i < PARTY; i++)
		EXPECT(pthread_create(&threads[i], NULL, routine, NULL), 0);
}

static void join_party(const pthread_t *threads)
{
	for (int i = 0; i < PARTY; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
}

static void barriers(void)
{
	pthread_t threads[PARTY];
	pthread_barrierattr_t attributes;

	EXPECT(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	EXPECT(pthread_barrier_init(&barrier, NULL, PARTY), 0);
	start_party(threads, meet);
	join_party(threads);
	EXPECT(serial, ROUNDS);
	EXPECT(pthread_barrier_destroy(&barrier), 0);
	pthread_barrierattr_init(&attributes);
	EXPECT(pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
	EXPECT(pthread_barrier_init(&barrier, &attributes, 1), 0);
	EXPECT(pthread_barrier_wait(&barrier), PTHREAD_BARRIER_SERIAL_THREAD);
	EXPECT(pthread_barrier_destroy(&barrier), 0);
}

static void count_run(void)
{
	runs++;
}

/* Until the others wait for it. */
static void run_slowly(void)
{
	while (arrived < PARTY)
		sched_yield();
	for (int i = 0; i < PARTY; i++)
		if (tids[i] != gettid())
			EXPECT(wait_until_blocked(tids[i], SYS_futex), 1);
	runs++;
}

static void *use_slow(void *unused)
{
	int at = arrivals++;

	(void)unused;
	tids[at] = gettid();
	arrived++;
	EXPECT(pthread_once(&slow, run_slowly), 0);
	EXPECT(runs, 1);
	return NULL;
}

static void be_cancelled(void)
{
	runs++;
	EXPECT(pthread_cancel(pthread_self()), 0);
	pthread_testcancel();
}

static void *use_cancelled(void *unused)
{
	(void)unused;
	pthread_once(&cancelled, be_cancelled);
	return NULL;
}

static void run_inner(void)
{
	EXPECT(pthread_once(&inner, count_run), 0);
}

static void jump_out(void)
{
	runs++;
	longjmp(back, 1);
}

static void onces(void)
{
	pthread_t threads[PARTY];
	void *result;

	start_party(threads, use_slow);
	join_party(threads);
	EXPECT(pthread_create(&threads[0], NULL, use_cancelled, NULL), 0);
	EXPECT(pthread_join(threads[0], &result), 0);
	EXPECT(result == PTHREAD_CANCELED, 1);
	EXPECT(pthread_once(&cancelled, count_run), 0);
	EXPECT(runs, 3);
	EXPECT(pthread_once(&outer, run_inner), 0);
	EXPECT(pthread_once(&inner, count_run), 0);
	EXPECT(runs, 4);
	if (setjmp(back) == 0)
		pthread_once(&jumped, jump_out);
	EXPECT(pthread_once(&jumped, count_run), 0);
	EXPECT(runs, 6);
	call_once(&c11, count_run);
	call_once(&c11, count_run);
	EXPECT(runs, 7);
}

int main(void)
{
	barriers();
	onces();
	puts("barriers and once behave");
	return 0;
}
