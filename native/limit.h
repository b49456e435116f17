/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time limits, as deadlines of CLOCK_MONOTONIC; NULL is none. */
#ifndef NATIVE_LIMIT_H
#define NATIVE_LIMIT_H

#include <heddle/base.h>

/* Are they time limits that a function may be given? */
static inline bool limit_is_ns(int64_t timeout_ns)
{
	return timeout_ns >= HEDDLE_FOREVER;
}

static inline bool limit_is_deadline(const struct timespec *deadline)
{
	return deadline && deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000;
}

/* When timeout_ns from now is over: in *deadline, or NULL for HEDDLE_FOREVER. */
static inline const struct timespec *limit_after(struct timespec *deadline, int64_t timeout_ns)
{
	if (timeout_ns == HEDDLE_FOREVER)
		return NULL;
	*deadline = heddle_deadline(timeout_ns);
	return deadline;
}

#endif
