/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Priority inversion: a thread waits for a lock that a less urgent one holds.
 *
 * What the scheduler does is not in a trace. Known is how long the less urgent one had the lock
 * while the other waited, and who of a priority between the two did anything in that time. A
 * mutex that lends its holder the waiter's priority, or its own, does not count, and a holder of
 * such a mutex may be more urgent than it is known to be.
 */
#include "analyzer/analyses/inversion.h"

#include "analyzer/address_table.h"
#include "analyzer/analyses/placetable.h"
#include "analyzer/analysis.h"

/* More are not told apart. */
#define INVERSIONS_MAX 10000

/* A wait that has begun. */
struct open_wait {
	struct inversion_wait wait;
	bool is_inverted; /* part: the present one */
	struct inversion_part part;
	int64_t part_ns; /* when it began */
};

struct inversion_state {
	int64_t limit_ns;
	bool has_priorities; /* some thread is not of the usual one */
	GPtrArray *open;     /* struct open_wait, by id of the thread; NULL none. Owns them */
	GPtrArray *inverted; /* those of them that are. Weak */
	GPtrArray *inversions;
	struct address_table by_key;
	uint64_t untold;
};

static void *start(void)
{
	struct inversion_state *state = g_new0(struct inversion_state, 1);

	state->limit_ns = LIMITS_DEFAULT.inversion_ns;
	state->open = g_ptr_array_new_with_free_func(g_free);
	state->inverted = g_ptr_array_new();
	state->inversions = g_ptr_array_new_with_free_func(g_free);
	return state;
}

static void set_limits(void *self, const struct limits *limits)
{
	((struct inversion_state *)self)->limit_ns = limits->inversion_ns;
}

static bool is_lending(const struct object *object)
{
	return object->kind == OBJECT_MUTEX && object->mutex_kind > 0 &&
	       object->mutex_kind & (MUTEX_PRIO_INHERIT | MUTEX_PRIO_PROTECT);
}

/* As far as it is known: what a mutex lends is not. */
static int urgency_of(const struct thread *thread)
{
	for (const struct hold *hold = thread->held; hold; hold = hold->next)
		if (is_lending(hold->object))
			return -1;
	return priority_urgency(&thread->priority);
}

/* Keep in part the least urgent of those who make waiter wait; true: it is less urgent. */
static bool consider(struct inversion_part *part, int *least, const struct thread *holder,
		     struct place place, int64_t since_ns, bool is_read)
{
	int urgency = urgency_of(holder);

	if (urgency < 0 || urgency >= *least || holder->state == THREAD_EXITED)
		return false;
	*least = urgency;
	part->holder = holder;
	part->holder_priority = holder->priority;
	part->place = place;
	part->since_ns = since_ns;
	part->is_read = is_read;
	return true;
}

/* Is waiter made to wait by somebody less urgent now? part: by whom. */
static bool find_holder(const struct thread *waiter, const struct object *object,
			struct inversion_part *part)
{
	int least = priority_urgency(&waiter->priority);
	bool found = false;

	part->waiter_priority = waiter->priority;
	if (object->kind == OBJECT_SEMAPHORE)
		return object->is_lock_like && object->owner &&
		       consider(part, &least, object->owner, object->owner_place,
				object->owner_since_ns, false);
	for (const struct hold *hold = object->holder; hold; hold = hold->next_holder)
		found |= consider(part, &least, hold->thread, hold->place, hold->since_ns,
				  hold->is_read);
	return found;
}

static void end_part(struct inversion_state *state, struct open_wait *open, int64_t time_ns)
{
	if (!open->is_inverted)
		return;
	open->part.ns = elapsed_ns(open->part_ns, time_ns);
	open->wait.ns = report_sum_ns(open->wait.ns, open->part.ns);
	if (!open->wait.longest.holder || open->part.ns > open->wait.longest.ns)
		open->wait.longest = open->part;
	open->is_inverted = false;
	g_ptr_array_remove_fast(state->inverted, open);
}

