/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a test program says what it saw: the first surprise ends it with status 1. */
#ifndef TESTS_PROGRAMS_EXPECT_H
#define TESTS_PROGRAMS_EXPECT_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EXPECT(call, wanted) expect(#call, (long)(call), (long)(wanted), __LINE__)

static inline void expect(const char *what, long got, long wanted, int line)
{
	if (got == wanted)
		return;
	printf("line %d: %s gave %ld, not %ld\n", line, what, got, wanted);
	fflush(stdout);
	_Exit(1);
}

/* A time on clock, so many milliseconds from now. */
static inline struct timespec soon(clockid_t clock, long ms)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_nsec += ms * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

#endif
