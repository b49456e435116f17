/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the threads that live hold and wait for, where the report is about a moment (--at). */
#include "analyzer/analyses/wording.h"
#include "analyzer/analysis.h"

struct writer {
	struct wording wording;
	struct state *state;
	guint *rows; /* by object->id: index + 1 in state->objects, 0 none yet */
};

static void *start(void)
{
	return NULL;
}

static void step(void *self, const struct step *step)
{
	(void)self;
	(void)step;
}

static int64_t since_start(const struct writer *writer, int64_t time_ns)
{
	return elapsed_ns(model_start_ns(writer->wording.model), time_ns);
}

static const char *name_of(const struct writer *writer, const struct thread *thread)
{
	return names_thread(writer->wording.names, thread);
}

static struct state_object *row_of(struct writer *writer, const struct object *object)
{
	struct state_object row;
	guint *index = &writer->rows[object->id];

	if (!*index) {
		row.object = names_report_object(writer->wording.names, object);
		row.holders = g_ptr_array_new();
		row.waiters = g_ptr_array_new();
		g_array_append_val(writer->state->objects, row);
		*index = writer->state->objects->len;
	}
	return &g_array_index(writer->state->objects, struct state_object, *index - 1);
}

static void add_hold(struct writer *writer, struct state_thread *row, const struct object *object,
		     struct state_hold *hold, struct place place)
{
	hold->object = names_report_object(writer->wording.names, object);
	hold->stack = names_stack(writer->wording.names, place);
	g_array_append_val(row->holds, *hold);
	g_ptr_array_add(row_of(writer, object)->holders, (char *)row->name);
}

static void add_holds(struct writer *writer, struct state_thread *row, const struct thread *thread)
{
	for (const struct hold *hold = thread->held; hold; hold = hold->next) {
		struct state_hold told = {
			.action = wording_action(WORDING_HOLDS, hold->object, hold->is_read),
			.mode = wording_mode_word(hold->object, hold->is_read),
			.depth = hold->depth,
			.time_ns = since_start(writer, hold->since_ns),
			.since_ns = elapsed_ns(hold->since_ns, thread->end_ns),
		};
		add_hold(writer, row, hold->object, &told, hold->place);
	}
}

/* Semaphores that serve as locks have an owner, but no hold. */
static void add_semaphores(struct writer *writer, GArray *rows, const struct process *process,
			   const guint *row_of_thread)
{
	for (guint i = 0; i < process->objects->len; i++) {
		const struct object *object = process->objects->pdata[i];
		guint row = object->is_lock_like && object->owner &&
					    object->owner->process == process
				    ? row_of_thread[object->owner->index]
				    : 0;
		struct state_hold told = {
			.action = "took",
			.depth = 1,
			.time_ns = since_start(writer, object->owner_since_ns),
			.since_ns = elapsed_ns(object->owner_since_ns, process->end_ns),
		};

		if (row)
			add_hold(writer, &g_array_index(rows, struct state_thread, row - 1), object,
				 &told, object->owner_place);
	}
}

static enum blocked_kind blocked_kind(enum wait_kind kind)
{
	static const enum blocked_kind kinds[WAIT_KIND_COUNT] = {
		[WAIT_LOCK] = BLOCKED_LOCK,	  [WAIT_COND] = BLOCKED_CONDITION,
		[WAIT_JOIN] = BLOCKED_JOIN,	  [WAIT_SEMAPHORE] = BLOCKED_SEMAPHORE,
		[WAIT_BARRIER] = BLOCKED_BARRIER, [WAIT_FUTEX] = BLOCKED_LOCK,
		[WAIT_IO] = BLOCKED_IO,		  [WAIT_SLEEP] = BLOCKED_SLEEP,
	};

	return kinds[kind];
}

