/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes: start, fork, exec, exit; their modules and stacks. */
#include <string.h>

#include "analyzer/model_priority.h"
#include "analyzer/model_fork.h"
#include "analyzer/model_private.h"

struct process *model_process_find(const struct model *model, int32_t pid)
{
	return address_table_get(&model->pids, (uint32_t)pid);
}

static void module_done(void *data)
{
	struct module *module = data;

	g_free((char *)module->path);
	g_free((char *)module->build_id);
}

struct process *model_process_new(struct model *model, const struct event *event)
{
	struct process *process = g_new0(struct process, 1);

	process->pid = event->pid;
	process->index = model->processes->len;
	process->start_ns = event->time_ns;
	process->modules = g_array_new(FALSE, TRUE, sizeof(struct module));
	g_array_set_clear_func(process->modules, module_done);
	process->threads = g_ptr_array_new();
	process->objects = g_ptr_array_new();
	process->private = g_new0(struct process_private, 1);
	process->private->blocks = g_ptr_array_new_with_free_func(g_free);
	process->private->last_ns = event->time_ns;
	g_ptr_array_add(model->processes, process);
	address_table_set(&model->pids, (uint32_t)event->pid, process);
	/* A thread of an earlier process of that pid must not be found again. */
	memset(model->recent, 0, sizeof(model->recent));
	return process;
}

void model_process_free(struct process *process)
{
	struct process_private *private = process->private;

	for (unsigned i = 0; i < process->threads->len; i++)
		model_thread_free(process->threads->pdata[i]);
	for (unsigned i = 0; i < process->objects->len; i++)
		model_object_free(process->objects->pdata[i]);
	g_ptr_array_unref(process->threads);
	g_ptr_array_unref(process->objects);
	g_array_unref(process->modules);
	address_table_done(&private->objects);
	address_table_done(&private->futexes);
	address_table_done(&private->names);
	address_table_done(&private->handles);
	model_handle_done(process);
	address_table_done(&private->creations);
	address_table_done(&private->threads);
	address_table_done(&private->stacks);
	g_ptr_array_unref(private->blocks);
	g_free(private);
	if (process->inherited)
		g_array_unref(process->inherited);
	g_free((char *)process->command);
	g_free(process);
}

/* A new program under a pid that the trace knows: the old one has become it. */
static void replace(struct model *model, const struct event *event)
{
	struct process *old = model_process_find(model, event->pid);

	if (!old)
		return;
	old->has_exited = true;
	old->private->is_replaced = true;
	old->end_ns = event->time_ns;
}

static struct process *parent_of(const struct model *model, const struct event *event)
{
	if (event->value <= 0 || event->value > INT32_MAX)
		return NULL;
	return model_process_find(model, (int32_t)event->value);
}

static void begin(struct model *model, const struct event *event, struct process *parent,
		  struct fork *fork, bool is_fork)
{
	replace(model, event);
	struct process *process = model_process_new(model, event);
	process->parent = parent;
	process->is_fork = is_fork && parent && parent != process;
	process->private->is_whole = !is_fork;
	process->command = g_strdup(event->text);
	struct thread *thread = model_thread_new(model, process, event->tid, event->time_ns);
	model_handle_set(thread, event->object);
	if (!is_fork)
		thread->priority = model_priority_usual();
	else if (fork)
		thread->priority = model_priority_inherited(model_fork_thread(fork));
	struct step step = model_step(STEP_PROCESS_START, thread, event);
	model_emit(model, &step);
	if (fork && process->is_fork)
		model_fork_inherit(model, fork, thread, event);
}

void model_process_start(struct model *model, const struct event *event)
{
	begin(model, event, parent_of(model, event), NULL, false);
}

/* A child tells of itself twice, the second time with its command line. */
static bool is_told_again(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process || !process->is_fork || process->has_exited)
		return false;
	if (!event->text || !*event->text || (process->command && *process->command))
		return false;
	g_free((char *)process->command);
	process->command = g_strdup(event->text);
	model_thread_of(model, event);
	return true;
}

void model_process_fork(struct model *model, const struct event *event)
{
	if (is_told_again(model, event))
		return;
	struct process *parent = parent_of(model, event);
	struct fork *fork = model_fork_claim(model, parent, event);
	begin(model, event, fork ? model_fork_thread(fork)->process : parent, fork, true);
}

/*
 * A child of vfork() has a pid of its own, but nothing else: exec and exit of
 * a pid that the trace does not know say nothing.
 */
void model_process_exec(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process)
		return;
	process->private->has_begun_exec = true;
	process->exiting = model_thread_of(model, event);
}

void model_process_exec_failed(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process)
		return;
	process->private->has_begun_exec = false;
	process->exiting = NULL;
}

