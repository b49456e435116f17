/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks of several processes and runs are one lock where they have one name, and of one kind where
 * they were made at one place. Two locks taken in one order here and in the other one there are
 * told, and so are more of them in a ring. Where one process takes them both ways, its trace says whether that can deadlock: it shows
 * what keeps the two apart, as when one thread does both, or one is over before the other begins.
 */
#include "analyzer/joined.h"

#include "analyzer/joined_private.h"
#include "analyzer/rings.h"

/* Comparisons of orders in all, so that any traces end in time. */
#define BUDGET 20000000

static uint32_t number_of(struct joining *joining, const char *key)
{
	void *number = g_hash_table_lookup(joining->numbers, key);

	if (!number) {
		number = GUINT_TO_POINTER(g_hash_table_size(joining->numbers) + 1);
		g_hash_table_insert(joining->numbers, (char *)key, number);
	}
	return GPOINTER_TO_UINT(number) - 1;
}

static const struct order_gate *gates_of(struct joining *joining, const struct kept_order *kept)
{
	struct order_gate *gates = report_alloc(joining->report, kept->gate_count * sizeof(*gates));

	for (unsigned i = 0; i < kept->gate_count; i++)
		gates[i] = (struct order_gate){ number_of(joining, kept->gates[i].key),
						kept->gates[i].is_read };
	return gates;
}

static void add_trace(struct joining *joining, unsigned trace, unsigned *actors, unsigned *places)
{
	const struct report *report = joining->reports->pdata[trace];
	unsigned threads = 0, processes = 0;

	for (unsigned i = 0; i < report->orders->len; i++) {
		const struct kept_order *kept =
			&g_array_index(report->orders, struct kept_order, i);
		const struct seen seen = { .trace = trace, .kept = kept };
		const struct order order = {
			.held = number_of(joining, kept->held.key),
			.requested = number_of(joining, kept->requested.key),
			.held_is_read = kept->held.is_read,
			.requested_is_read = kept->requested.is_read,
			/* The main threads of all runs are one: each runs the program alone. */
			.actor = kept->is_by_main ? 0 : *actors + kept->thread + 1,
			.place = *places + kept->process,
			.gates = gates_of(joining, kept),
			.gate_count = kept->gate_count,
		};

		threads = MAX(threads, kept->thread + 1);
		processes = MAX(processes, kept->process + 1);
		g_array_append_val(joining->orders, order);
		g_array_append_val(joining->seen, seen);
	}
	*actors += threads;
	*places += processes;
}

static uint64_t pair_of(uint32_t one, uint32_t other)
{
	return (uint64_t)MIN(one, other) << 32 | MAX(one, other);
}

/* Within a process, and one way. */
static char *way_of(unsigned place, uint32_t held, uint32_t requested)
{
	return g_strdup_printf("%x %x %x", place, held, requested);
}

static void find_settled(struct joining *joining)
{
	for (unsigned i = 0; i < joining->orders->len; i++) {
		const struct order *order = joined_order(joining, i);
		uint64_t pair = pair_of(order->held, order->requested);
		g_autofree char *reverse = way_of(order->place, order->requested, order->held);

		g_hash_table_add(joining->ways,
				 way_of(order->place, order->held, order->requested));
		if (g_hash_table_contains(joining->ways, reverse))
			g_hash_table_add(joining->settled, g_memdup2(&pair, sizeof(pair)));
	}
}

static bool tell_pair(void *context, unsigned one, unsigned other)
{
	struct joining *joining = context;
	const unsigned ring[] = { one, other };
	const struct order *order = joined_order(joining, one);
	uint64_t pair = pair_of(order->held, order->requested);

	if (g_hash_table_contains(joining->settled, &pair))
		return false;
	joined_tell(joining, ring, 2);
	g_hash_table_add(joining->told, g_memdup2(&pair, sizeof(pair)));
	return false;
}

static bool is_told(void *context, uint32_t one, uint32_t other)
{
	const struct joining *joining = context;
	uint64_t pair = pair_of(one, other);

	return g_hash_table_contains(joining->told, &pair);
}

