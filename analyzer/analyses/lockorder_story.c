/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cycles that can happen, as findings: who holds what and requests what, and how they get there. */
#include "analyzer/analyses/lockorder.h"

#include <string.h>

#define TOLD_IN_FULL 3
#define NAMES_MAX 6

/* A finding in the order in which it is told. */
struct telling {
	const struct lockorder_words *words;
	const struct lockorder_finding *found;
	unsigned length;
	unsigned order[LOCKCYCLE_MAX]; /* members */
};

static const struct lock_request *member_at(const struct telling *telling, unsigned place)
{
	return telling->found->members.requests[telling->order[place % telling->length]];
}

/* What the member at place has, or owes. */
static uint32_t object_at(const struct telling *telling, unsigned place)
{
	return telling->found->cycle.objects[telling->order[place % telling->length]];
}

static const char *thread_name(const struct telling *telling, const struct lock_request *request)
{
	return lockorder_thread_name(telling->words, request);
}

static struct place place_of(const struct telling *telling, const struct lock_request *request)
{
	return (struct place){ .process = telling->words->model.threads[request->thread]->process,
			       .site = request->site,
			       .stack = request->stack };
}

/* The telling begins with the first thread by name and index. */
static void put_in_order(struct telling *telling)
{
	const struct lock_request *const *requests = telling->found->members.requests;
	unsigned first = 0;

	for (unsigned i = 1; i < telling->length; i++) {
		int order = strcmp(thread_name(telling, requests[i]),
				   thread_name(telling, requests[first]));
		if (order < 0 || (order == 0 && requests[i]->thread < requests[first]->thread))
			first = i;
	}
	for (unsigned i = 0; i < telling->length; i++)
		telling->order[i] = (first + i) % telling->length;
}

static const struct object *real_object(const struct telling *telling, uint32_t object)
{
	return object < telling->words->model.object_count ? telling->words->model.objects[object]
							   : NULL;
}

/* What a thread says of what it has not done yet, and others wait for. */
static const char *owing(const struct object *object)
{
	if (!object)
		return "has yet to end";
	if (object->kind == OBJECT_COND)
		return "has yet to signal";
	return object->kind == OBJECT_BARRIER ? "has yet to arrive at" : "has yet to post";
}

static const char *has_action(const struct telling *telling, unsigned place)
{
	uint32_t object = object_at(telling, place);
	const struct lock_held *held = lock_set_find(member_at(telling, place)->held, object);

	if (!held)
		return owing(real_object(telling, object));
	return wording_action(WORDING_HOLDS, real_object(telling, object), held->is_read);
}

static const char *request_action(const struct telling *telling, unsigned place)
{
	const struct lock_request *request = member_at(telling, place);
	const struct object *object = real_object(telling, object_at(telling, place + 1));

	if (!object)
		return "joins";
	if (object->kind == OBJECT_COND)
		return "waits for";
	return wording_action(WORDING_REQUESTS, object, request->is_read);
}

/* Of an object, or of the thread whose end is waited for. */
static const char *object_name(const struct telling *telling, unsigned place)
{
	const struct order_model *model = &telling->words->model;
	uint32_t object = object_at(telling, place);

	if (object < model->object_count)
		return lockorder_object_name(telling->words, object);
	return names_thread(telling->words->wording.names,
			    model->threads[object - model->object_count]);
}

/* "holds A", "has yet to end" */
static const char *has_words(const struct telling *telling, unsigned place)
{
	const char *action = has_action(telling, place);

	if (!real_object(telling, object_at(telling, place)))
		return action;
	return report_format(telling->words->wording.report, "%s %s", action,
			     object_name(telling, place));
}

static const char *list(const struct telling *telling, bool is_of_threads)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < telling->length; i++)
		g_ptr_array_add(names,
				(char *)(is_of_threads ? thread_name(telling, member_at(telling, i))
						       : object_name(telling, i)));
	return wording_list(&telling->words->wording, names, NAMES_MAX);
}

