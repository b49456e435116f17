/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ticks of a packed recording as ns: lines between clocks that were read. For the reader only.
 */
#ifndef LIBTRACE_READER_CLOCK_H
#define LIBTRACE_READER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "libtrace/arena.h"

/* All zero is a new one, of TSC. */
struct reader_clock {
	bool is_ns;	   /* ticks are ns of CLOCK_MONOTONIC */
	int64_t offset_ns; /* added to all times */
	/* The line in use: from ticks, for so many; none where length is 0. */
	uint64_t from, length;
	int64_t from_ns;
	double slope;
	size_t line; /* it begins at this one of clocks */
	/* Rising both. What is behind the line in use may go. Owned by this */
	struct arena_clock *clocks;
	size_t count, size;
	/* The first and last of the clocks that are used where there are not two others. */
	struct arena_clock earliest, latest;
	bool has_spare;
};

void reader_clock_done(struct reader_clock *clock);

/* A clock of the whole recording; one that goes back is passed over. 0 or -ENOMEM. */
int reader_clock_add(struct reader_clock *clock, const struct arena_clock *at);

/* Of a thread, perhaps, and perhaps nonsense: only used where nothing else is known. */
void reader_clock_spare(struct reader_clock *clock, const struct arena_clock *at);

/* How many ticks ns are, about; UINT64_MAX as long as that is not known. */
uint64_t reader_clock_span(const struct reader_clock *clock, int64_t ns);

int64_t reader_clock_look(struct reader_clock *clock, uint64_t ticks);

/*
 * The time at ticks, which rises with them: on the line between the clocks before and after, or on
 * the nearest line.
 */
static inline int64_t reader_clock_ns(struct reader_clock *clock, uint64_t ticks)
{
	uint64_t elapsed = ticks - clock->from;

	if (elapsed >= clock->length)
		return reader_clock_look(clock, ticks);
	return clock->from_ns + (int64_t)((double)(int64_t)elapsed * clock->slope + 0.5);
}

#endif
