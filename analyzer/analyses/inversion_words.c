/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priority inversions in words. */
#include "analyzer/analyses/inversion.h"

#include <inttypes.h>
#include <string.h>

/* The rest is counted. */
#define TOLD_MAX 100

/* "fifo 80", "nice -5" */
static const char *priority_words(const struct wording *wording, const struct priority *priority)
{
	static const char *const policies[] = { NULL, "fifo", "rr",	 "batch",
						NULL, "idle", "deadline" };
	const char *policy = priority->policy < G_N_ELEMENTS(policies) ? policies[priority->policy]
								       : NULL;

	if (!policy)
		return report_format(wording->report, "nice %d", priority->nice);
	if (!strcmp(policy, "batch"))
		return report_format(wording->report, "batch, nice %d", priority->nice);
	if (!priority->level)
		return policy;
	return report_format(wording->report, "%s %d", policy, priority->level);
}

static void add_steps(const struct wording *wording, const struct inversion_wait *wait,
		      struct finding *finding)
{
	const struct object *object = wait->object;
	const struct inversion_part *part = &wait->longest;
	const char *name = names_object(wording->names, object);
	const struct wording_step held = { .thread = part->holder,
					   .action = wording_action(WORDING_HOLDS, object,
								    part->is_read),
					   .object = name,
					   .place = part->place,
					   .time_ns = part->since_ns };
	const struct wording_step waits = { .thread = wait->waiter,
					    .action = wording_action(WORDING_WAITS, object,
								     wait->is_read),
					    .object = name,
					    .place = wait->place,
					    .time_ns = wait->since_ns };

	wording_add_step(wording, finding, &held);
	wording_add_step(wording, finding, &waits);
	g_array_index(finding->steps, struct finding_step, 1).since_ns = wait->ns;
	g_ptr_array_add(finding->threads, (char *)names_thread(wording->names, wait->waiter));
	g_ptr_array_add(finding->threads, (char *)names_thread(wording->names, part->holder));
	g_ptr_array_add(finding->objects, (char *)name);
}

static const char *message(const struct wording *wording, const struct inversion_wait *wait,
			   const struct finding *finding)
{
	const struct finding_step *steps = (const struct finding_step *)finding->steps->data;
	const struct inversion_part *part = &wait->longest;

	return report_format(wording->report,
			     "%s (%s) %s %s at %s while %s (%s), which is less urgent, %s it.",
			     steps[1].thread, priority_words(wording, &part->waiter_priority),
			     steps[1].action, steps[1].object,
			     names_place(wording->names, wait->place), steps[0].thread,
			     priority_words(wording, &part->holder_priority),
			     wait->object->kind == OBJECT_ONCE	      ? "runs"
			     : wait->object->kind == OBJECT_SEMAPHORE ? "has taken"
								      : "holds");
}

/* What is known of those who may have kept the holder from running. */
static void add_between(const struct wording *wording, const struct inversion_wait *wait,
			struct finding *finding)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	for (unsigned i = 0; i < wait->between_count; i++) {
		const struct inversion_between *between = &wait->between[i];

		g_ptr_array_add(words,
				(char *)report_format(wording->report, "%s (%s)",
						      names_thread(wording->names, between->thread),
						      priority_words(wording, &between->priority)));
	}
	if (words->len)
		g_ptr_array_add(finding->notes,
				(char *)report_format(wording->report,
						      "Of a priority between the two, %s ran "
						      "meanwhile.",
						      wording_list(wording, words, words->len)));
}

static GPtrArray *identity_of(const struct wording *wording, const struct inversion_wait *wait)
{
	GPtrArray *words = g_ptr_array_new();

	g_ptr_array_add(words, (char *)names_object_stable(wording->names, wait->object));
	g_ptr_array_add(words,
			(char *)report_format(wording->report, "waits %s",
					      names_place_stable(wording->names, wait->place)));
	g_ptr_array_add(words, (char *)report_format(wording->report, "holds %s",
						     names_place_stable(wording->names,
									wait->longest.place)));
	return words;
}

static void tell(const struct wording *wording, const struct inversion *inversion)
{
	const struct inversion_wait *wait = &inversion->longest;
	struct finding *finding =
		wording_finding(wording, "priority-inversion", LEVEL_NOTE,
				model_lost(wording->model) ? CERTAINTY_POSSIBLE : CERTAINTY_ACTUAL,
				wait->waiter->process);

	finding->count = (unsigned)MIN(inversion->count, UINT32_MAX);
	add_steps(wording, wait, finding);
	finding->message = message(wording, wait, finding);
	g_ptr_array_add(finding->notes, (char *)wording_amount(wording, inversion->count,
							       inversion->total_ns, wait->ns));
	add_between(wording, wait, finding);
	if (wait->is_unfinished)
		g_ptr_array_add(
			finding->notes,
			(char *)report_format(wording->report,
					      "%s had not released it when the program or "
					      "its recording ended.",
					      names_thread(wording->names, wait->longest.holder)));
	wording_set_identity(wording, finding, identity_of(wording, wait));
}

/* Inversions of one identity are one finding; which stays, is the one with the longest wait. */
static void merge(const struct wording *wording, const GPtrArray *inversions, GPtrArray *merged)
{
	g_autoptr(GHashTable)
		by_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (unsigned i = 0; i < inversions->len; i++) {
		struct inversion *inversion = inversions->pdata[i];
		g_autoptr(GPtrArray) words = identity_of(wording, &inversion->longest);
		char *key = g_strdup_printf("%s\n%s\n%s", (char *)words->pdata[0],
					    (char *)words->pdata[1], (char *)words->pdata[2]);
		struct inversion *first = g_hash_table_lookup(by_words, key);

		if (!first) {
			g_hash_table_insert(by_words, key, inversion);
			g_ptr_array_add(merged, inversion);
			continue;
		}
		g_free(key);
		first->count += inversion->count;
		first->total_ns = report_sum_ns(first->total_ns, inversion->total_ns);
		if (inversion->longest.ns > first->longest.ns)
			first->longest = inversion->longest;
	}
}

static int compare_inversions(const void *a, const void *b)
{
	const struct inversion *left = *(struct inversion *const *)a;
	const struct inversion *right = *(struct inversion *const *)b;

	return (left->total_ns < right->total_ns) - (left->total_ns > right->total_ns);
}

void inversion_report(const struct wording *wording, const GPtrArray *inversions, uint64_t untold)
{
	g_autoptr(GPtrArray) merged = g_ptr_array_new();

	merge(wording, inversions, merged);
	g_ptr_array_sort(merged, compare_inversions);
	for (unsigned i = 0; i < merged->len && i < TOLD_MAX; i++)
		tell(wording, merged->pdata[i]);
	if (merged->len)
		wording_untold(wording, untold + merged->len - MIN(merged->len, TOLD_MAX));
}
