/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles of lock orders in words. */
#include "analyzer/analyses/lockorder.h"

#include <string.h>

#define TOLD_IN_FULL 3
#define NAMES_MAX 6

static const struct thread *thread_of(const struct lockorder_words *words,
				      const struct lockorder_member *member)
{
	return words->threads[member->request->thread];
}

static const char *thread_name(const struct lockorder_words *words,
			       const struct lockorder_member *member)
{
	return names_thread(words->wording.names, thread_of(words, member));
}

static const char *object_name(const struct lockorder_words *words, uint32_t object)
{
	return names_object(words->wording.names, words->objects[object]);
}

static struct place place_of(const struct lockorder_words *words,
			     const struct lockorder_member *member)
{
	return (struct place){ .process = thread_of(words, member)->process,
			       .site = member->instance->site,
			       .stack = member->instance->stack };
}

const char *lockorder_reason(enum lockorder_judgement judgement)
{
	static const char *const reasons[LOCKORDER_JUDGEMENT_COUNT] = {
		[LOCKORDER_ONE_THREAD] = "one thread",
		[LOCKORDER_READERS] = "readers only",
		[LOCKORDER_GATE] = "gate lock",
		[LOCKORDER_ORDERED] = "ordered by create or join",
		[LOCKORDER_LIMIT] = "too many to decide",
	};

	return reasons[judgement];
}

static const char *lock_list(const struct lockorder_words *words, const struct lockcycle *cycle)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < cycle->length; i++)
		g_ptr_array_add(names, (char *)object_name(words, cycle->objects[i]));
	return wording_list(&words->wording, names, NAMES_MAX);
}

static const char *thread_list(const struct lockorder_words *words, unsigned count,
			       const struct lockorder_member *members)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < count; i++) {
		char *name = (char *)thread_name(words, &members[i]);
		if (!g_ptr_array_find(names, name, NULL))
			g_ptr_array_add(names, name);
	}
	return wording_list(&words->wording, names, NAMES_MAX);
}

/* A lock that two of the members hold. */
static const char *gate_name(const struct lockorder_words *words, unsigned count,
			     const struct lockorder_member *members)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = i + 1; j < count; j++) {
			uint32_t common =
				lock_set_gate(members[i].request->held, members[j].request->held);
			if (common != UINT32_MAX)
				return object_name(words, common);
		}
	}
	return "a common lock";
}

/* A lock at which two of the members meet as readers. */
static const char *readers_name(const struct lockorder_words *words, const struct lockcycle *cycle,
				const struct lockorder_member *members)
{
	unsigned at = 0;

	while (at + 1 < cycle->length && lockorder_conflict(&members[at], &members[at + 1]))
		at++;
	return object_name(words, cycle->objects[(at + 1) % cycle->length]);
}

/* Whether the requests of a cycle come from one thread or just from too few. */
static const char *few_threads(const struct lockorder_words *words, const struct lockcycle *cycle,
			       const char *locks)
{
	struct lockorder_member first = { .request = cycle->requests[0][0] };
	bool is_alone = true;

	for (unsigned i = 0; i < cycle->length; i++)
		for (unsigned j = 0; j < cycle->request_counts[i] && is_alone; j++)
			is_alone = cycle->requests[i][j]->thread == first.request->thread;
	if (is_alone)
		return report_format(words->wording.report, "%s alone takes %s in a circle.",
				     thread_name(words, &first), locks);
	return report_format(words->wording.report,
			     "%s are taken in a circle, but by fewer "
			     "threads than it takes to deadlock.",
			     locks);
}

const char *lockorder_example(const struct lockorder_words *words,
			      enum lockorder_judgement judgement, const struct lockcycle *cycle,
			      const struct lockorder_member *members)
{
	struct report *report = words->wording.report;
	const char *locks = lock_list(words, cycle);
	const char *threads;

	if (judgement == LOCKORDER_ONE_THREAD)
		return few_threads(words, cycle, locks);
	threads = thread_list(words, cycle->length, members);
	if (judgement == LOCKORDER_READERS)
		return report_format(report,
				     "%s take %s in a circle, but meet at %s as readers only.",
				     threads, locks, readers_name(words, cycle, members));
	if (judgement == LOCKORDER_GATE)
		return report_format(report, "%s take %s in a circle, but never without %s.",
				     threads, locks, gate_name(words, cycle->length, members));
	return report_format(report,
			     "%s take %s in a circle, but creation and join keep them "
			     "apart.",
			     threads, locks);
}

