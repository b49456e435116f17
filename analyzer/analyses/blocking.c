/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that blocked, by place; and waits and holds that lasted longer than the limits. */
#include "analyzer/analyses/blocking.h"

#include <string.h>

#include "analyzer/analyses/placetable.h"

/* More are not told apart. */
#define CALLS_MAX 10000
#define CALLERS_MAX 1000000
#define NOTES_MAX 10000

static void *start(void)
{
	struct blocking_state *state = g_new0(struct blocking_state, 1);

	state->limits = LIMITS_DEFAULT;
	state->calls = g_ptr_array_new_with_free_func(g_free);
	state->callers = g_array_new(FALSE, FALSE, sizeof(struct caller));
	state->notes = g_ptr_array_new_with_free_func(g_free);
	return state;
}

static void set_limits(void *self, const struct limits *limits)
{
	struct blocking_state *state = self;

	state->limits = *limits;
}

/* Of what follows: good enough to stand for it, 64 bits of a mixture never meet by chance. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	return address_table_mix(hash + word + 1);
}

static struct call_stats *call_of(struct blocking_state *state, const char *name,
				  enum wait_kind kind, struct place place)
{
	uint64_t key = placetable_key(mix(g_str_hash(name), kind), place);
	struct call_stats *call = address_table_get(&state->calls_by_key, key);
	static const struct place nowhere;

	if (call)
		return call;
	if (state->calls->len >= CALLS_MAX && strcmp(name, OTHER_CALLS) != 0)
		return call_of(state, OTHER_CALLS, kind, nowhere);
	call = g_new0(struct call_stats, 1);
	call->place = place;
	call->call = name;
	call->kind = kind;
	call->index = state->calls->len;
	call->last_thread = UINT32_MAX;
	g_ptr_array_add(state->calls, call);
	address_table_set(&state->calls_by_key, key, call);
	return call;
}

static void add_caller(struct blocking_state *state, struct call_stats *call,
		       const struct thread *thread)
{
	uint64_t key = (uint64_t)call->index << 32 | thread->id;
	const struct caller caller = { .call = call->index, .thread = thread->id };

	if (call->last_thread == thread->id)
		return;
	call->last_thread = thread->id;
	if (state->callers->len >= CALLERS_MAX || address_table_get(&state->callers_by_key, key))
		return;
	address_table_set(&state->callers_by_key, key, call);
	g_array_append_val(state->callers, caller);
}

/* NULL: there are too many. */
static struct note *note_of(struct blocking_state *state, enum note_rule rule,
			    const struct spell *spell)
{
	const struct object *lock = spell->hold.object, *object = spell->wait.object;
	uint64_t key = mix(mix(rule, lock ? lock->id + 1 : 0), object ? object->id + 1 : 0);

	if (spell->wait.call)
		key = mix(key, g_str_hash(spell->wait.call));
	key = placetable_key(key, spell->wait.kind ? spell->wait.place : spell->hold.place);
	struct note *note = address_table_get(&state->notes_by_key, key);
	if (note)
		return note;
	if (state->notes->len >= NOTES_MAX) {
		state->untold++;
		return NULL;
	}
	note = g_new0(struct note, 1);
	note->rule = rule;
	note->longest.ns = -1;
	g_ptr_array_add(state->notes, note);
	address_table_set(&state->notes_by_key, key, note);
	return note;
}

static struct note *add_spell(struct blocking_state *state, enum note_rule rule,
			      const struct spell *spell)
{
	struct note *note = note_of(state, rule, spell);

	if (!note)
		return NULL;
	note->count++;
	note->total = report_sum_ns(note->total, spell->ns);
	if (spell->ns > note->longest.ns)
		note->longest = *spell;
	return note;
}

static bool is_over(int64_t ns, int64_t limit_ns)
{
	return limit_ns && ns >= limit_ns;
}

/* Waits for a lock are contention; futexes, and semaphores that serve as locks, are locks. */
static bool is_blocking(const struct wait *wait)
{
	switch (wait->kind) {
	case WAIT_COND:
	case WAIT_JOIN:
	case WAIT_BARRIER:
	case WAIT_IO:
	case WAIT_SLEEP:
		return true;
	case WAIT_SEMAPHORE:
		return !wait->object->is_lock_like;
	default:
		return false;
	}
}

/* until_ns: when it ended, or the end of the thread. */
static struct spell wait_spell(const struct thread *thread, const struct wait *wait,
			       int64_t until_ns)
{
	return (struct spell){ .thread = thread,
			       .wait = *wait,
			       .ns = elapsed_ns(wait->since_ns, until_ns) };
}

