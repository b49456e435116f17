/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers that are the same on every machine: splitmix64 of Steele, Lea and Flood (2014). */
#ifndef TESTS_RANDOM_CHANCE_H
#define TESTS_RANDOM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
	uint64_t state; /* the seed at first */
};

static inline uint64_t chance_next(struct chance *chance)
{
	uint64_t mix = chance->state += UINT64_C(0x9e3779b97f4a7c15);

	mix = (mix ^ mix >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mix = (mix ^ mix >> 27) * UINT64_C(0x94d049bb133111eb);
	return mix ^ mix >> 31;
}

/* 0 to count - 1; count is small and not 0. */
static inline unsigned chance_below(struct chance *chance, unsigned count)
{
	return (unsigned)(chance_next(chance) >> 33) % count;
}

static inline bool chance_percent(struct chance *chance, unsigned percent)
{
	return chance_below(chance, 100) < percent;
}

#endif
