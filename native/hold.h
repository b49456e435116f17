/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The word of a lock: the number of who holds it, with a bit where others may wait. Who waits has set the
 * bit before, and takes the lock with it, because others may still wait; so a release wakes somebody
 * where anybody may wait.
 */
#ifndef NATIVE_HOLD_H
#define NATIVE_HOLD_H

#include "native/tell.h"

#define HOLD_FREE 0U
#define HOLD_WAITED_FOR 0x80000000U
#define HOLD_DESTROYED 0x7fffffffU

/* Who holds it, or HOLD_FREE, or HOLD_DESTROYED. */
static inline uint32_t hold_owner(const uint32_t *word)
{
	return word_load(word) & ~HOLD_WAITED_FOR;
}

/* A lock that the calling thread is to wait for. */
struct hold {
	const void *lock;
	uint32_t *word, *waiters;
	uint32_t owner; /* the number of the calling thread, none of the above */
};

/* Wait until it is taken: 0, HEDDLE_TIMED_OUT, HEDDLE_INVALID where it is destroyed. Not told. */
int hold_wait(const struct hold *hold, const struct timespec *deadline);

/* The same, told as a wait of the program at that place. */
int hold_wait_told(const struct hold *hold, const struct timespec *deadline, struct native_site at);

#endif
