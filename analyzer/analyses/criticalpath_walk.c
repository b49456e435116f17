/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk back along the critical path: from wait to waker, through the log once. Time never goes
 * forward on it, so one cursor serves all threads.
 */
#include "analyzer/analyses/criticalpath.h"

/* Parts beyond are cut off, shortest first, where there are twice as many. */
#define PARTS_MAX 1000

static int compare_times(const void *a, const void *b)
{
	const struct path_part *left = a, *right = b;

	return (left->from_ns > right->from_ns) - (left->from_ns < right->from_ns);
}

static void keep_longest(GArray *parts)
{
	g_array_sort(parts, path_part_compare);
	g_array_set_size(parts, MIN(parts->len, PARTS_MAX));
}

static void add_part(struct path_walk *walk, const struct path_part *part)
{
	if (path_part_ns(part) <= 0)
		return;
	walk->part_count++;
	path_sums_add(&walk->sums, part);
	g_array_append_val(walk->parts, *part);
	if (walk->parts->len >= 2 * PARTS_MAX)
		keep_longest(walk->parts);
}

/* The thread of the path ran from from_ns on, and the path gets there. */
static void run_back(struct path_walk *walk, int64_t from_ns)
{
	struct path_part part = walk->pending;

	part.action = PATH_RUNS;
	part.thread = walk->thread;
	part.from_ns = from_ns;
	part.to_ns = walk->at_ns;
	walk->times.running = report_sum_ns(walk->times.running, path_part_ns(&part));
	add_part(walk, &part);
	walk->at_ns = MIN(walk->at_ns, from_ns);
}

static void add_held(struct path_walk *walk, const struct wake_record *record)
{
	for (unsigned i = 0; i < record->held_count; i++)
		walk->uses[record->held[2 * i]].hold_ns = report_sum_ns(
			walk->uses[record->held[2 * i]].hold_ns, (int64_t)record->held[2 * i + 1]);
}

/* A wait on the path; waits that the path crosses at the same time count once. */
static void add_use(struct path_walk *walk, const struct wake_record *record)
{
	if (record->object == WAKELOG_NOBODY)
		return;
	struct path_use *use = &walk->uses[record->object];
	int64_t until_ns = use->waits++ ? MIN(use->waited_from_ns, record->end_ns) : record->end_ns;
	use->wait_ns = report_sum_ns(use->wait_ns, elapsed_ns(record->begin_ns, until_ns));
	use->waited_from_ns = MIN(until_ns, record->begin_ns);
}

static struct path_part part_of(const struct wake_record *record, enum path_action action)
{
	return (struct path_part){ .action = action,
				   .wait = record->wait,
				   .is_timeout = record->is_timeout,
				   .thread = record->thread,
				   .next = WAKELOG_NOBODY,
				   .object = record->object,
				   .place = record->place,
				   .call = record->call,
				   .to_ns = record->end_ns };
}

/* Somebody let the thread go on: the path is his up to then. */
static void jump(struct path_walk *walk, const struct wake_record *record)
{
	struct path_part part = part_of(record, PATH_WAKES);

	part.from_ns = record->wake_ns;
	walk->times.waking = report_sum_ns(walk->times.waking, path_part_ns(&part));
	add_part(walk, &part);
	walk->pending = (struct path_part){ .wait = record->wait,
					    .next = record->thread,
					    .object = record->object,
					    .place = record->wake_place };
	walk->thread = record->waker;
	walk->at_ns = MIN(walk->at_ns, record->wake_ns);
}

/* Is it that nobody is known who ended the wait, not that nobody did? */
static bool is_unknown(const struct wake_record *record)
{
	return record->wait != WAIT_IO && record->wait != WAIT_SLEEP && !record->is_timeout;
}

static void wait_back(struct path_walk *walk, const struct wake_record *record)
{
	struct path_part part = part_of(record, PATH_WAITS);

	part.from_ns = record->begin_ns;
	bool is_endless = record->begin_ns == walk->endless_since_ns && !walk->part_count;
	int64_t *time = is_endless	     ? &walk->times.endless
			: is_unknown(record) ? &walk->times.unknown
					     : &walk->times.blocked;
	*time = report_sum_ns(*time, path_part_ns(&part));
	add_part(walk, &part);
	walk->pending = (struct path_part){ .next = WAKELOG_NOBODY,
					    .object = WAKELOG_NOBODY,
					    .place = record->place };
	add_held(walk, record);
	walk->at_ns = MIN(walk->at_ns, record->begin_ns);
}

/* A record of the thread of the path, not behind it. */
static void pass(struct path_walk *walk, const struct wake_record *record)
{
	if (record->kind == WAKE_MARK || record->waker == record->thread) {
		add_held(walk, record);
		return;
	}
	run_back(walk, record->end_ns);
	if (record->wait == WAIT_LOCK)
		add_use(walk, record);
	if (record->waker != WAKELOG_NOBODY)
		jump(walk, record);
	else
		wait_back(walk, record);
}

void criticalpath_walk(struct path_walk *walk, const struct lookup *lookup)
{
	const struct wakelog *log = &walk->state->log;
	struct wakelog_cursor cursor = { 0 };
	struct wake_record record;

	walk->pending.next = walk->pending.object = WAKELOG_NOBODY;
	while (wakelog_previous(log, &cursor, &record))
		if (record.thread == walk->thread && record.end_ns <= walk->at_ns)
			pass(walk, &record);
	int64_t start_ns = lookup->threads[walk->thread]->start_ns;
	run_back(walk, log->is_cut ? MAX(start_ns, log->cut_ns) : start_ns);
	keep_longest(walk->parts);
	g_array_sort(walk->parts, compare_times);
}