/* Does one process take them all? */
static bool is_settled(const struct joining *joining, const unsigned *ring, unsigned length)
{
	for (unsigned place = 0; place < joining->places; place++) {
		unsigned taken = 0;

		for (; taken < length; taken++) {
			const struct order *order = joined_order(joining, ring[taken]);
			g_autofree char *way = way_of(place, order->held, order->requested);

			if (!g_hash_table_contains(joining->ways, way))
				break;
		}
		if (taken == length)
			return true;
	}
	return false;
}

static bool tell_ring(void *context, const unsigned *ring, unsigned length)
{
	struct joining *joining = context;

	if (is_settled(joining, ring, length))
		return false;
	joined_tell(joining, ring, length);
	return true;
}

/* Base names, where they differ. */
static GPtrArray *labels_of(const GPtrArray *reports)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < reports->len; i++) {
		const struct report *report = reports->pdata[i];
		g_hash_table_add(names, g_path_get_basename(report->trace.path));
	}
	for (unsigned i = 0; i < reports->len; i++) {
		const struct report *report = reports->pdata[i];
		bool is_short = g_hash_table_size(names) == reports->len;
		g_ptr_array_add(labels, is_short ? g_path_get_basename(report->trace.path)
						 : g_strdup(report->trace.path));
	}
	return labels;
}

/* Whether all orders were compared. */
static bool find(struct joining *joining)
{
	unsigned actors = 0;

	for (unsigned i = 0; i < joining->reports->len; i++)
		add_trace(joining, i, &actors, &joining->places);
	find_settled(joining);
	const struct order *orders = joined_order(joining, 0);
	const struct rings_query query = { .orders = orders,
					   .count = joining->orders->len,
					   .budget = BUDGET,
					   .fn = tell_ring,
					   .is_told = is_told,
					   .context = joining };
	bool is_all = orders_find(orders, joining->orders->len, BUDGET, tell_pair, joining);
	return rings_find(&query) && is_all;
}

static unsigned count_incomplete(const GPtrArray *reports)
{
	unsigned count = 0;

	for (unsigned i = 0; i < reports->len; i++) {
		const struct report *report = reports->pdata[i];
		count += !report->trace.is_complete;
	}
	return count;
}

static void set_facts(struct report *report, const GPtrArray *reports, unsigned unread, bool is_all)
{
	unsigned all = reports->len + unread, incomplete = count_incomplete(reports);

	report->trace.is_complete = !unread && !incomplete && is_all;
	if (unread)
		report->trace.incomplete_reason =
			report_format(report, "%u of %u traces could not be read", unread, all);
	else if (incomplete)
		report->trace.incomplete_reason =
			report_format(report, "%u of %u traces %s incomplete", incomplete, all,
				      incomplete == 1 ? "is" : "are");
	else if (!is_all)
		report->trace.incomplete_reason =
			report_format(report,
				      "their orders of locks are too many to compare all, or show "
				      "more than %d rings of three locks or more",
				      RINGS_TOLD_MAX);
}

struct report *joined_report(const GPtrArray *reports, unsigned unread, struct lists *lists,
			     enum level fail_on)
{
	struct joining joining = {
		.reports = reports,
		.report = report_new(),
		.numbers = g_hash_table_new(g_str_hash, g_str_equal),
		.orders = g_array_new(FALSE, FALSE, sizeof(struct order)),
		.seen = g_array_new(FALSE, FALSE, sizeof(struct seen)),
		.ways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.settled = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
		.told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
		.labels = labels_of(reports),
	};
	struct report *report = joining.report;

	bool is_all = find(&joining);
	set_facts(report, reports, unread, is_all);
	report_finish(report, fail_on);
	if (lists)
		lists_apply(lists, report, fail_on);
	for (unsigned i = 0; i < reports->len; i++) {
		const struct report *each = reports->pdata[i];
		if (each->verdict == VERDICT_FINDINGS)
			report->verdict = VERDICT_FINDINGS;
	}
	g_hash_table_unref(joining.numbers);
	g_array_unref(joining.orders);
	g_array_unref(joining.seen);
	g_hash_table_unref(joining.ways);
	g_hash_table_unref(joining.settled);
	g_hash_table_unref(joining.told);
	g_ptr_array_unref(joining.labels);
	return report;
}
