/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads: who they are, creation, names, exit. */
#include "analyzer/model_priority.h"
#include "analyzer/model_private.h"

static void bind_tid(struct model *model, struct thread *thread, int32_t tid)
{
	thread->tid = tid;
	address_table_set(&thread->process->private->threads, (uint32_t)tid, thread);
	model->recent[(uint32_t)tid % MODEL_RECENT_THREADS] = thread;
}

/* tid 0: not known yet. */
struct thread *model_thread_new(struct model *model, struct process *process, int32_t tid,
				int64_t time_ns)
{
	struct thread_private *private = g_new0(struct thread_private, 1);
	struct thread *thread = &private->thread;

	private->waiter = (struct waiter){ .thread = thread, .wait = &thread->wait };
	thread->process = process;
	thread->index = process->threads->len;
	thread->id = model->thread_count++;
	thread->is_main = tid == process->pid;
	thread->state = THREAD_RUNNING;
	thread->start_ns = thread->end_ns = time_ns;
	g_ptr_array_add(process->threads, thread);
	if (tid)
		bind_tid(model, thread, tid);
	return thread;
}

void model_thread_free(struct thread *thread)
{
	struct outer_wait *outer = thread_private(thread)->outer;

	while (outer) {
		struct outer_wait *next = outer->outer;

		g_free(outer);
		outer = next;
	}
	g_free((char *)thread->name);
	g_free(thread_private(thread));
}

static struct thread *find_or_make(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process)
		process = model_process_new(model, event);
	struct thread *thread = address_table_get(&process->private->threads, (uint32_t)event->tid);
	if (thread && thread->state != THREAD_EXITED) {
		model->recent[(uint32_t)event->tid % MODEL_RECENT_THREADS] = thread;
		return thread;
	}
	if (thread)
		model->misfits.after_exit++;
	thread = model_thread_new(model, process, event->tid, event->time_ns);
	bind_tid(model, thread, event->tid);
	return thread;
}

struct thread *model_thread_of(struct model *model, const struct event *event)
{
	struct thread *thread = model->recent[(uint32_t)event->tid % MODEL_RECENT_THREADS];

	if (!thread || thread->tid != event->tid || thread->process->pid != event->pid ||
	    thread->state == THREAD_EXITED)
		thread = find_or_make(model, event);
	thread->end_ns = event->time_ns;
	thread->process->private->last_ns = event->time_ns;
	return thread;
}

static struct creation *find_creation(const struct process *process, uint64_t number)
{
	return number ? address_table_get(&process->private->creations, number) : NULL;
}

struct thread *model_thread_created(const struct process *process, uint64_t number)
{
	const struct creation *creation = find_creation(process, number);

	return creation ? creation->thread : NULL;
}

static struct creation *begin_creation(struct thread *creator, const struct event *event)
{
	struct process_private *private = creator->process->private;
	struct creation *creation = g_new0(struct creation, 1);

	creation->creator = creator;
	creation->place = model_place(creator, event);
	g_ptr_array_add(private->blocks, creation);
	address_table_set(&private->creations, event->object, creation);
	return creation;
}

void model_thread_create_begin(struct model *model, struct thread *thread,
			       const struct event *event)
{
	struct creation *creation = begin_creation(thread, event);

	(void)model;
	creation->routine = (uint64_t)event->value;
	creation->is_detached = event->other & THREAD_FLAG_DETACHED;
}

/* The thread exists: its creator or itself said so. */
static void confirm(struct model *model, struct creation *creation, const struct event *event)
{
	struct thread *creator = creation->creator;
	struct thread *thread = model_thread_new(model, creator->process, 0, event->time_ns);

	creation->thread = thread;
	thread->state = THREAD_NEW;
	thread->creator = creator;
	thread->create_place = creation->place;
	thread->routine = creation->routine;
	thread->is_detached = creation->is_detached;
	thread->priority = model_priority_inherited(creator);
	struct step step = model_step(STEP_THREAD_CREATE, creator, event);
	step.place = creation->place;
	step.other = thread;
	model_emit(model, &step);
}

void model_thread_create_end(struct model *model, struct thread *thread, const struct event *event)
{
	struct creation *creation = find_creation(thread->process, event->object);

	if (!creation) {
		model->misfits.end_without_begin++;
		creation = begin_creation(thread, event);
	}
	if (event->value != 0)
		return;
	if (!creation->thread)
		confirm(model, creation, event);
	model_handle_set(creation->thread, event->other);
}

static void end_earlier(const struct process *process, const struct event *event)
{
	struct thread *thread = address_table_get(&process->private->threads, (uint32_t)event->tid);

	if (thread && thread->state != THREAD_EXITED)
		model_thread_end(thread, thread->end_ns);
}

void model_thread_start(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process)
		process = model_process_new(model, event);
	end_earlier(process, event);
	struct creation *creation = find_creation(process, event->object);
	if (creation && !creation->thread)
		confirm(model, creation, event);
	struct thread *thread = creation ? creation->thread : NULL;
	if (!thread || thread->state != THREAD_NEW)
		thread = model_thread_new(model, process, event->tid, event->time_ns);
	bind_tid(model, thread, event->tid);
	thread->state = THREAD_RUNNING;
	thread->start_ns = thread->end_ns = event->time_ns;
	thread->routine = (uint64_t)event->value;
	process->private->last_ns = event->time_ns;
	model_handle_set(thread, event->other);
	struct step step = model_step(STEP_THREAD_START, thread, event);
	step.other = thread->creator;
	model_emit(model, &step);
}

void model_thread_name(struct model *model, struct thread *thread, const struct event *event)
{
	(void)model;
	if (event->value == 0 && event->text)
		model_handle_name(thread->process, event->object, event->text);
}

void model_thread_detach(struct model *model, struct thread *thread, const struct event *event)
{
	(void)model;
	if (event->value == 0)
		model_handle_detach(thread->process, event->object);
}

void model_thread_exit(struct model *model, struct thread *thread, const struct event *event)
{
	model_handle_set(thread, event->object);
	while (thread->wait.kind != WAIT_NONE)
		model_wait_abort(model, thread, event, ECANCELED);
	thread->state = THREAD_EXITING;
	if (thread->is_main)
		thread->process->main_left = true;
	struct step step = model_step(STEP_THREAD_EXIT, thread, event);
	model_emit(model, &step);
}

void model_thread_end(struct thread *thread, int64_t time_ns)
{
	while (thread->wait.kind != WAIT_NONE)
		model_wait_end(thread);
	thread->state = THREAD_EXITED;
	thread->end_ns = time_ns;
	for (const struct hold *hold = thread->held; hold; hold = hold->next)
		hold->object->owner_died = true;
}

void model_thread_finish(struct thread *thread)
{
	const struct process *process = thread->process;
	bool is_blocked = thread->wait.kind != WAIT_NONE;

	if (thread->state == THREAD_EXITED)
		return;
	if (thread->state == THREAD_EXITING && !is_blocked) {
		model_thread_end(thread, thread->end_ns);
		return;
	}
	if (thread == process->exiting && process->has_exited && !is_blocked) {
		thread->state = THREAD_EXITED;
		thread->end_ns = process->end_ns;
		return;
	}
	thread->is_killed = true;
	thread->end_ns = process->end_ns;
}