/* Does a reader read again, and a writer come in between? */
static bool is_again(const struct telling *telling)
{
	return telling->found->cycle.objects[0] == telling->found->cycle.objects[1];
}

static const char *again_message(const struct telling *telling)
{
	const struct lock_request *const *requests = telling->found->members.requests;

	return report_format(telling->words->wording.report,
			     "%s holds the read lock of %s and requests it again: when %s "
			     "requests its write lock in between, neither goes on.",
			     thread_name(telling, requests[0]), object_name(telling, 0),
			     thread_name(telling, requests[1]));
}

static const char *message(const struct telling *telling)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned length = telling->length;

	if (is_again(telling))
		return again_message(telling);
	g_string_append_printf(text,
			       "%u threads can deadlock when they run at the same time: ", length);
	if (length > TOLD_IN_FULL)
		g_string_append_printf(text, "%s each hold one of %s and request the next",
				       list(telling, true), list(telling, false));
	for (unsigned i = 0; i < length && length <= TOLD_IN_FULL; i++)
		g_string_append_printf(text, "%s%s %s and %s %s", i ? "; " : "",
				       thread_name(telling, member_at(telling, i)),
				       has_words(telling, i), request_action(telling, i),
				       object_name(telling, i + 1));
	g_string_append_c(text, '.');
	return report_string(telling->words->wording.report, text->str);
}

/* What the member at place holds or owes, and since when it holds it. */
static void add_having(const struct telling *telling, struct finding *finding, unsigned place)
{
	const struct lock_request *request = member_at(telling, place);
	const struct lock_held *held = lock_set_find(request->held, object_at(telling, place));
	struct wording_step step = { .thread = telling->words->model.threads[request->thread],
				     .action = has_action(telling, place),
				     .time_ns = held ? held->since_ns : request->time_ns };

	step.place.process = step.thread->process;
	if (real_object(telling, object_at(telling, place))) {
		step.object = object_name(telling, place);
		g_ptr_array_add(finding->objects, (char *)step.object);
	}
	if (held) {
		step.place.site = held->site;
		step.place.stack = held->stack;
	}
	wording_add_step(&telling->words->wording, finding, &step);
}

static void add_member(const struct telling *telling, struct finding *finding, unsigned place)
{
	const struct lock_request *request = member_at(telling, place);
	struct wording_step step = { .thread = telling->words->model.threads[request->thread],
				     .action = request_action(telling, place),
				     .object = object_name(telling, place + 1),
				     .time_ns = request->time_ns,
				     .place = place_of(telling, request) };

	/* The writer that comes in between has nothing. */
	if (!is_again(telling) || lock_request_is_again(request))
		add_having(telling, finding, place);
	g_ptr_array_add(finding->threads, (char *)thread_name(telling, request));
	wording_add_step(&telling->words->wording, finding, &step);
}

static const char *request_identity(const struct telling *telling, unsigned place)
{
	struct names *names = telling->words->wording.names;
	const struct lock_request *request = member_at(telling, place);
	const struct object *object = real_object(telling, object_at(telling, place + 1));
	const char *what =
		object ? names_object_stable(names, object)
		       : names_thread_stable(names, telling->words->model.threads[request->object]);

	return report_format(telling->words->wording.report, "%s|%s",
			     names_place_stable(names, place_of(telling, request)), what);
}

static void add_schedule_step(const struct telling *telling, struct finding *finding,
			      uint32_t thread, const char *action, const char *object)
{
	const struct lockorder_words *words = telling->words;
	struct schedule_step step = { .thread = names_thread(words->wording.names,
							     words->model.threads[thread]),
				      .action = action,
				      .object = object };

	g_array_append_val(finding->schedule, step);
}

static const char *moment_action(const struct telling *telling, const struct order_moment *moment)
{
	if (moment->kind == ORDER_PASSES)
		return "takes and gives back";
	return wording_action(WORDING_ACQUIRES, real_object(telling, moment->object),
			      moment->is_read);
}

