/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What locks are worth: walks back that leave out the waits for one, side by side. */
#include "analyzer/analyses/criticalpath.h"

#define NOBODY UINT32_MAX

/* The trials that are in a thread, as lists. */
struct trial_lists {
	struct path_trial *trials;
	uint32_t *first; /* by id of the thread: index of a trial, NOBODY none */
	unsigned thread_count;
};

static void link_trial(struct trial_lists *lists, uint32_t index)
{
	uint32_t thread = lists->trials[index].thread;

	lists->trials[index].next = lists->first[thread];
	lists->first[thread] = index;
}

/* The walk of trial gets to a wait of its thread: over it, or to who ended it. */
static void pass(struct path_trial *trial, const struct wake_record *record)
{
	bool is_spared = record->wait == WAIT_LOCK && record->object == trial->object;

	if (!is_spared && record->waker != WAKELOG_NOBODY) {
		trial->thread = record->waker;
		trial->at_ns = record->wake_ns;
		return;
	}
	if (is_spared)
		trial->spared_ns = report_sum_ns(trial->spared_ns,
						 elapsed_ns(record->begin_ns, record->end_ns));
	trial->at_ns = record->begin_ns;
}

static void pass_all(struct trial_lists *lists, const struct wake_record *record)
{
	uint32_t index = lists->first[record->thread];

	lists->first[record->thread] = NOBODY;
	while (index != NOBODY) {
		struct path_trial *trial = &lists->trials[index];
		uint32_t next = trial->next;

		if (record->end_ns <= trial->at_ns)
			pass(trial, record);
		link_trial(lists, index);
		index = next;
	}
}

void criticalpath_try(const struct critical_state *state, const struct lookup *lookup,
		      struct path_trial *trials, unsigned count)
{
	struct trial_lists lists = { .trials = trials, .thread_count = lookup->thread_count };
	struct wakelog_cursor cursor = { 0 };
	struct wake_record record;

	if (!count)
		return;
	lists.first = g_new(uint32_t, lists.thread_count);
	for (unsigned i = 0; i < lists.thread_count; i++)
		lists.first[i] = NOBODY;
	for (uint32_t i = 0; i < count; i++)
		link_trial(&lists, i);
	while (wakelog_previous(&state->log, &cursor, &record))
		if (record.kind != WAKE_MARK && record.waker != record.thread)
			pass_all(&lists, &record);
	g_free(lists.first);
}