static void tell_awaited(const struct writer *writer, const struct wait *wait,
			 struct state_wait *told)
{
	told->action = wording_wait(&writer->wording, wait, &told->awaited);
	if (!wait->object)
		return;
	told->object = names_report_object(writer->wording.names, wait->object);
	told->mode = wording_mode_word(wait->object, wait->is_read);
}

static void add_holders(const struct writer *writer, const struct wait *wait, GPtrArray *list)
{
	/* Who has been notified needs the mutex. */
	const struct object *lock = wait->kind == WAIT_COND && wait->is_woken ? wait->mutex
									      : wait->object;

	for (const struct hold *hold = lock ? lock->holder : NULL; hold; hold = hold->next_holder)
		g_ptr_array_add(list, (char *)name_of(writer, hold->thread));
	if (wait->kind == WAIT_SEMAPHORE && lock->is_lock_like && lock->owner)
		g_ptr_array_add(list, (char *)name_of(writer, lock->owner));
}

static const struct state_wait *tell_wait(struct writer *writer, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;
	struct report *report = writer->wording.report;
	struct state_wait *told = report_alloc(report, sizeof(*told));

	told->kind = blocked_kind(wait->kind);
	tell_awaited(writer, wait, told);
	told->is_timed = wait->is_timed;
	told->time_ns = since_start(writer, wait->since_ns);
	told->since_ns = elapsed_ns(wait->since_ns, thread->end_ns);
	told->ended_in_ns = wait->ends_later ? elapsed_ns(thread->end_ns, wait->ends_ns) : -1;
	told->stack = names_stack(writer->wording.names, wait->place);
	told->holders = g_ptr_array_new();
	add_holders(writer, wait, told->holders);
	if (wait->kind == WAIT_COND && wait->mutex)
		told->mutex = names_object(writer->wording.names, wait->mutex);
	if (wait->is_woken && wait->waker)
		told->waker = name_of(writer, wait->waker);
	if (wait->object)
		g_ptr_array_add(row_of(writer, wait->object)->waiters,
				(char *)name_of(writer, thread));
	return told;
}

static void add_thread(struct writer *writer, const struct thread *thread)
{
	struct state_thread row = {
		.pid = thread->process->pid,
		.tid = thread->tid,
		.name = name_of(writer, thread),
		.process = report_string(writer->wording.report, thread->process->command),
		.state = wording_state(thread),
		.holds = g_array_new(FALSE, FALSE, sizeof(struct state_hold)),
	};

	add_holds(writer, &row, thread);
	if (thread->wait.kind != WAIT_NONE)
		row.wait = tell_wait(writer, thread);
	g_array_append_val(writer->state->threads, row);
}

static void add_process(struct writer *writer, const struct process *process)
{
	g_autofree guint *row_of_thread = g_new0(guint, process->threads->len + 1);

	for (guint i = 0; i < process->threads->len; i++) {
		const struct thread *thread = process->threads->pdata[i];

		if (thread->state == THREAD_EXITED)
			continue;
		add_thread(writer, thread);
		row_of_thread[i] = writer->state->threads->len;
	}
	add_semaphores(writer, writer->state->threads, process, row_of_thread);
}

static int compare_objects(const void *a, const void *b)
{
	const struct state_object *left = a, *right = b;

	return left->object.id < right->object.id ? -1 : left->object.id > right->object.id;
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	const GPtrArray *processes = model_processes(model);
	struct writer writer = {
		.wording = { .model = model, .names = names, .report = report },
		.state = report->state,
	};

	(void)self;
	if (!report->state)
		return;
	writer.rows = g_new0(guint, model_object_count(model) + 1);
	for (guint i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		if (!process->has_exited)
			add_process(&writer, process);
	}
	g_array_sort(report->state->objects, compare_objects);
	g_free(writer.rows);
}

const struct analysis analysis_state = {
	.name = "state",
	.summary = "with --at: who holds and waits for what at that moment",
	.start = start,
	.step = step,
	.finish = finish,
};
