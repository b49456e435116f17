/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts the program's threads, so that the process ends with the last of them. */
#include "primitives/lifetime.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "primitives/wrap.h"

static pthread_key_t leaving_key;
static bool has_key;
static atomic_int alive = 1;
static atomic_bool has_uncounted;

/*
 * A thread's last act: thread-specific destructors run in rounds while any of them
 * leaves a value, so this one asks for every further round there is and acts in the last.
 */
static void lifetime_leave(void *round)
{
	uintptr_t number = (uintptr_t)round;

	if (number < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    pthread_setspecific(leaving_key, (void *)(number + 1)) == 0)
		return;
	packer_close();
	if (atomic_fetch_sub(&alive, 1) == 1 && !atomic_load(&has_uncounted))
		real.exit(0);
}

void lifetime_start(void)
{
	/* Early keys need no memory of a thread's own. */
	has_key = pthread_key_create(&leaving_key, lifetime_leave) == 0;
	lifetime_enter();
}

void lifetime_expect(void)
{
	atomic_fetch_add(&alive, 1);
}

void lifetime_unexpect(void)
{
	atomic_fetch_sub(&alive, 1);
}

void lifetime_enter(void)
{
	if (!has_key || pthread_setspecific(leaving_key, (void *)1) != 0)
		lifetime_give_up();
}

void lifetime_give_up(void)
{
	atomic_store(&has_uncounted, true);
}

void lifetime_after_fork(void)
{
	atomic_store(&alive, 1);
}
