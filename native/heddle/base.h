/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors and time limits. Include <heddle.h>. */
#ifndef HEDDLE_BASE_H
#define HEDDLE_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What goes wrong: negative errno values. Beside each what Python does. */
enum heddle_error {
	HEDDLE_TIMED_OUT = -ETIMEDOUT, /* the time limit is over; returns False */
	HEDDLE_BUSY = -EBUSY,	       /* held, waited for or running; try: returns False */
	HEDDLE_NOT_HELD = -EPERM,      /* RuntimeError */
	HEDDLE_INVALID = -EINVAL,      /* bad argument, or a destroyed object; ValueError */
	HEDDLE_TOO_MANY = -EOVERFLOW,  /* above the bound; ValueError */
	HEDDLE_BROKEN = -EPIPE,	       /* BrokenBarrierError */
	HEDDLE_NOT_STARTED = -ESRCH,   /* RuntimeError */
	HEDDLE_STARTED = -EALREADY,    /* started before; RuntimeError */
	HEDDLE_SELF = -EDEADLK,	       /* would wait for itself; RuntimeError */
	HEDDLE_NO_THREAD = -EAGAIN,    /* the system has no room for a thread; RuntimeError */
	HEDDLE_NO_MEMORY = -ENOMEM,    /* MemoryError */
	HEDDLE_CANCELLED = -ECANCELED  /* left by pthread_exit() or cancellation; SystemExit */
};

/*
 * A sentence without full stop about what a function returned, or about any negative errno; "no error"
 * for 0 and above. Static. Any thread, any time.
 */
const char *heddle_error_text(int error);

/* As a time limit in nanoseconds: none. Python's None, and the -1 of Lock.acquire(). */
#define HEDDLE_FOREVER INT64_C(-1)

/*
 * So many of a unit as nanoseconds: HEDDLE_MS(20). A time limit of 0 does not wait; one below
 * HEDDLE_FOREVER is HEDDLE_INVALID.
 */
#define HEDDLE_US(count) ((int64_t)(count)*INT64_C(1000))
#define HEDDLE_MS(count) ((int64_t)(count)*INT64_C(1000000))
#define HEDDLE_S(count) ((int64_t)(count)*INT64_C(1000000000))

/*
 * The time of CLOCK_MONOTONIC in so many nanoseconds from now, for the ..._until forms. ns below 0 is
 * taken as 0. A deadline with tv_nsec outside 0 to 999999999, or NULL, is HEDDLE_INVALID there.
 */
struct timespec heddle_deadline(int64_t ns);

#ifdef __cplusplus
}
#endif

#endif
