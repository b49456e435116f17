/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a condition does with its rlock: release it wholly, and take it as deep as it was. */
#ifndef NATIVE_RLOCK_H
#define NATIVE_RLOCK_H

#include <heddle/rlock.h>

/* The lock is the calling thread's. How deep it was, for rlock_restore(). */
uint32_t rlock_release_all(struct heddle_rlock *lock);

/* 0, or HEDDLE_INVALID where it was destroyed meanwhile. */
int rlock_restore(struct heddle_rlock *lock, uint32_t depth);

#endif
