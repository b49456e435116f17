/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the critical path that are alike, summed up. */
#include "analyzer/analyses/criticalpath.h"

/* More are left out. */
#define SUMS_MAX 100000

int64_t path_part_ns(const struct path_part *part)
{
	return elapsed_ns(part->from_ns, part->to_ns);
}

int path_part_compare(const void *a, const void *b)
{
	const struct path_part *left = a, *right = b;

	if (path_part_ns(left) != path_part_ns(right))
		return path_part_ns(left) > path_part_ns(right) ? -1 : 1;
	return (left->from_ns < right->from_ns) - (left->from_ns > right->from_ns);
}

/* 64 bits of a mixture never meet by chance. */
static uint64_t key_of(const struct path_part *part)
{
	uint64_t kind = (uint64_t)part->action << 8 | (uint64_t)part->wait << 1 | part->is_timeout;
	uint64_t key = address_table_mix((uint64_t)part->thread << 32 | part->next);

	key = address_table_mix(key + ((uint64_t)part->object << 32 | part->place));
	return address_table_mix(key + kind + (uint64_t)(uintptr_t)part->call);
}

static void add(struct path_part *sum, const struct path_part *part)
{
	sum->count++;
	sum->to_ns = report_sum_ns(sum->to_ns, path_part_ns(part));
}

void path_sums_add(struct path_sums *sums, const struct path_part *part)
{
	uint64_t key = key_of(part);
	uint32_t number = GPOINTER_TO_UINT(address_table_get(&sums->by_key, key));

	if (!sums->parts)
		sums->parts = g_array_new(FALSE, FALSE, sizeof(struct path_part));
	if (!number && sums->parts->len >= SUMS_MAX)
		return;
	if (!number) {
		struct path_part sum = *part;

		sum.from_ns = sum.to_ns = 0;
		sum.count = 0;
		g_array_append_val(sums->parts, sum);
		number = sums->parts->len;
		address_table_set(&sums->by_key, key, GUINT_TO_POINTER(number));
	}
	add(&g_array_index(sums->parts, struct path_part, number - 1), part);
}

void path_sums_done(struct path_sums *sums)
{
	address_table_done(&sums->by_key);
	if (sums->parts)
		g_array_unref(sums->parts);
}
