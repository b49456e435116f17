/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain lock for other parts of the library. */
#ifndef NATIVE_LOCK_H
#define NATIVE_LOCK_H

#include <heddle/lock.h>

#include "native/tell.h"

/* As the functions of the same name, called by the program at that place; deadline NULL: none. */
int lock_acquire(struct heddle_lock *lock, const struct timespec *deadline, struct native_site at);
int lock_try_acquire(struct heddle_lock *lock, struct native_site at);
int lock_release(struct heddle_lock *lock, struct native_site at);

/*
 * It is about to be used: where somebody records, tell what it is, if nobody has. Then HEDDLE_INVALID
 * where it is destroyed, which is told; else 0.
 */
int lock_used(struct heddle_lock *lock, struct native_site at);

/* What a condition does with it: not told. */
int lock_let_go(struct heddle_lock *lock);
int lock_take_again(struct heddle_lock *lock);

#endif
