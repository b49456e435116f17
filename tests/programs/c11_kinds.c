/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C11 threads, mutexes and conditions, which do not pass through the pthread names. */
#include <threads.h>

#include "tests/programs/expect.h"

static mtx_t lock, timed, recursive;
static cnd_t changed;
static int turn;

static int try_while_held(void *unused)
{
	struct timespec time = soon(CLOCK_REALTIME, 20);

	(void)unused;
	EXPECT(mtx_trylock(&timed), thrd_busy);
	EXPECT(mtx_timedlock(&timed, &time), thrd_timedout);
	return 7;
}

static int player(void *argument)
{
	int me = *(int *)argument;

	for (int i = 0; i < 10; i++) {
		EXPECT(mtx_lock(&lock), thrd_success);
		while (turn != me)
			EXPECT(cnd_wait(&changed, &lock), thrd_success);
		turn = 1 - me;
		EXPECT(cnd_signal(&changed), thrd_success);
		EXPECT(mtx_unlock(&lock), thrd_success);
	}
	thrd_exit(me + 40);
}

static void ping_pong(void)
{
	thrd_t threads[2];
	int numbers[2] = { 0, 1 };
	int result;

	for (int i = 0; i < 2; i++)
		EXPECT(thrd_create(&threads[i], player, &numbers[i]), thrd_success);
	for (int i = 0; i < 2; i++) {
		EXPECT(thrd_join(threads[i], &result), thrd_success);
		EXPECT(result, 40 + i);
	}
}

static void timeouts(void)
{
	struct timespec time = soon(CLOCK_REALTIME, 20);
	thrd_t thread;
	int result;

	EXPECT(mtx_lock(&timed), thrd_success);
	EXPECT(thrd_create(&thread, try_while_held, NULL), thrd_success);
	EXPECT(thrd_join(thread, &result), thrd_success);
	EXPECT(result, 7);
	EXPECT(cnd_timedwait(&changed, &timed, &time), thrd_timedout);
	EXPECT(mtx_unlock(&timed), thrd_success);
	EXPECT(cnd_broadcast(&changed), thrd_success);
}

int main(void)
{
	EXPECT(mtx_init(&lock, mtx_plain), thrd_success);
	EXPECT(mtx_init(&timed, mtx_timed), thrd_success);
	EXPECT(mtx_init(&recursive, mtx_plain | mtx_recursive), thrd_success);
	EXPECT(cnd_init(&changed), thrd_success);
	ping_pong();
	timeouts();
	EXPECT(mtx_lock(&recursive), thrd_success);
	EXPECT(mtx_trylock(&recursive), thrd_success);
	EXPECT(mtx_unlock(&recursive), thrd_success);
	EXPECT(mtx_unlock(&recursive), thrd_success);
	cnd_destroy(&changed);
	mtx_destroy(&recursive);
	mtx_destroy(&timed);
	mtx_destroy(&lock);
	puts("C11 threads behave");
	return 0;
}
