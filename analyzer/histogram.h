/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A distribution of durations in little memory: exact up to HISTOGRAM_EXACT values, from then
 * on percentiles within 4 %. Count, total and maximum are always exact.
 */
#ifndef ANALYZER_HISTOGRAM_H
#define ANALYZER_HISTOGRAM_H

#include <stdint.h>

#include "analyzer/report.h"

#define HISTOGRAM_EXACT 64

/* Zeroed memory is an empty one. */
struct histogram {
	uint64_t count;
	int64_t total, max; /* ns; total stops at INT64_MAX */
	union {
		int64_t *samples;  /* from the third to HISTOGRAM_EXACT values */
		uint64_t *buckets; /* then, those of [low, high) */
	};
	uint16_t low, high;
};

void histogram_done(struct histogram *histogram);

/* A negative ns counts as 0. */
void histogram_add(struct histogram *histogram, int64_t ns);

/* The value below which this many percent of all lie, itself included; 0 for none. */
int64_t histogram_percentile(const struct histogram *histogram, unsigned percent);

struct distribution histogram_distribution(const struct histogram *histogram);

#endif
