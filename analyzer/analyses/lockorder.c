/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks taken in orders that can deadlock on another day, and those that cannot. */
#include "analyzer/analyses/lockorder.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/analysis.h"

#define EXAMPLES_MAX 10
/* Comparisons of requests in all, so that any trace ends in time. */
#define BUDGET 20000000

/* Cycles with requests from the same places: one fault. */
struct fault {
	struct lockcycle cycle;
	struct lockorder_member members[LOCKCYCLE_MAX];
	unsigned count;
	bool is_actual; /* one of them has deadlocked */
};

struct judging {
	struct lockgraph *graph;
	struct lockorder_words words;
	uint64_t budget;
	GPtrArray *faults;  /* struct fault, Owned by this */
	GHashTable *by_key; /* the same, by the places of their requests */
	uint64_t counts[LOCKORDER_JUDGEMENT_COUNT];
	GPtrArray *examples[LOCKORDER_JUDGEMENT_COUNT];
};

static void *start(void)
{
	struct lockgraph *graph = g_new0(struct lockgraph, 1);

	lockgraph_init(graph);
	return graph;
}

static void step(void *self, const struct step *step)
{
	lockgraph_step(self, step);
}

/* The lock that thread waits for without a time limit, or NULL. */
static const struct object *wanted_by(const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	if (wait->kind == WAIT_LOCK && !wait->is_timed)
		return wait->object;
	/* Notified, and the mutex of the condition is not free. */
	return wait->kind == WAIT_COND && wait->is_woken ? wait->mutex : NULL;
}

/* Does one who holds the one lock wait for the other one? */
static bool leads_to(const struct object *held, const struct object *next)
{
	const struct hold *hold = held->holder;

	while (hold && wanted_by(hold->thread) != next)
		hold = hold->next_holder;
	return hold;
}

/* Does a thread that holds each lock of the cycle wait for the next one, at the end? */
static bool is_deadlocked(const struct lockorder_words *words, const struct lockcycle *cycle)
{
	for (unsigned i = 0; i < cycle->length; i++) {
		const struct object *held = words->objects[cycle->objects[i]];
		const struct object *next = words->objects[cycle->objects[(i + 1) % cycle->length]];

		if (!leads_to(held, next))
			return false;
	}
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The places of the requests, whoever makes them and whichever locks they are for. */
static char *fault_key(const struct lockorder_words *words, const struct lockcycle *cycle,
		       const struct lockorder_member *members)
{
	char *parts[LOCKCYCLE_MAX + 1] = { NULL };
	unsigned process = words->objects[cycle->objects[0]]->process->index;
	/* Without any place all would look the same. */
	bool has_places = true;

	for (unsigned i = 0; i < cycle->length; i++)
		has_places = has_places && members[i].instance->site;
	for (unsigned i = 0; i < cycle->length; i++)
		parts[i] = g_strdup_printf("%" PRIx64 ":%" PRIx64 ":%x", members[i].instance->site,
					   members[i].instance->stack,
					   has_places ? 0 : members[i].request->object);
	qsort(parts, cycle->length, sizeof(*parts), compare_strings);
	g_autofree char *joined = g_strjoinv(" ", parts);
	for (unsigned i = 0; i < cycle->length; i++)
		g_free(parts[i]);
	return g_strdup_printf("%u %s", process, joined);
}

static void add_to_fault(struct judging *judging, const struct lockcycle *cycle,
			 const struct lockorder_member *members, bool is_actual)
{
	char *key = fault_key(&judging->words, cycle, members);
	struct fault *fault = g_hash_table_lookup(judging->by_key, key);

	if (fault) {
		g_free(key);
	} else {
		fault = g_new0(struct fault, 1);
		fault->cycle = *cycle;
		memcpy(fault->members, members, sizeof(fault->members));
		g_ptr_array_add(judging->faults, fault);
		g_hash_table_insert(judging->by_key, key, fault);
	}
	fault->count++;
	fault->is_actual = fault->is_actual || is_actual;
}

static void judge(void *context, const struct lockcycle *cycle)
{
	struct judging *judging = context;
	struct lockorder_member members[LOCKCYCLE_MAX] = { { NULL, NULL } };
	enum lockorder_judgement judgement =
		lockorder_judge(cycle, &judging->graph->segments, &judging->budget, members);

	if (judgement == LOCKORDER_POSSIBLE && is_deadlocked(&judging->words, cycle))
		judgement = LOCKORDER_ACTUAL;
	judging->counts[judgement]++;
	if (judgement == LOCKORDER_POSSIBLE || judgement == LOCKORDER_ACTUAL)
		add_to_fault(judging, cycle, members, judgement == LOCKORDER_ACTUAL);
	else if (judgement != LOCKORDER_LIMIT && judging->examples[judgement]->len < EXAMPLES_MAX)
		g_ptr_array_add(judging->examples[judgement],
				(char *)lockorder_example(&judging->words, judgement, cycle,
							  members));
}

static void report(struct judging *judging, bool is_complete)
{
	GArray *rows = judging->words.wording.report->dropped;

	for (unsigned i = 0; i < judging->faults->len; i++) {
		const struct fault *fault = judging->faults->pdata[i];
		if (!fault->is_actual)
			lockorder_report_cycle(&judging->words, &fault->cycle, fault->members,
					       fault->count);
	}
	if (!is_complete)
		judging->counts[LOCKORDER_LIMIT]++;
	for (unsigned i = LOCKORDER_ONE_THREAD; i < LOCKORDER_JUDGEMENT_COUNT; i++) {
		struct dropped row = { .reason = lockorder_reason(i),
				       .cycles = judging->counts[i],
				       .examples = judging->examples[i] };
		if (row.cycles)
			g_array_append_val(rows, row);
		else
			g_ptr_array_unref(row.examples);
	}
}

static void find_words(struct lockorder_words *words)
{
	const struct model *model = words->wording.model;
	const GPtrArray *processes = model_processes(model);

	words->objects = g_new0(const struct object *, model_object_count(model) + 1);
	words->threads = g_new0(const struct thread *, model_thread_count(model) + 1);
	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->objects->len; j++) {
			const struct object *object = process->objects->pdata[j];
			words->objects[object->id] = object;
		}
		for (unsigned j = 0; j < process->threads->len; j++) {
			const struct thread *thread = process->threads->pdata[j];
			words->threads[thread->id] = thread;
		}
	}
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *target)
{
	struct lockgraph *graph = self;
	struct judging judging = {
		.graph = graph,
		.words = { .wording = { .model = model, .names = names, .report = target } },
		.budget = BUDGET,
		.faults = g_ptr_array_new_with_free_func(g_free),
		.by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};

	find_words(&judging.words);
	for (unsigned i = LOCKORDER_ONE_THREAD; i < LOCKORDER_JUDGEMENT_COUNT; i++)
		judging.examples[i] = g_ptr_array_new();
	bool is_complete = lockcycle_find(graph, model_object_count(model), judge, &judging);
	report(&judging, is_complete);
	g_ptr_array_unref(judging.faults);
	g_hash_table_unref(judging.by_key);
	g_free(judging.words.objects);
	g_free(judging.words.threads);
	lockgraph_done(graph);
	g_free(graph);
}

const struct analysis analysis_lock_order = {
	.name = "lock-order",
	.summary = "locks taken in orders that can deadlock on another day",
	.start = start,
	.step = step,
	.finish = finish,
};