/* Where the telling begins: the first thread by name and index. */
static unsigned first_of(const struct lockorder_words *words, unsigned count,
			 const struct lockorder_member *members)
{
	unsigned first = 0;

	for (unsigned i = 1; i < count; i++) {
		int order = strcmp(thread_name(words, &members[i]),
				   thread_name(words, &members[first]));
		if (order < 0 ||
		    (order == 0 && members[i].request->thread < members[first].request->thread))
			first = i;
	}
	return first;
}

/* "holds A and requests the write lock of B" */
static const char *member_words(const struct lockorder_words *words,
				const struct lockorder_member *member, uint32_t held,
				uint32_t requested)
{
	const struct lock_held *hold = lock_set_find(member->request->held, held);
	const char *holds = wording_action(WORDING_HOLDS, words->objects[held], hold->is_read);
	const char *requests = wording_action(WORDING_REQUESTS, words->objects[requested],
					      member->request->is_read);

	return report_format(words->wording.report, "%s %s and %s %s", holds,
			     object_name(words, held), requests, object_name(words, requested));
}

static const char *message(const struct lockorder_words *words, const struct lockcycle *cycle,
			   const struct lockorder_member *members)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned length = cycle->length;

	g_string_append_printf(text,
			       "%u threads can deadlock when they run at the same time: ", length);
	if (length > TOLD_IN_FULL)
		g_string_append_printf(text, "%s each hold one of %s and request the next",
				       thread_list(words, length, members),
				       lock_list(words, cycle));
	for (unsigned i = 0; i < length && length <= TOLD_IN_FULL; i++)
		g_string_append_printf(text, "%s%s %s", i ? "; " : "",
				       thread_name(words, &members[i]),
				       member_words(words, &members[i], cycle->objects[i],
						    cycle->objects[(i + 1) % length]));
	g_string_append_c(text, '.');
	return report_string(words->wording.report, text->str);
}

static void add_member(const struct lockorder_words *words, struct finding *finding,
		       const struct lockorder_member *member, uint32_t held, uint32_t requested)
{
	const struct thread *thread = thread_of(words, member);
	const struct lock_held *hold = lock_set_find(member->request->held, held);
	struct wording_step step = {
		.thread = thread,
		.action = wording_action(WORDING_HOLDS, words->objects[held], hold->is_read),
		.object = object_name(words, held),
		.time_ns = hold->since_ns,
		.place = { .process = thread->process, .site = hold->site, .stack = hold->stack }
	};

	g_ptr_array_add(finding->threads, (char *)thread_name(words, member));
	g_ptr_array_add(finding->objects, (char *)step.object);
	wording_add_step(&words->wording, finding, &step);
	step.action = wording_action(WORDING_REQUESTS, words->objects[requested],
				     member->request->is_read);
	step.object = object_name(words, requested);
	step.time_ns = member->instance->time_ns;
	step.place = place_of(words, member);
	wording_add_step(&words->wording, finding, &step);
}

static const char *request_identity(const struct lockorder_words *words,
				    const struct lockorder_member *member, uint32_t requested)
{
	struct names *names = words->wording.names;

	return report_format(words->wording.report, "%s|%s",
			     names_place_stable(names, place_of(words, member)),
			     names_object_stable(names, words->objects[requested]));
}

void lockorder_report_cycle(const struct lockorder_words *words, const struct lockcycle *cycle,
			    const struct lockorder_member *members, unsigned count)
{
	const struct process *process = words->objects[cycle->objects[0]]->process;
	struct finding *finding = wording_finding(&words->wording, "lock-order", LEVEL_WARNING,
						  CERTAINTY_POSSIBLE, process);
	unsigned length = cycle->length, first = first_of(words, length, members);
	struct lockcycle told = { .length = length };
	struct lockorder_member told_members[LOCKCYCLE_MAX];
	GPtrArray *identity = g_ptr_array_new();

	for (unsigned i = 0; i < length; i++) {
		told.objects[i] = cycle->objects[(first + i) % length];
		told_members[i] = members[(first + i) % length];
	}
	finding->message = message(words, &told, told_members);
	finding->count = count;
	for (unsigned i = 0; i < length; i++) {
		uint32_t requested = told.objects[(i + 1) % length];
		add_member(words, finding, &told_members[i], told.objects[i], requested);
		g_ptr_array_add(identity,
				(char *)request_identity(words, &told_members[i], requested));
	}
	wording_set_identity(&words->wording, finding, identity);
	g_ptr_array_add(finding->notes,
			"It did not happen in this run. Locks, creation and join of threads were "
			"looked at; what conditions or data say about their order was not.");
}
