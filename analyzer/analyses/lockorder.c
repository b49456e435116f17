/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks taken in orders that can deadlock on another day, and those that cannot. */
#include "analyzer/analyses/lockorder.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/analysis.h"

#define EXAMPLES_MAX 10
/* Comparisons of requests in all, so that any trace ends in time. */
#define BUDGET 20000000
/* Members of one cycle whose meeting is predicted. */
#define PREDICTIONS_PER_CYCLE 64
#define QUICK_PER_CYCLE 256
/* Findings of what could not be decided; more of them are only counted. */
#define UNDECIDED_MAX 50

struct lockorder {
	struct lockgraph graph;
	uint64_t states;
};

/* Cycles with requests from the same places: one fault. */
struct fault {
	struct lockorder_finding found;
	bool is_actual; /* one of them has deadlocked */
	uint64_t cycle; /* the latest that was counted */
};

struct judging {
	struct lockorder *order;
	struct lockorder_words words;
	struct lockcycle_search *search;
	struct order_trace *trace;	  /* NULL: not yet, or too large */
	struct order_predictor predictor; /* of trace */
	bool has_tried;			  /* to make the trace */
	bool *prefers_writers;		  /* by object. Owned by this */
	uint64_t budget;
	bool is_near;		     /* the first time through all cycles: only what is quick */
	GPtrArray *faults;	     /* struct fault, Owned by this */
	struct address_table by_key; /* the same, by the places of their requests */
	uint64_t cycles;
	unsigned predictions;		  /* of this cycle */
	enum lockorder_judgement best;	  /* of this cycle */
	struct lockorder_members example; /* of best */
	uint64_t counts[LOCKORDER_JUDGEMENT_COUNT];
	GPtrArray *examples[LOCKORDER_JUDGEMENT_COUNT];
};

static void *start(void)
{
	struct lockorder *order = g_new0(struct lockorder, 1);

	lockgraph_init(&order->graph);
	order->states = LIMITS_DEFAULT.order_states;
	return order;
}

static void set_limits(void *self, const struct limits *limits)
{
	((struct lockorder *)self)->states = limits->order_states;
}

static void step(void *self, const struct step *step)
{
	lockgraph_step(&((struct lockorder *)self)->graph, step);
}

/* The places of the requests, whoever makes them and whatever they are for. */
static uint64_t fault_key(const struct lockorder_words *words, const struct lockcycle *cycle,
			  const struct lockorder_members *members)
{
	uint64_t key = words->model.threads[members->requests[0]->thread]->process->index;
	/* Without any place all would look the same. */
	bool has_places = true;

	for (unsigned i = 0; i < cycle->length; i++)
		has_places = has_places && members->requests[i]->site;
	key = address_table_mix(key + cycle->length * UINT64_C(0x9e3779b97f4a7c15));
	/* A sum, so that it does not matter where the cycle begins. */
	for (unsigned i = 0; i < cycle->length; i++) {
		const struct lock_request *request = members->requests[i];
		uint64_t object = has_places ? 0 : request->object + UINT64_C(1);

		key += address_table_mix(address_table_mix(request->site) + request->stack +
					 (object << 32));
	}
	return key;
}

static struct fault *fault_of(struct judging *judging, const struct lockcycle *cycle,
			      const struct lockorder_members *members)
{
	uint64_t key = fault_key(&judging->words, cycle, members);
	struct fault *fault = address_table_get(&judging->by_key, key);

	if (fault)
		return fault;
	fault = g_new0(struct fault, 1);
	fault->found.prediction.outcome = ORDER_ABSENT;
	g_ptr_array_add(judging->faults, fault);
	address_table_set(&judging->by_key, key, fault);
	return fault;
}

/* The trace is taken apart when the first cycle asks for it, and its log is gone then. */
static bool have_trace(struct judging *judging)
{
	struct lockgraph *graph = &judging->order->graph;

	if (judging->has_tried)
		return judging->trace;
	g_autofree bool *marks = g_new0(bool, graph->requests->len + 1);
	judging->has_tried = true;
	lockcycle_mark(judging->search, marks);
	lockorder_mark_readers(graph, judging->prefers_writers, marks);
	judging->trace = order_trace_new(graph, &judging->words.model, marks);
	order_log_done(&graph->log);
	if (judging->trace)
		order_predictor_init(&judging->predictor, judging->trace, judging->order->states,
				     model_lost(judging->words.wording.model) > 0);
	return judging->trace;
}

static enum lockorder_judgement judgement_of(enum order_outcome outcome)
{
	static const enum lockorder_judgement judgements[] = {
		[ORDER_WITNESSED] = LOCKORDER_WITNESSED, [ORDER_DOUBTED] = LOCKORDER_POSSIBLE,
		[ORDER_UNDECIDED] = LOCKORDER_POSSIBLE,	 [ORDER_IMPOSSIBLE] = LOCKORDER_IMPOSSIBLE,
		[ORDER_SIGNALLED] = LOCKORDER_SIGNALLED, [ORDER_CREATED] = LOCKORDER_CREATED,
		[ORDER_ABSENT] = LOCKORDER_NONE,
	};

