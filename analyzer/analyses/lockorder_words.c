/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of lock orders in words. */
#include "analyzer/analyses/lockorder.h"

#include <string.h>

#define TOLD_IN_FULL 3
#define NAMES_MAX 6

const char *lockorder_thread_name(const struct lockorder_words *words,
				  const struct lock_request *request)
{
	return names_thread(words->wording.names, words->model.threads[request->thread]);
}

const char *lockorder_object_name(const struct lockorder_words *words, uint32_t object)
{
	struct names *names = words->wording.names;

	if (object < words->model.object_count)
		return names_object(names, words->model.objects[object]);
	return report_format(
		words->wording.report, "the end of %s",
		names_thread(names, words->model.threads[object - words->model.object_count]));
}

const char *lockorder_reason(enum lockorder_judgement judgement)
{
	static const char *const reasons[LOCKORDER_JUDGEMENT_COUNT] = {
		[LOCKORDER_ONE_THREAD] = "one thread",
		[LOCKORDER_READERS] = "readers only",
		[LOCKORDER_GATE] = "gate lock",
		[LOCKORDER_CREATED] = "ordered by create or join",
		[LOCKORDER_SIGNALLED] = "ordered by signals",
		[LOCKORDER_IMPOSSIBLE] = "in no order of the operations",
		[LOCKORDER_LIMIT] = "too many to decide",
	};

	return reasons[judgement];
}

static const char *object_list(const struct lockorder_words *words, const struct lockcycle *cycle)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < cycle->length; i++)
		g_ptr_array_add(names, (char *)lockorder_object_name(words, cycle->objects[i]));
	return wording_list(&words->wording, names, NAMES_MAX);
}

static const char *thread_list(const struct lockorder_words *words, unsigned count,
			       const struct lockorder_members *members)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < count; i++) {
		char *name = (char *)lockorder_thread_name(words, members->requests[i]);
		if (!g_ptr_array_find(names, name, NULL))
			g_ptr_array_add(names, name);
	}
	return wording_list(&words->wording, names, NAMES_MAX);
}

/* A lock that two of the members hold. */
static const char *gate_name(const struct lockorder_words *words, unsigned count,
			     const struct lockorder_members *members)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = i + 1; j < count; j++) {
			uint32_t common = lock_set_gate(members->requests[i]->held,
							members->requests[j]->held);
			if (common != UINT32_MAX)
				return lockorder_object_name(words, common);
		}
	}
	return "a common lock";
}

/* A lock at which two of the members meet as readers. */
static const char *readers_name(const struct lockorder_words *words, const struct lockcycle *cycle,
				const struct lockorder_members *members)
{
	unsigned at = 0;

	while (at + 1 < cycle->length &&
	       lockorder_conflict(members->requests[at], members->requests[at + 1]))
		at++;
	return lockorder_object_name(words, cycle->objects[(at + 1) % cycle->length]);
}

/* Whether the requests of a cycle come from one thread or just from too few. */
static const char *few_threads(const struct lockorder_words *words, const struct lockcycle *cycle,
			       const char *objects)
{
	const struct lock_request *first = cycle->requests[0][0];
	bool is_alone = true;

	for (unsigned i = 0; i < cycle->length; i++)
		for (unsigned j = 0; j < cycle->request_counts[i] && is_alone; j++)
			is_alone = cycle->requests[i][j]->thread == first->thread;
	if (is_alone)
		return report_format(words->wording.report, "%s alone takes %s in a circle.",
				     lockorder_thread_name(words, first), objects);
	return report_format(words->wording.report,
			     "%s are taken in a circle, but by fewer "
			     "threads than it takes to deadlock.",
			     objects);
}

const char *lockorder_example(const struct lockorder_words *words,
			      enum lockorder_judgement judgement, const struct lockcycle *cycle,
			      const struct lockorder_members *members)
{
	static const char *const ends[LOCKORDER_JUDGEMENT_COUNT] = {
		[LOCKORDER_CREATED] = "creation and join keep them apart",
		[LOCKORDER_SIGNALLED] = "signals, posts or barriers keep them apart",
		[LOCKORDER_IMPOSSIBLE] = "in no order of what was recorded do they get there",
	};
	struct report *report = words->wording.report;
	const char *objects = object_list(words, cycle);
	const char *threads;

	if (judgement == LOCKORDER_ONE_THREAD)
		return few_threads(words, cycle, objects);
	threads = thread_list(words, cycle->length, members);
	if (judgement == LOCKORDER_READERS)
		return report_format(report,
				     "%s take %s in a circle, but meet at %s as readers only.",
				     threads, objects, readers_name(words, cycle, members));
	if (judgement == LOCKORDER_GATE)
		return report_format(report, "%s take %s in a circle, but never without %s.",
				     threads, objects, gate_name(words, cycle->length, members));
	return report_format(report, "%s take %s in a circle, but %s.", threads, objects,
			     ends[judgement]);
}
