/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A livelock: two threads each hold a lock, try the other one, give way and begin anew. Hangs, busily. */
#include <heddle.h>
#include <sched.h>

static struct heddle_lock left = HEDDLE_LOCK_INIT("left");
static struct heddle_lock right = HEDDLE_LOCK_INIT("right");
static unsigned steps;

/* As on two processors that are equally fast: both try while both hold. */
static void keep_step(unsigned *own)
{
	__atomic_add_fetch(&steps, 1, __ATOMIC_SEQ_CST);
	*own += 2;
	while (__atomic_load_n(&steps, __ATOMIC_SEQ_CST) < *own)
		sched_yield();
}

/* Each gives way to the other one, each time. */
static int give_way(struct heddle_lock *first, struct heddle_lock *second)
{
	unsigned own = 0;

	for (;;) {
		heddle_lock_acquire(first);
		keep_step(&own);
		int error = heddle_lock_try_acquire(second);
		keep_step(&own);
		if (!error)
			break;
		heddle_lock_release(first);
	}
	heddle_lock_release(second);
	return heddle_lock_release(first);
}

static int one(void *unused)
{
	(void)unused;
	return give_way(&left, &right);
}

static int other(void *unused)
{
	(void)unused;
	return give_way(&right, &left);
}

int main(void)
{
	struct heddle_thread alice, bob;

	heddle_thread_init(&alice, "alice", one, NULL);
	heddle_thread_init(&bob, "bob", other, NULL);
	heddle_thread_start(&alice);
	heddle_thread_start(&bob);
	heddle_thread_join(&alice);
	return heddle_thread_join(&bob);
}
