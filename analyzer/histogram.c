/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Few values are kept as they are, many in log-linear buckets: 16 to each power of two. */
#include "analyzer/histogram.h"

#include <stdlib.h>
#include <string.h>

#define SUB_BITS 4
#define SUB_COUNT (1 << SUB_BITS)
/* 36 years: sums of two stay in range. */
#define VALUE_MAX (INT64_C(1) << 60)

void histogram_done(struct histogram *histogram)
{
	g_free(histogram->samples);
	*histogram = (struct histogram){ 0 };
}

static uint16_t bucket_of(int64_t ns)
{
	if (ns < SUB_COUNT)
		return (uint16_t)ns;
	int exponent = 63 - __builtin_clzll((uint64_t)ns);
	int sub = (int)(ns >> (exponent - SUB_BITS)) & (SUB_COUNT - 1);
	return (uint16_t)((exponent - SUB_BITS + 1) * SUB_COUNT + sub);
}

/* The middle of a bucket. */
static int64_t bucket_value(uint16_t bucket)
{
	if (bucket < SUB_COUNT)
		return bucket;
	int shift = bucket / SUB_COUNT - 1;
	int64_t start = (int64_t)(SUB_COUNT + bucket % SUB_COUNT) << shift;
	return start + (((int64_t)1 << shift) - 1) / 2;
}

/* Widen [low, high) so that it holds bucket. */
static void reach(struct histogram *histogram, uint16_t bucket)
{
	uint16_t low = histogram->low, high = histogram->high;

	if (low < high && bucket >= low && bucket < high)
		return;
	uint16_t new_low = low == high ? bucket : MIN(low, bucket);
	uint16_t new_high = low == high ? bucket + 1 : MAX(high, bucket + 1);
	/* Whole powers of two, so that it happens seldom. */
	new_low -= new_low % SUB_COUNT;
	new_high += SUB_COUNT - 1 - (new_high - 1) % SUB_COUNT;
	uint64_t *buckets = g_new0(uint64_t, new_high - new_low);
	if (low < high)
		memcpy(buckets + (low - new_low), histogram->buckets,
		       (size_t)(high - low) * sizeof(*buckets));
	g_free(histogram->buckets);
	histogram->buckets = buckets;
	histogram->low = new_low;
	histogram->high = new_high;
}

static void count_in(struct histogram *histogram, int64_t ns)
{
	uint16_t bucket = bucket_of(ns);

	reach(histogram, bucket);
	histogram->buckets[bucket - histogram->low]++;
}

static void go_over_to_buckets(struct histogram *histogram)
{
	g_autofree int64_t *samples = histogram->samples;

	histogram->buckets = NULL;
	for (unsigned i = 0; i < HISTOGRAM_EXACT; i++)
		count_in(histogram, samples[i]);
}

/* Two values need no memory: one is the maximum, the other what it lacks to the total. */
static void keep(struct histogram *histogram, int64_t ns)
{
	uint64_t count = histogram->count;

	if (count < 2)
		return;
	if (count == 2) {
		histogram->samples = g_new(int64_t, 4);
		histogram->samples[0] = histogram->max;
		histogram->samples[1] = histogram->total - histogram->max;
	} else if ((count & (count - 1)) == 0) {
		histogram->samples = g_renew(int64_t, histogram->samples, count * 2);
	}
	histogram->samples[count] = ns;
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
	ns = CLAMP(ns, 0, VALUE_MAX);
	if (histogram->count == HISTOGRAM_EXACT)
		go_over_to_buckets(histogram);
	if (histogram->count < HISTOGRAM_EXACT)
		keep(histogram, ns);
	else
		count_in(histogram, ns);
	histogram->count++;
	histogram->max = MAX(histogram->max, ns);
	if (__builtin_add_overflow(histogram->total, ns, &histogram->total))
		histogram->total = INT64_MAX;
}

static int compare_ns(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t exact(const struct histogram *histogram, uint64_t rank)
{
	int64_t sorted[HISTOGRAM_EXACT] = { histogram->max, histogram->total - histogram->max };

	if (histogram->count == 1)
		return histogram->max;
	if (histogram->count > 2)
		memcpy(sorted, histogram->samples, histogram->count * sizeof(*sorted));
	qsort(sorted, histogram->count, sizeof(*sorted), compare_ns);
	return sorted[rank - 1];
}

int64_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
	uint64_t count = histogram->count;
	/* Nearest rank, without overflow. */
	uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
	uint64_t seen = 0;

	if (!count)
		return 0;
	rank = CLAMP(rank, 1, count);
	if (count <= HISTOGRAM_EXACT)
		return exact(histogram, rank);
	for (uint16_t i = histogram->low; i < histogram->high; i++) {
		seen += histogram->buckets[i - histogram->low];
		if (seen >= rank)
			return MIN(bucket_value(i), histogram->max);
	}
	return histogram->max;
}

struct distribution histogram_distribution(const struct histogram *histogram)
{
	return (struct distribution){
		.total = histogram->total,
		.max = histogram->max,
		.p50 = histogram_percentile(histogram, 50),
		.p99 = histogram_percentile(histogram, 99),
	};
}
