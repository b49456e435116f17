/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ticks as ns: lines between clocks that were read, the first and last line without end. */
#include "libtrace/reader_clock.h"

#include "libtrace/error.h"

/* Some thirty years of some GHz: so sums of any two cannot overflow. */
#define CLOCK_MAX ((INT64_C(1) << 62) - 1)

#define FIRST_SIZE 64

void reader_clock_done(struct reader_clock *clock)
{
	free(clock->clocks);
	*clock = (struct reader_clock){ 0 };
}

static bool clock_is_valid(const struct arena_clock *at)
{
	return at->ticks <= CLOCK_MAX && at->ns >= 0 && at->ns <= CLOCK_MAX;
}

/* Room for one more; clocks from before the line in use are not needed any more. */
static int clock_reserve(struct reader_clock *clock)
{
	if (clock->count < clock->size)
		return 0;
	if (clock->line >= clock->size / 2 && clock->line) {
		clock->count -= clock->line;
		memmove(clock->clocks, clock->clocks + clock->line,
			clock->count * sizeof(*clock->clocks));
		clock->line = 0;
		return 0;
	}
	size_t size = clock->size ? 2 * clock->size : FIRST_SIZE;
	struct arena_clock *clocks = reallocarray(clock->clocks, size, sizeof(*clocks));
	if (!clocks)
		return -ENOMEM;
	clock->clocks = clocks;
	clock->size = size;
	return 0;
}

int reader_clock_add(struct reader_clock *clock, const struct arena_clock *at)
{
	const struct arena_clock *last = clock->clocks + clock->count - !!clock->count;

	if (!clock_is_valid(at) ||
	    (clock->count && (at->ticks <= last->ticks || at->ns <= last->ns)))
		return 0;
	if (clock_reserve(clock) < 0)
		return -ENOMEM;
	clock->clocks[clock->count++] = *at;
	/* A line that had no end has one now. */
	clock->length = 0;
	return 0;
}

void reader_clock_spare(struct reader_clock *clock, const struct arena_clock *at)
{
	if (!clock_is_valid(at))
		return;
	if (!clock->has_spare || at->ticks < clock->earliest.ticks)
		clock->earliest = *at;
	if (!clock->has_spare || at->ticks > clock->latest.ticks)
		clock->latest = *at;
	clock->has_spare = true;
}

static double slope_of(const struct arena_clock *a, const struct arena_clock *b)
{
	return (double)(b->ns - a->ns) / (double)(b->ticks - a->ticks);
}

uint64_t reader_clock_span(const struct reader_clock *clock, int64_t ns)
{
	if (clock->is_ns)
		return (uint64_t)ns;
	if (clock->count < 2)
		return UINT64_MAX;
	double ticks = (double)ns / slope_of(&clock->clocks[0], &clock->clocks[clock->count - 1]);
	return ticks < (double)CLOCK_MAX ? (uint64_t)ticks : CLOCK_MAX;
}

/* At ticks, on the line through a and b: with any numbers. */
static int64_t line_ns(const struct reader_clock *clock, const struct arena_clock *a, double slope,
		       uint64_t ticks)
{
	double elapsed = ticks >= a->ticks ? (double)(ticks - a->ticks)
					   : -(double)(a->ticks - ticks);
	double more = elapsed * slope;

	if (more > (double)CLOCK_MAX)
		return INT64_MAX;
	if (more < -(double)CLOCK_MAX)
		return 0;
	int64_t ns = a->ns + (int64_t)(more < 0 ? more - 0.5 : more + 0.5);
	return __builtin_add_overflow(ns, clock->offset_ns, &ns) ? INT64_MAX : ns;
}

/* Where the trace says little: the line through the clocks of threads, or 1 tick is 1 ns. */
static int64_t spare_ns(const struct reader_clock *clock, uint64_t ticks)
{
	struct arena_clock first = clock->earliest, last = clock->latest;

	if (clock->count && (!clock->has_spare || clock->clocks[0].ticks < first.ticks))
		first = clock->clocks[0];
	if (clock->count && (!clock->has_spare || clock->clocks[0].ticks > last.ticks))
		last = clock->clocks[0];
	if (last.ticks <= first.ticks || last.ns <= first.ns)
		return line_ns(clock, &first, 1, ticks);
	return line_ns(clock, &first, slope_of(&first, &last), ticks);
}

/* The last clock that is not after ticks, but not the last of all. */
static size_t clock_find(const struct reader_clock *clock, uint64_t ticks)
{
	size_t low = 0, high = clock->count - 1;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (clock->clocks[middle].ticks <= ticks)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int64_t reader_clock_look(struct reader_clock *clock, uint64_t ticks)
{
	int64_t ns;

	if (clock->is_ns && ticks <= INT64_MAX)
		return __builtin_add_overflow((int64_t)ticks, clock->offset_ns, &ns) ? INT64_MAX
										     : ns;
	if (clock->is_ns)
		return INT64_MAX;
	if (clock->count < 2)
		return spare_ns(clock, ticks);
	size_t at = clock_find(clock, ticks);
	const struct arena_clock *from = &clock->clocks[at], *to = from + 1;
	double slope = slope_of(from, to);

	if (ticks < from->ticks || ticks >= to->ticks)
		return line_ns(clock, from, slope, ticks);
	clock->line = at;
	clock->from = from->ticks;
	clock->length = to->ticks - from->ticks;
	clock->slope = slope;
	if (__builtin_add_overflow(from->ns, clock->offset_ns, &clock->from_ns) ||
	    clock->from_ns > CLOCK_MAX)
		clock->length = 0;
	return line_ns(clock, from, slope, ticks);
}