static void add_long_wait(struct blocking_state *state, const struct spell *spell)
{
	if (is_over(spell->ns, state->limits.wait_ns))
		add_spell(state, NOTE_LONG_WAIT, spell);
}

/* The mutex of a condition is not held meanwhile, or else that is how it was meant. */
static void add_blocked_holding(struct blocking_state *state, struct spell *spell)
{
	if (!is_over(spell->ns, state->limits.blocked_holding_ns) || !is_blocking(&spell->wait))
		return;
	for (const struct hold *hold = spell->thread->held; hold; hold = hold->next) {
		if (hold->object == spell->wait.mutex || hold->since_ns > spell->wait.since_ns)
			continue;
		spell->hold = *hold;
		add_spell(state, NOTE_BLOCKED_HOLDING, spell);
	}
}

static void end_wait(struct blocking_state *state, const struct step *step)
{
	int64_t ns = elapsed_ns(step->wait->since_ns, step->time_ns);

	/* Most are short. */
	if (!is_over(ns, state->limits.wait_ns) && !is_over(ns, state->limits.blocked_holding_ns))
		return;
	struct spell spell = wait_spell(step->thread, step->wait, step->time_ns);
	if (step->wait->object)
		add_long_wait(state, &spell);
	add_blocked_holding(state, &spell);
}

static void end_call(struct blocking_state *state, const struct thread *thread,
		     const struct wait *wait, int64_t until_ns)
{
	struct call_stats *call = call_of(state, wait->call, wait->kind, wait->place);
	struct spell spell = wait_spell(thread, wait, until_ns);

	call->count++;
	call->total = report_sum_ns(call->total, spell.ns);
	call->max = MAX(call->max, spell.ns);
	add_caller(state, call, thread);
	add_blocked_holding(state, &spell);
}

static struct note *end_hold(struct blocking_state *state, const struct hold *hold,
			     int64_t until_ns)
{
	int64_t ns = elapsed_ns(hold->since_ns, until_ns);
	struct spell spell = { .thread = hold->thread, .hold = *hold, .ns = ns };

	if (!is_over(ns, state->limits.hold_ns))
		return NULL;
	state->released_ns = ns;
	return add_spell(state, NOTE_LONG_HOLD, &spell);
}

/* The release failed: the hold is to count when it ends, and will be longer then. */
static void undo_release(struct blocking_state *state, const struct object *object)
{
	struct note *note = state->released_note;

	if (!note || note->longest.hold.object != object)
		return;
	note->count--;
	note->total -= MIN(note->total, state->released_ns);
	state->released_note = NULL;
}

static void step(void *self, const struct step *step)
{
	struct blocking_state *state = self;

	switch (step->kind) {
	case STEP_RELEASE:
		if (state->limits.hold_ns)
			state->released_note = end_hold(state, step->hold, step->time_ns);
		break;
	case STEP_RELEASE_UNDONE:
		undo_release(state, step->object);
		break;
	case STEP_ACQUIRE:
	case STEP_REACQUIRE:
	case STEP_REQUEST_FAILED:
	case STEP_WAIT_END:
	case STEP_JOIN_END:
		if (step->wait)
			end_wait(state, step);
		break;
	case STEP_CALL_END:
		end_call(state, step->thread, step->wait, step->time_ns);
		break;
	default:
		break;
	}
}

/*
 * It lasted until its thread's end. What an endless wait for others means, where a lock is held, is
 * told by the analysis of deadlocks.
 */
static void end_unfinished(struct blocking_state *state, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	if (wait->kind == WAIT_IO || wait->kind == WAIT_SLEEP)
		end_call(state, thread, wait, thread->end_ns);
	if (wait->object) {
		struct spell spell = wait_spell(thread, wait, thread->end_ns);
		add_long_wait(state, &spell);
	}
	for (const struct hold *hold = thread->held; hold; hold = hold->next)
		end_hold(state, hold, thread->end_ns);
}

static void free_state(struct blocking_state *state)
{
	address_table_done(&state->calls_by_key);
	address_table_done(&state->callers_by_key);
	address_table_done(&state->notes_by_key);
	g_ptr_array_unref(state->calls);
	g_array_unref(state->callers);
	g_ptr_array_unref(state->notes);
	g_free(state);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct blocking_state *state = self;
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->threads->len; j++)
			end_unfinished(state, process->threads->pdata[j]);
	}
	blocking_report_calls(state, names, report);
	blocking_report_notes(state, model, names, report);
	free_state(state);
}

const struct analysis analysis_blocking = {
	.name = "blocking",
	.summary = "calls that blocked, and where that was while holding a lock",
	.start = start,
	.set_limits = set_limits,
	.step = step,
	.finish = finish,
};