	return judgements[outcome];
}

/* The best of what is known of a fault stays. */
static void keep(struct fault *fault, const struct lockcycle *cycle,
		 const struct lockorder_members *members, struct order_prediction *prediction)
{
	if (prediction->outcome < fault->found.prediction.outcome) {
		g_free(fault->found.prediction.moments);
		fault->found.prediction = *prediction;
		fault->found.cycle = *cycle;
		fault->found.members = *members;
		return;
	}
	g_free(prediction->moments);
}

static enum order_outcome predict(struct judging *judging, struct fault *fault,
				  const struct lockcycle *cycle,
				  const struct lockorder_members *members)
{
	struct order_prediction prediction = { .outcome = ORDER_UNDECIDED };

	if (fault->found.prediction.outcome == ORDER_WITNESSED ||
	    (judging->is_near && fault->found.prediction.outcome == ORDER_DOUBTED))
		return fault->found.prediction.outcome;
	judging->predictions++;
	if (!have_trace(judging))
		return ORDER_UNDECIDED;
	if (judging->is_near && !members->is_by_policy)
		order_predict_near(&judging->predictor, cycle->length, members->requests,
				   &prediction);
	else if (!judging->is_near)
		order_predict(&judging->predictor, cycle->length, members->requests,
			      members->is_by_policy, &prediction);
	enum order_outcome outcome = prediction.outcome;
	if (outcome < ORDER_UNDECIDED || !judging->is_near)
		keep(fault, cycle, members, &prediction);
	return outcome;
}

/* How weak a judgement is: the others count only where it is not given. */
static unsigned weakness(enum lockorder_judgement judgement)
{
	static const unsigned weaknesses[LOCKORDER_JUDGEMENT_COUNT] = {
		[LOCKORDER_ACTUAL] = 0,	 [LOCKORDER_WITNESSED] = 1,  [LOCKORDER_POSSIBLE] = 2,
		[LOCKORDER_LIMIT] = 3,	 [LOCKORDER_IMPOSSIBLE] = 4, [LOCKORDER_SIGNALLED] = 5,
		[LOCKORDER_CREATED] = 6, [LOCKORDER_NONE] = 7,
	};

	return weaknesses[judgement];
}

static bool meet(void *context, const struct lockcycle *cycle,
		 const struct lockorder_members *members)
{
	struct judging *judging = context;
	struct fault *fault = fault_of(judging, cycle, members);
	enum lockorder_judgement judgement = LOCKORDER_ACTUAL;

	if (lockorder_is_actual(&judging->words.model, cycle, members))
		fault->is_actual = true;
	else
		judgement = judgement_of(predict(judging, fault, cycle, members));
	if (!judging->is_near && judgement <= LOCKORDER_ACTUAL && fault->cycle != judging->cycles) {
		fault->cycle = judging->cycles;
		fault->found.count++;
	}
	if (weakness(judgement) < weakness(judging->best)) {
		judging->best = judgement;
		judging->example = *members;
	}
	return judging->predictions < (judging->is_near ? QUICK_PER_CYCLE : PREDICTIONS_PER_CYCLE);
}

/* How many of the objects threads hold; the others they owe. */
static unsigned count_locks(const struct judging *judging, const struct lockcycle *cycle)
{
	const struct order_model *model = &judging->words.model;
	unsigned count = 0;

	for (unsigned i = 0; i < cycle->length; i++)
		count += cycle->objects[i] < model->object_count &&
			 lockgraph_is_lock(model->objects[cycle->objects[i]]);
	return count;
}

/* Everyone owes much to everyone: what cannot happen of that is told of only where locks matter. */
static bool is_worth_telling(const struct judging *judging, const struct lockcycle *cycle,
			     enum lockorder_judgement judgement)
{
	unsigned locks = count_locks(judging, cycle);

	if (judgement < LOCKORDER_ONE_THREAD || judgement == LOCKORDER_LIMIT)
		return true;
	return judgement > LOCKORDER_GATE ? locks > 0 : locks == cycle->length;
}

static void judge(void *context, const struct lockcycle *cycle)
{
	struct judging *judging = context;
	struct lockorder_members members = { .is_by_policy = false };
	enum lockorder_judgement judgement;

	judging->cycles++;
	judging->predictions = 0;
	judging->best = LOCKORDER_NONE;
	judgement = lockorder_judge(cycle, judging->prefers_writers, &judging->budget, meet,
				    judging, &members);
	if (judgement == LOCKORDER_WITNESSED) {
		judgement = judging->best;
		members = judging->example;
	}
	if (!is_worth_telling(judging, cycle, judgement))
		judgement = LOCKORDER_NONE;
	judging->counts[judgement]++;
	if (judgement > LOCKORDER_NONE && judgement != LOCKORDER_LIMIT &&
	    judging->examples[judgement]->len < EXAMPLES_MAX)
		g_ptr_array_add(judging->examples[judgement],
				(char *)lockorder_example(&judging->words, judgement, cycle,
							  &members));
}

