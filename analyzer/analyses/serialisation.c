/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a program runs alone, or nearly so: while n threads of a process are active for d, each gets
 * d/n of it. After Nair and Field, "GAPP: A Fast Profiler for Detecting Serialization Bottlenecks in
 * Parallel Linux Applications" (ICPE 2020), with traced calls in place of samples: what a thread
 * gets is the place's where it made its latest traced call.
 */
#include "analyzer/analyses/serialisation.h"

#include <string.h>

/* More are not told apart. */
#define CELLS_MAX 100000
/* Times beyond come from a broken trace. */
#define SPELL_MAX (INT64_C(1) << 50)

static void *start(void)
{
	struct serial_state *state = g_new0(struct serial_state, 1);
	const struct serial_cell others = { .thread = NULL };

	state->processes = g_ptr_array_new_with_free_func(g_free);
	state->cells = g_array_new(FALSE, FALSE, sizeof(struct serial_cell));
	g_array_append_val(state->cells, others);
	return state;
}

static struct serial_process *process_of(struct serial_state *state, const struct process *process)
{
	if (process->index >= state->processes->len)
		g_ptr_array_set_size(state->processes, (gint)process->index + 1);
	if (!state->processes->pdata[process->index]) {
		struct serial_process *made = g_new0(struct serial_process, 1);

		made->since_ns = process->start_ns;
		state->processes->pdata[process->index] = made;
	}
	return state->processes->pdata[process->index];
}

static void grow(struct serial_state *state, unsigned id)
{
	unsigned count = MAX(id + 1, state->thread_count * 2);

	state->threads = g_renew(struct serial_thread, state->threads, count);
	memset(state->threads + state->thread_count, 0,
	       (count - state->thread_count) * sizeof(*state->threads));
	state->thread_count = count;
}

static uint32_t new_cell(struct serial_state *state, const struct thread *thread,
			 struct place place)
{
	uint64_t key = placetable_key(thread->id, place);
	uint32_t found = GPOINTER_TO_UINT(address_table_get(&state->cells_by_key, key));

	if (found)
		return found;
	if (state->cells->len >= CELLS_MAX)
		return 0;
	const struct serial_cell cell = { .thread = thread,
					  .place = placetable_id(&state->places, place) };
	g_array_append_val(state->cells, cell);
	address_table_set(&state->cells_by_key, key, GUINT_TO_POINTER(state->cells->len - 1));
	return state->cells->len - 1;
}

static inline struct serial_thread *thread_of(struct serial_state *state,
					      const struct thread *thread)
{
	static const struct place nowhere;

	if (thread->id >= state->thread_count)
		grow(state, thread->id);
	struct serial_thread *found = &state->threads[thread->id];
	if (!found->process) {
		found->process = process_of(state, thread->process);
		found->cell = new_cell(state, thread, nowhere);
	}
	return found;
}

/* The clock of process at time_ns, which is not before since_ns or counts as that. */
static inline struct serial_clock clock_at(const struct serial_process *process, int64_t time_ns)
{
	struct serial_clock clock = process->clock;
	uint64_t ns = (uint64_t)MIN(elapsed_ns(process->since_ns, time_ns), SPELL_MAX);

	if (process->active)
		clock.share += (ns << SERIAL_SHIFT) / process->active;
	if (process->active == 1)
		clock.alone_ns += ns;
	return clock;
}

static void advance(struct serial_process *process, int64_t time_ns)
{
	uint64_t ns = (uint64_t)MIN(elapsed_ns(process->since_ns, time_ns), SPELL_MAX);

	process->clock = clock_at(process, time_ns);
	*(process->active ? &process->running_ns : &process->idle_ns) += ns;
	process->since_ns = MAX(process->since_ns, time_ns);
}

/* What thread has got since the last time is its cell's. */
static void settle(struct serial_state *state, struct serial_thread *thread, int64_t time_ns)
{
	struct serial_cell *cell = &g_array_index(state->cells, struct serial_cell, thread->cell);
	struct serial_clock clock = clock_at(thread->process, time_ns);

	cell->got.share += clock.share - thread->mark.share;
	cell->got.alone_ns += clock.alone_ns - thread->mark.alone_ns;
	thread->mark = clock;
}

static void set_active(struct serial_state *state, struct serial_thread *thread, bool is_active,
		       int64_t time_ns)
{
	if (thread->is_active)
		settle(state, thread, time_ns);
	advance(thread->process, time_ns);
	thread->is_active = is_active;
	thread->process->active += is_active ? 1 : -1U;
	thread->mark = thread->process->clock;
}

/* thread calls at place from now on. */
static void set_place(struct serial_state *state, struct serial_thread *found,
		      const struct thread *thread, struct place place)
{
	uint64_t mixed = (place.site ^ place.stack) * 0x9e3779b97f4a7c15;
	struct serial_recent *recent = &found->recent[mixed >> 61];

	if (!recent->cell || recent->site != place.site || recent->stack != place.stack)
		*recent = (struct serial_recent){ .site = place.site,
						  .stack = place.stack,
						  .cell = new_cell(state, thread, place) + 1 };
	found->cell = recent->cell - 1;
	found->site = place.site;
	found->stack = place.stack;
}

static inline bool is_running(const struct thread *thread)
{
	return thread->wait.kind == WAIT_NONE && thread->state == THREAD_RUNNING;
}

/* An end that is told by another thread, which has waited for it. */
static void end_other(struct serial_state *state, const struct thread *other, int64_t time_ns)
{
	struct serial_thread *found = thread_of(state, other);

	if (found->is_active && !is_running(other))
		set_active(state, found, false, time_ns);
}

/* Nobody runs any more. */
static void end_process(struct serial_state *state, const struct process *process, int64_t time_ns)
{
	for (unsigned i = 0; i < process->threads->len; i++) {
		struct serial_thread *found = thread_of(state, process->threads->pdata[i]);

		if (found->is_active)
			set_active(state, found, false, time_ns);
	}
	advance(process_of(state, process), time_ns);
}

static void step(void *self, const struct step *step)
{
	struct serial_state *state = self;
	const struct thread *thread = step->thread;

	/* Counts are told late, and another one's release of what thread holds is not its call. */
	if (!thread || step->kind == STEP_TALLY || (step->kind == STEP_RELEASE && step->other))
		return;
	struct serial_thread *found = thread_of(state, thread);
	bool is_active = is_running(thread);
	if (is_active != found->is_active)
		set_active(state, found, is_active, step->time_ns);
	if ((step->place.site || step->place.stack) &&
	    (step->place.site != found->site || step->place.stack != found->stack)) {
		if (is_active)
			settle(state, found, step->time_ns);
		set_place(state, found, thread, step->place);
	}
	if (step->kind == STEP_JOIN_END && step->other)
		end_other(state, step->other, step->time_ns);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct serial_state *state = self;
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		end_process(state, process, process->end_ns);
	}
	serialisation_report(state, model, names, report);
	g_ptr_array_unref(state->processes);
	g_free(state->threads);
	g_array_unref(state->cells);
	address_table_done(&state->cells_by_key);
	placetable_done(&state->places);
	g_free(state);
}

const struct analysis analysis_serialisation = {
	.name = "serialisation",
	.summary = "where few threads ran while others could not, by the calls before",
	.start = start,
	.step = step,
	.finish = finish,
};
