/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C11 mutexes taken in both orders by two threads, never at once: a lock-order warning. */
#include <stdatomic.h>
#include <threads.h>

#include "tests/programs/expect.h"

static mtx_t left, right;
static atomic_int first_is_done;

static int forwards(void *unused)
{
	(void)unused;
	mtx_lock(&left);
	mtx_lock(&right);
	mtx_unlock(&right);
	mtx_unlock(&left);
	atomic_store(&first_is_done, 1);
	return 0;
}

static int backwards(void *unused)
{
	(void)unused;
	while (!atomic_load(&first_is_done))
		thrd_yield();
	mtx_lock(&right);
	mtx_lock(&left);
	mtx_unlock(&left);
	mtx_unlock(&right);
	return 0;
}

int main(void)
{
	thrd_t threads[2];

	mtx_init(&left, mtx_plain);
	mtx_init(&right, mtx_plain);
	EXPECT(thrd_create(&threads[0], forwards, NULL), thrd_success);
	EXPECT(thrd_create(&threads[1], backwards, NULL), thrd_success);
	EXPECT(thrd_join(threads[0], NULL), thrd_success);
	EXPECT(thrd_join(threads[1], NULL), thrd_success);
	puts("both orders taken");
	return 0;
}
