/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock with an owner for other parts of the library. */
#ifndef NATIVE_RLOCK_H
#define NATIVE_RLOCK_H

#include <heddle/rlock.h>

#include "native/tell.h"

/* As the functions of the same name, called by the program at that place; deadline NULL: none. */
int rlock_acquire(struct heddle_rlock *lock, const struct timespec *deadline,
		  struct native_site at);
int rlock_try_acquire(struct heddle_rlock *lock, struct native_site at);
int rlock_release(struct heddle_rlock *lock, struct native_site at);
int rlock_destroy(struct heddle_rlock *lock, struct native_site at);

/* It is made: told. It is about to be used: as of lock_used(). */
void rlock_made(struct heddle_rlock *lock, struct native_site at);
int rlock_used(struct heddle_rlock *lock, struct native_site at);

/*
 * What a condition does with it, not told: release it wholly, how deep it was; and take it as deep
 * again. 0, or HEDDLE_INVALID where it was destroyed meanwhile.
 */
uint32_t rlock_let_go(struct heddle_rlock *lock);
int rlock_take_again(struct heddle_rlock *lock, uint32_t depth);

#endif
