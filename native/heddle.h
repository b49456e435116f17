/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads, locks and what else Python's `threading` has, for C and C++. See heddle(3).
 *
 * Errors are values: a function that can fail returns 0 or one of enum heddle_error, and never
 * ends the program. Time limits are relative in nanoseconds (..._within) or absolute times of
 * CLOCK_MONOTONIC (..._until). No wait is a cancellation point, and none ends early by a signal.
 *
 * Objects may be embedded anywhere and are not to be copied. Their members are not to be touched but
 * where a header says so. A name given to an object is not copied unless the function says so; it must
 * live as long as the object, as a string literal does. NULL: no name.
 */
#ifndef HEDDLE_H
#define HEDDLE_H

#include <heddle/barrier.h>
#include <heddle/base.h>
#include <heddle/condition.h>
#include <heddle/event.h>
#include <heddle/local.h>
#include <heddle/lock.h>
#include <heddle/plain.h>
#include <heddle/rlock.h>
#include <heddle/semaphore.h>
#include <heddle/thread.h>
#include <heddle/timer.h>
#include <heddle/with.h>

#endif