/* What happens on the way, in an order in which it can, and then the requests. */
static void add_schedule(const struct telling *telling, struct finding *finding)
{
	const struct order_prediction *prediction = &telling->found->prediction;

	for (unsigned i = 0; i < prediction->moment_count; i++) {
		const struct order_moment *moment = &prediction->moments[i];

		add_schedule_step(telling, finding, moment->thread, moment_action(telling, moment),
				  lockorder_object_name(telling->words, moment->object));
	}
	for (unsigned i = 0; i < telling->length; i++) {
		/* A writer that comes in between comes first. */
		bool is_late = is_again(telling) && member_at(telling, 0)->is_read;
		unsigned place = is_late ? 1 - i : i;

		add_schedule_step(telling, finding, member_at(telling, place)->thread,
				  request_action(telling, place), object_name(telling, place + 1));
	}
}

static const char *certainty_note(const struct order_prediction *prediction)
{
	static const char *const doubts[] = {
		[ORDER_DOUBT_HELP] = "It did not happen in this run. The recorded synchronisation "
				     "permits it, but another thread may end one of the waits.",
		[ORDER_DOUBT_DATA] =
			"It did not happen in this run. The recorded synchronisation "
			"permits it, but the thread that is joined signals a condition "
			"where it takes the lock: who joins it may know by that, under "
			"the lock, that it has done so.",
		[ORDER_DOUBT_POOL] =
			"It did not happen in this run. The recorded synchronisation permits it, "
			"but the condition was made for this one wait, and waits for others like it "
			"were ended by other threads too, as those of a pool: one of them may end "
			"it.",
		[ORDER_DOUBT_POLICY] = "It did not happen in this run. The recorded "
				       "synchronisation permits it where a writer waits in "
				       "between: the lock prefers writers, and then lets no more "
				       "readers in. When one comes was not looked at.",
		[ORDER_DOUBT_LOSS] = "It did not happen in this run. The recorded synchronisation "
				     "permits it, but events were lost that may prevent it.",
		[ORDER_DOUBT_SUMMARY] = "It did not happen in this run. The recorded "
					"synchronisation permits it, but the recording is a "
					"summary: acquisitions that it does not tell of may "
					"prevent it.",
	};

	if (prediction->outcome == ORDER_UNDECIDED)
		return "It did not happen in this run. Whether the recorded synchronisation permits "
		       "it was not decided within the budget (--order-budget).";
	if (prediction->outcome == ORDER_DOUBTED)
		return doubts[prediction->doubt];
	return "It did not happen in this run. The recorded synchronisation permits it; what data, "
	       "atomics or flags say about the order was not recorded.";
}

void lockorder_report(const struct lockorder_words *words, const struct lockorder_finding *found)
{
	struct telling telling = { .words = words, .found = found, .length = found->cycle.length };
	const struct order_prediction *prediction = &found->prediction;
	bool is_sure = prediction->outcome == ORDER_WITNESSED;
	/*
	 * With events lost, or in a summary, an order of what was recorded leads there all the
	 * same, which is what makes a warning; what was not decided, or asks for what was not looked
	 * at, has none.
	 */
	bool is_note = !is_sure && prediction->doubt <= ORDER_DOUBT_POLICY;
	const struct process *process =
		words->model.threads[found->members.requests[0]->thread]->process;
	struct finding *finding =
		wording_finding(&words->wording, "lock-order", is_note ? LEVEL_NOTE : LEVEL_WARNING,
				is_sure ? CERTAINTY_WITNESSED : CERTAINTY_POSSIBLE, process);
	GPtrArray *identity = g_ptr_array_new();

	put_in_order(&telling);
	finding->message = message(&telling);
	finding->count = found->count;
	for (unsigned i = 0; i < telling.length; i++) {
		add_member(&telling, finding, i);
		g_ptr_array_add(identity, (char *)request_identity(&telling, i));
	}
	wording_set_identity(&words->wording, finding, identity);
	if (prediction->moments)
		add_schedule(&telling, finding);
	g_ptr_array_add(finding->notes, (char *)certainty_note(prediction));
}
