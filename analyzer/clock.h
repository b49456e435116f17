/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that recordings are stamped with. */
#ifndef ANALYZER_CLOCK_H
#define ANALYZER_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

/* CLOCK_MONOTONIC, in ns. */
static inline int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

#endif