/* Only find what is witnessed where it is easy, so that the rest of its fault need not be looked at. */
static void judge_near(void *context, const struct lockcycle *cycle)
{
	struct judging *judging = context;
	struct lockorder_members members = { .is_by_policy = false };

	judging->predictions = 0;
	judging->best = LOCKORDER_NONE;
	lockorder_judge(cycle, judging->prefers_writers, &judging->budget, meet, judging, &members);
}

static bool judge_again(void *context, const struct lockcycle *cycle,
			const struct lockorder_members *members)
{
	struct judging *judging = context;

	judging->cycles++;
	judging->predictions = 0;
	return meet(judging, cycle, members);
}

static void report_faults(struct judging *judging)
{
	unsigned undecided = 0;

	for (unsigned i = 0; i < judging->faults->len; i++) {
		const struct fault *fault = judging->faults->pdata[i];
		enum order_outcome outcome = fault->found.prediction.outcome;

		if (fault->is_actual || outcome > ORDER_UNDECIDED)
			continue;
		if (outcome == ORDER_UNDECIDED && undecided++ >= UNDECIDED_MAX)
			judging->counts[LOCKORDER_LIMIT] += fault->found.count;
		else
			lockorder_report(&judging->words, &fault->found);
	}
}

static void report(struct judging *judging, bool is_complete)
{
	GArray *rows = judging->words.wording.report->dropped;

	report_faults(judging);
	if (!is_complete)
		judging->counts[LOCKORDER_LIMIT]++;
	for (unsigned i = LOCKORDER_ONE_THREAD; i < LOCKORDER_JUDGEMENT_COUNT; i++) {
		struct dropped row = { .reason = lockorder_reason(i),
				       .cycles = judging->counts[i],
				       .examples = judging->examples[i],
				       .is_undecided = i == LOCKORDER_LIMIT };
		if (row.cycles)
			g_array_append_val(rows, row);
		else
			g_ptr_array_unref(row.examples);
	}
}

static void find_model(struct order_model *ids, const struct model *model)
{
	const GPtrArray *processes = model_processes(model);
	const struct object **objects;
	const struct thread **threads;

	ids->object_count = model_object_count(model);
	ids->thread_count = model_thread_count(model);
	ids->objects = objects = g_new0(const struct object *, ids->object_count + 1);
	ids->threads = threads = g_new0(const struct thread *, ids->thread_count + 1);
	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->objects->len; j++) {
			const struct object *object = process->objects->pdata[j];
			objects[object->id] = object;
		}
		for (unsigned j = 0; j < process->threads->len; j++) {
			const struct thread *thread = process->threads->pdata[j];
			threads[thread->id] = thread;
		}
	}
}

static void judging_done(struct judging *judging)
{
	for (unsigned i = 0; i < judging->faults->len; i++)
		g_free(((struct fault *)judging->faults->pdata[i])->found.prediction.moments);
	if (judging->trace)
		order_predictor_done(&judging->predictor);
	order_trace_free(judging->trace);
	lockcycle_free(judging->search);
	g_free(judging->prefers_writers);
	g_ptr_array_unref(judging->faults);
	address_table_done(&judging->by_key);
	g_free((void *)judging->words.model.objects);
	g_free((void *)judging->words.model.threads);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *target)
{
	struct lockorder *order = self;
	struct judging judging = {
		.order = order,
		.words = { .wording = { .model = model, .names = names, .report = target } },
		.budget = BUDGET,
		.faults = g_ptr_array_new_with_free_func(g_free),
	};

	find_model(&judging.words.model, model);
	for (unsigned i = LOCKORDER_ONE_THREAD; i < LOCKORDER_JUDGEMENT_COUNT; i++)
		judging.examples[i] = g_ptr_array_new();
	lockgraph_finish(&order->graph, judging.words.model.objects, judging.words.model.threads,
			 judging.words.model.thread_count);
	judging.search = lockcycle_new(&order->graph, &judging.words.model);
	judging.prefers_writers = lockorder_find_writers(&order->graph, &judging.words.model);
	judging.is_near = true;
	lockcycle_find(judging.search, judge_near, &judging);
	judging.is_near = false;
	judging.budget = BUDGET;
	bool is_complete = lockcycle_find(judging.search, judge, &judging);
	lockorder_each_again(&order->graph, judging.prefers_writers, judge_again, &judging);
	report(&judging, is_complete);
	judging_done(&judging);
	lockgraph_done(&order->graph);
	g_free(order);
}

const struct analysis analysis_lock_order = {
	.name = "lock-order",
	.summary = "locks taken in orders that can deadlock on another day",
	.start = start,
	.set_limits = set_limits,
	.step = step,
	.finish = finish,
};