void model_process_exit(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	if (!process)
		return;
	struct thread *thread = model_thread_of(model, event);
	process->has_exited = true;
	process->was_ended = model->hang != NULL;
	process->exiting = thread;
	struct step step = model_step(STEP_PROCESS_EXIT, thread, event);
	step.result = event->value;
	model_emit(model, &step);
}

/* The process of an event about the process as a whole. */
static struct process *process_of(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);

	return process ? process : model_process_new(model, event);
}

void model_process_module(struct model *model, const struct event *event)
{
	struct process *process = process_of(model, event);
	struct module module = { .start = event->object,
				 .size = event->other,
				 .path = g_strdup(event->text ? event->text : ""),
				 .build_id = g_strdup(event->build_id ? event->build_id : "") };

	g_array_append_val(process->modules, module);
}

void model_process_stack(struct model *model, const struct event *event)
{
	struct process_private *private = process_of(model, event)->private;
	size_t bytes = event->frame_count * sizeof(uint64_t);
	struct stack_frames *stack = g_malloc0(sizeof(*stack) + bytes);

	stack->count = event->frame_count;
	if (bytes)
		memcpy(stack->frames, event->frames, bytes);
	g_ptr_array_add(private->blocks, stack);
	address_table_set(&private->stacks, event->object, stack);
}

/* How many forks back a stack or a module is looked for; chains of forks may be long. */
#define FORKS_BACK 64

const uint64_t *process_frames(const struct process *process, uint64_t stack, size_t *count)
{
	struct stack_frames *found = NULL;

	for (int i = 0; !found && process && process->private && i < FORKS_BACK; i++) {
		found = address_table_get(&process->private->stacks, stack);
		process = process->is_fork ? process->parent : NULL;
	}
	*count = found ? found->count : 0;
	return found ? found->frames : NULL;
}

static const struct module *own_module(const struct process *process, uint64_t address)
{
	for (unsigned i = process->modules->len; i-- > 0;) {
		const struct module *module = &g_array_index(process->modules, struct module, i);

		if (address >= module->start && address - module->start < module->size)
			return module;
	}
	return NULL;
}

const struct module *process_module(const struct process *process, uint64_t address)
{
	const struct module *found = NULL;

	for (int i = 0; !found && process && i < FORKS_BACK; i++) {
		found = own_module(process, address);
		process = process->is_fork ? process->parent : NULL;
	}
	return found;
}

/*
 * A join whose pthread_t nobody told: it is that of the only thread whose own is not
 * known and which nobody has joined, mostly the main thread.
 */
static void guess_joined(struct process *process)
{
	struct thread *only = NULL;
	unsigned candidates = 0;

	for (unsigned i = 0; i < process->threads->len; i++) {
		struct thread *thread = process->threads->pdata[i];

		if (thread->handle || thread->was_joined)
			continue;
		only = thread;
		candidates++;
	}
	for (unsigned i = 0; candidates == 1 && i < process->threads->len; i++) {
		struct wait *wait = &((struct thread *)process->threads->pdata[i])->wait;

		if (wait->kind == WAIT_JOIN && !wait->target && process->threads->pdata[i] != only)
			wait->target = only;
	}
}

static void settle_joins(struct model *model, struct process *process)
{
	for (unsigned i = 0; i < process->threads->len; i++) {
		struct wait *wait = &((struct thread *)process->threads->pdata[i])->wait;

		if (wait->kind == WAIT_JOIN && !wait->target)
			wait->target = model_handle_thread(process, wait->handle);
	}
	guess_joined(process);
	for (unsigned i = 0; i < process->threads->len; i++) {
		const struct wait *wait = &((struct thread *)process->threads->pdata[i])->wait;

		if (wait->kind == WAIT_JOIN && !wait->target)
			model->misfits.unknown_thread++;
	}
}

void model_process_finish(struct model *model, struct process *process)
{
	struct process_private *private = process->private;

	if (private->has_begun_exec)
		process->has_exited = true;
	/* What runs at exit may block for ever as well. */
	if (!private->is_replaced && process->exiting && process->exiting->wait.kind != WAIT_NONE)
		process->has_exited = false;
	if (!private->is_replaced)
		process->end_ns = process->has_exited ? private->last_ns : model->end_ns;
	settle_joins(model, process);
	model->misfits.unknown_thread += model_handle_unknown(process);
	for (unsigned i = 0; i < process->threads->len; i++)
		model_thread_finish(process->threads->pdata[i]);
	for (unsigned i = 0; i < process->objects->len; i++) {
		struct object *object = process->objects->pdata[i];
		const struct hold *late = model_is_lock(object) ? object_private(object)->lock.late
								: NULL;

		for (; late; late = late->next_holder)
			model->misfits.acquire_held++;
	}
}
