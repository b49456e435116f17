/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks of several processes and runs are one lock where they have one name, and of one kind where
 * they were made at one place. Two locks taken in one order here and in the other one there are
 * told. Where one process takes them both ways, its trace says whether that can deadlock: it shows
 * what keeps the two apart, as when one thread does both, or one is over before the other begins.
 */
#include "analyzer/joined.h"

#include <string.h>

#include "analyzer/orders.h"

/* Comparisons of orders in all, so that any traces end in time. */
#define BUDGET 20000000

struct joining {
	const GPtrArray *reports;
	struct report *report; /* the result */
	GHashTable *numbers;   /* key of a lock: its number + 1 */
	GArray *orders;	       /* struct order */
	GArray *seen;	       /* struct seen of each of these */
	GHashTable *settled; /* pairs of locks, as in pair_of(), that one process takes both ways */
	GPtrArray *labels;   /* of the traces, short. Owned by this */
};

/* An order, and where it was seen. */
struct seen {
	unsigned trace;
	const struct kept_order *kept;
};

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

static const struct order *order_at(const struct joining *joining, unsigned at)
{
	return &g_array_index(joining->orders, struct order, at);
}

static const struct seen *seen_at(const struct joining *joining, unsigned at)
{
	return &g_array_index(joining->seen, struct seen, at);
}

static uint64_t pair_of(const struct order *order)
{
	return (uint64_t)MIN(order->held, order->requested) << 32 |
	       MAX(order->held, order->requested);
}

/* Within a process, and one way. */
static char *way_of(const struct order *order, bool is_reverse)
{
	return g_strdup_printf("%x %x %x", order->place,
			       is_reverse ? order->requested : order->held,
			       is_reverse ? order->held : order->requested);
}

static void find_settled(struct joining *joining)
{
	g_autoptr(GHashTable) ways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (unsigned i = 0; i < joining->orders->len; i++) {
		const struct order *order = order_at(joining, i);
		uint64_t pair = pair_of(order);
		g_autofree char *reverse = way_of(order, true);

		g_hash_table_add(ways, way_of(order, false));
		if (g_hash_table_contains(ways, reverse))
			g_hash_table_add(joining->settled, g_memdup2(&pair, sizeof(pair)));
	}
}

/* "held" and "requested", where the locks need not be the same. */
static const char *action_of(struct joining *joining, const struct kept_lock *lock, bool is_one)
{
	static const char *const words[][2] = { { "holds", "held" }, { "requests", "requested" } };

	for (unsigned i = 0; i < G_N_ELEMENTS(words) && !is_one; i++)
		if (g_str_has_prefix(lock->action, words[i][0]))
			return report_format(joining->report, "%s%s", words[i][1],
					     lock->action + strlen(words[i][0]));
	return lock->action;
}

static const char *thread_of(struct joining *joining, const struct seen *seen)
{
	const struct report *report = joining->reports->pdata[seen->trace];
	const char *own = seen->kept->thread_name;
	const char *name = report_format(joining->report, "%s in %s", own,
					 (char *)joining->labels->pdata[seen->trace]);

	report_note_stable(joining->report, name, report_stable_name(report, own));
	return name;
}

static void add_step(struct joining *joining, struct finding *finding, const struct seen *seen,
		     const struct kept_lock *lock, bool is_one)
{
	struct finding_step *step = finding_step(finding);

	step->thread = thread_of(joining, seen);
	step->action = action_of(joining, lock, is_one);
	step->object = report_string(joining->report, lock->name);
	report_note_stable(joining->report, lock->name, lock->stable);
	step->time_ns = lock->time_ns;
	step->stack = lock->stack;
	if (!g_ptr_array_find(finding->objects, step->object, NULL))
		g_ptr_array_add(finding->objects, (char *)step->object);
}

/* "one in a.events holds A and requests B" */
static const char *clause(struct joining *joining, const struct seen *seen, bool is_one)
{
	const struct kept_order *kept = seen->kept;

	return report_format(joining->report, "%s %s %s and %s %s", thread_of(joining, seen),
			     action_of(joining, &kept->held, is_one), kept->held.name,
			     action_of(joining, &kept->requested, is_one), kept->requested.name);
}

static bool is_one_lock_each(const struct seen *seen)
{
	return seen->kept->held.is_one && seen->kept->requested.is_one;
}

static void add_side(struct joining *joining, struct finding *finding, const struct seen *seen,
		     bool is_one)
{
	const struct kept_order *kept = seen->kept;
	const struct report *report = joining->reports->pdata[seen->trace];
	char *path = (char *)report->trace.path;

	g_ptr_array_add(finding->threads, (char *)thread_of(joining, seen));
	add_step(joining, finding, seen, &kept->held, is_one);
	add_step(joining, finding, seen, &kept->requested, is_one);
	if (!g_ptr_array_find(finding->traces, path, NULL))
		g_ptr_array_add(finding->traces, path);
}

/* The same whichever trace comes first. */
static void set_identity(struct joining *joining, struct finding *finding,
			 const struct seen *const *sides)
{
	const char *words[2];

	for (unsigned i = 0; i < 2; i++)
		words[i] = report_format(joining->report, "%s|%s|%s", sides[i]->kept->held.stable,
					 sides[i]->kept->requested.stable, sides[i]->kept->place);
	bool is_ordered = strcmp(words[0], words[1]) <= 0;
	g_ptr_array_add(finding->identity, "joined");
	g_ptr_array_add(finding->identity, (char *)words[!is_ordered]);
	g_ptr_array_add(finding->identity, (char *)words[is_ordered]);
}

static bool tell(void *context, unsigned one, unsigned other)
{
	struct joining *joining = context;
	const struct seen *sides[] = { seen_at(joining, one), seen_at(joining, other) };
	uint64_t pair = pair_of(order_at(joining, one));

	if (g_hash_table_contains(joining->settled, &pair))
		return false;
	bool is_one = is_one_lock_each(sides[0]) && is_one_lock_each(sides[1]);
	struct finding *finding = report_finding(joining->report, "lock-order",
						 is_one ? LEVEL_WARNING : LEVEL_NOTE,
						 CERTAINTY_POSSIBLE);

	finding->message = report_format(
		joining->report, "%s; %s. %s", clause(joining, sides[0], is_one),
		clause(joining, sides[1], is_one),
		is_one ? "When both happen in one run, they can deadlock."
		       : "When both happen in one run, with the same locks, they can deadlock.");
	for (unsigned i = 0; i < 2; i++)
		add_side(joining, finding, sides[i], is_one);
	if (!is_one)
		g_ptr_array_add(finding->notes, "Locks are joined here that were made at one "
						"place, or have one name: they need not be the "
						"same ones.");
	g_ptr_array_add(
		finding->notes,
		"No process shows both orders. Common locks that are held each time were looked "
		"at; whether the two can happen at the same time was not.");
	set_identity(joining, finding, sides);
	/* One example says enough of two locks. */
	return false;
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
	unsigned actors = 0, places = 0;

	for (unsigned i = 0; i < joining->reports->len; i++)
		add_trace(joining, i, &actors, &places);
	find_settled(joining);
	return orders_find((const struct order *)(void *)joining->orders->data,
			   joining->orders->len, BUDGET, tell, joining);
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
		.settled = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
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
	g_hash_table_unref(joining.settled);
	g_ptr_array_unref(joining.labels);
	return report;
}
