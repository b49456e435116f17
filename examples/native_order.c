/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two locks in both orders, and both threads have their first one: a deadlock, always.
 *
 *	heddle check --stall 1 -- examples/native_order
 *
 * `deadlock`: a ring of the two threads; for each the lock that it holds, where it took it, and where it
 * waits for the other's. To mend it, take both in the same order everywhere.
 */
#include <heddle.h>
#include <stdio.h>

static struct heddle_lock catalogue = HEDDLE_LOCK_INIT("catalogue");
static struct heddle_lock shelves = HEDDLE_LOCK_INIT("shelves");

/* Opens when both have their first lock, which makes the deadlock certain. */
static struct heddle_barrier both_have_one = HEDDLE_BARRIER_INIT(2, "both_have_one");

static int add_book(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&catalogue) {
		heddle_barrier_wait(&both_have_one);
		HEDDLE_WITH(&shelves)
			puts("a book is added");
	}
	return 0;
}

static int take_stock(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&shelves) {
		heddle_barrier_wait(&both_have_one);
		HEDDLE_WITH(&catalogue)
			puts("stock is taken");
	}
	return 0;
}

int main(void)
{
	struct heddle_thread librarian, auditor;

	heddle_thread_init(&librarian, "librarian", add_book, NULL);
	heddle_thread_init(&auditor, "auditor", take_stock, NULL);
	heddle_thread_start(&librarian);
	heddle_thread_start(&auditor);
	heddle_thread_join(&librarian);
	heddle_thread_join(&auditor);
	return 0;
}