/* Holders or priorities may have changed. */
static void look_again(struct inversion_state *state, struct open_wait *open, int64_t time_ns)
{
	struct inversion_part part = { 0 };
	bool is_inverted = find_holder(open->wait.waiter, open->wait.object, &part);

	if (is_inverted && open->is_inverted && part.holder == open->part.holder)
		return;
	end_part(state, open, time_ns);
	if (!is_inverted)
		return;
	open->is_inverted = true;
	open->part = part;
	open->part_ns = time_ns;
	g_ptr_array_add(state->inverted, open);
}

static struct open_wait *open_of(const struct inversion_state *state, const struct thread *thread)
{
	return thread->id < state->open->len ? state->open->pdata[thread->id] : NULL;
}

static void forget(struct inversion_state *state, const struct thread *thread)
{
	struct open_wait *open = open_of(state, thread);

	if (!open)
		return;
	if (open->is_inverted)
		g_ptr_array_remove_fast(state->inverted, open);
	g_free(open);
	state->open->pdata[thread->id] = NULL;
}

static void begin_wait(struct inversion_state *state, const struct step *step)
{
	const struct wait *wait = &step->thread->wait;

	/* In a handler of signals: the wait around it is not followed any more. */
	forget(state, step->thread);
	if (priority_urgency(&step->thread->priority) < 0 || is_lending(wait->object))
		return;
	struct open_wait *open = g_new0(struct open_wait, 1);
	open->wait = (struct inversion_wait){ .waiter = step->thread,
					      .object = wait->object,
					      .place = wait->place,
					      .since_ns = wait->since_ns,
					      .is_read = wait->is_read };
	if (step->thread->id >= state->open->len)
		g_ptr_array_set_size(state->open, (int)step->thread->id + 1);
	state->open->pdata[step->thread->id] = open;
	look_again(state, open, step->time_ns);
}

/* NULL: there are too many. */
static struct inversion *inversion_of(struct inversion_state *state,
				      const struct inversion_wait *wait)
{
	uint64_t key = placetable_key(wait->object->id + 1, wait->place);

	key = placetable_key(key, wait->longest.place);
	struct inversion *inversion = address_table_get(&state->by_key, key);
	if (inversion)
		return inversion;
	if (state->inversions->len >= INVERSIONS_MAX) {
		state->untold++;
		return NULL;
	}
	inversion = g_new0(struct inversion, 1);
	inversion->longest.ns = -1;
	g_ptr_array_add(state->inversions, inversion);
	address_table_set(&state->by_key, key, inversion);
	return inversion;
}

static void count_wait(struct inversion_state *state, const struct inversion_wait *wait)
{
	struct inversion *inversion;

	if (!wait->longest.holder || wait->ns < state->limit_ns)
		return;
	inversion = inversion_of(state, wait);
	if (!inversion)
		return;
	inversion->count++;
	inversion->total_ns = report_sum_ns(inversion->total_ns, wait->ns);
	if (wait->ns > inversion->longest.ns)
		inversion->longest = *wait;
}

static void end_wait(struct inversion_state *state, const struct step *step)
{
	struct open_wait *open = open_of(state, step->thread);

	if (!open || open->wait.object != step->wait->object)
		return;
	end_part(state, open, step->time_ns);
	count_wait(state, &open->wait);
	forget(state, step->thread);
}

/* Who waits for the object of step may have another holder before it. */
static void look_at_waiters(struct inversion_state *state, const struct step *step)
{
	const struct thread *waiter = step->object ? step->object->waiters : NULL;

	for (; waiter; waiter = waiter->next_waiter) {
		struct open_wait *open = open_of(state, waiter);

		if (open && open->wait.object == step->object)
			look_again(state, open, step->time_ns);
	}
}

static void look_at_all(struct inversion_state *state, int64_t time_ns)
{
	for (unsigned i = 0; i < state->open->len; i++)
		if (state->open->pdata[i])
			look_again(state, state->open->pdata[i], time_ns);
}

