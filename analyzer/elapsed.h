/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times of a trace: how far apart they are, whatever it says. */
#ifndef ANALYZER_ELAPSED_H
#define ANALYZER_ELAPSED_H

#include <stdint.h>

/* From one stamp to a later one; 0 where they are out of order. */
static inline int64_t elapsed_ns(int64_t from_ns, int64_t to_ns)
{
	if (to_ns <= from_ns)
		return 0;
	uint64_t ns = (uint64_t)to_ns - (uint64_t)from_ns;
	return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

#endif