static bool is_between(const struct thread *thread, const struct inversion_part *part)
{
	int urgency = priority_urgency(&thread->priority);

	return urgency > priority_urgency(&part->holder_priority) &&
	       urgency < priority_urgency(&part->waiter_priority) && thread != part->holder;
}

/* Who does something, runs. */
static void note_running(const struct inversion_state *state, const struct thread *thread)
{
	for (unsigned i = 0; i < state->inverted->len; i++) {
		struct open_wait *open = state->inverted->pdata[i];
		struct inversion_wait *wait = &open->wait;
		bool is_known = !is_between(thread, &open->part);

		for (unsigned j = 0; j < wait->between_count; j++)
			is_known |= wait->between[j].thread == thread;
		if (!is_known && wait->between_count < INVERSION_BETWEEN_MAX)
			wait->between[wait->between_count++] =
				(struct inversion_between){ .thread = thread,
							    .priority = thread->priority };
	}
}

static void note_priority(struct inversion_state *state, const struct thread *thread)
{
	static const struct priority usual = { .is_known = true };
	int urgency = priority_urgency(&thread->priority);

	if (urgency >= 0 && urgency != priority_urgency(&usual))
		state->has_priorities = true;
}

static void step_wait(struct inversion_state *state, const struct step *step)
{
	switch (step->kind) {
	case STEP_REQUEST:
		begin_wait(state, step);
		break;
	case STEP_WAIT_BEGIN:
		if (step->thread->wait.kind == WAIT_SEMAPHORE)
			begin_wait(state, step);
		break;
	case STEP_ACQUIRE:
	case STEP_REQUEST_FAILED:
	case STEP_WAIT_END:
		if (step->wait)
			end_wait(state, step);
		look_at_waiters(state, step);
		break;
	case STEP_RELEASE:
	case STEP_RELEASE_UNDONE:
	case STEP_TAKE:
	case STEP_SIGNAL:
	case STEP_POST_FAILED:
		look_at_waiters(state, step);
		break;
	default:
		break;
	}
}

static void step(void *self, const struct step *step)
{
	struct inversion_state *state = self;

	switch (step->kind) {
	case STEP_PRIORITY:
		note_priority(state, step->other);
		look_at_all(state, step->time_ns);
		break;
	case STEP_PROCESS_START:
	case STEP_THREAD_START:
		note_priority(state, step->thread);
		break;
	default:
		break;
	}
	if (!state->has_priorities || !state->limit_ns || !step->thread)
		return;
	if (state->inverted->len)
		note_running(state, step->thread);
	step_wait(state, step);
}

/* A holder that waits for others is a matter of deadlocks, or of who those are. */
static bool may_run(const struct thread *thread)
{
	return thread->state != THREAD_EXITED &&
	       (thread->wait.kind == WAIT_NONE || thread->wait.kind == WAIT_IO ||
		thread->wait.kind == WAIT_SLEEP);
}

/* It lasted until the end of its thread. */
static void end_unfinished(struct inversion_state *state, struct open_wait *open)
{
	const struct wait *wait = &open->wait.waiter->wait;

	if (!open->is_inverted || wait->object != open->wait.object || !may_run(open->part.holder))
		return;
	end_part(state, open, open->wait.waiter->end_ns);
	open->wait.is_unfinished = true;
	count_wait(state, &open->wait);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct inversion_state *state = self;
	const struct wording wording = { .model = model, .names = names, .report = report };

	for (unsigned i = 0; i < state->open->len; i++)
		if (state->open->pdata[i])
			end_unfinished(state, state->open->pdata[i]);
	inversion_report(&wording, state->inversions, state->untold);
	g_ptr_array_unref(state->inverted);
	g_ptr_array_unref(state->open);
	g_ptr_array_unref(state->inversions);
	address_table_done(&state->by_key);
	g_free(state);
}

const struct analysis analysis_inversion = {
	.name = "inversion",
	.summary = "waits for locks that less urgent threads hold",
	.start = start,
	.set_limits = set_limits,
	.step = step,
	.finish = finish,
};
