/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which thread a pthread_t names.
 *
 * A creator may name, detach or join a thread whose own first event, which tells its
 * pthread_t, comes later. What is said of such a handle is noted, and belongs to the
 * thread that says it is the one.
 */
#include "analyzer/model_priority.h"
#include "analyzer/model_private.h"

/* What was said of a thread before it was known. */
struct handle_note {
	char *name; /* Owned by this, NULL none */
	bool is_detached;
	/* What was said of its policy and its nice value; there is none where has_ is false. */
	bool has_policy, has_nice;
	int64_t policy, nice;
	bool is_used;
};

static void note_free(void *pointer)
{
	struct handle_note *note = pointer;

	g_free(note->name);
	g_free(note);
}

static struct handle_note *note_of(struct process *process, uint64_t handle)
{
	struct process_private *private = process->private;
	struct handle_note *note = address_table_get(&private->notes, handle);

	if (note && !note->is_used)
		return note;
	note = g_new0(struct handle_note, 1);
	if (!private->all_notes)
	private->all_notes = g_ptr_array_new_with_free_func(note_free);
	g_ptr_array_add(private->all_notes, note);
	address_table_set(&private->notes, handle, note);
	return note;
}

void model_handle_done(struct process *process)
{
	address_table_done(&process->private->notes);
	if (process->private->all_notes)
		g_ptr_array_unref(process->private->all_notes);
}

void model_handle_set(struct thread *thread, uint64_t handle)
{
	struct process_private *private = thread->process->private;

	if (!handle || thread->handle)
		return;
	thread->handle = handle;
	address_table_set(&private->handles, handle, thread);
	struct handle_note *note = address_table_get(&private->notes, handle);
	if (!note || note->is_used)
		return;
	note->is_used = true;
	if (note->name) {
		g_free((char *)thread->name);
		thread->name = g_steal_pointer(&note->name);
	}
	if (note->is_detached)
		thread->is_detached = true;
	if (note->has_policy)
		model_priority_change(&thread->priority, OPERATION_POLICY, note->policy);
	if (note->has_nice)
		model_priority_change(&thread->priority, OPERATION_NICE, note->nice);
}

struct thread *model_handle_thread(const struct process *process, uint64_t handle)
{
	struct thread *thread = address_table_get(&process->private->handles, handle);

	if (!thread || thread->was_joined)
		return NULL;
	if (thread->is_detached && thread->state >= THREAD_EXITING)
		return NULL;
	return thread;
}

void model_handle_name(struct process *process, uint64_t handle, const char *name)
{
	struct thread *thread = model_handle_thread(process, handle);
	struct handle_note *note = thread ? NULL : note_of(process, handle);
	const char **owner = thread ? &thread->name : (const char **)&note->name;

	g_free((char *)*owner);
	*owner = g_strdup(name);
}

void model_handle_detach(struct process *process, uint64_t handle)
{
	struct thread *thread = model_handle_thread(process, handle);

	if (thread)
		thread->is_detached = true;
	else
		note_of(process, handle)->is_detached = true;
}

struct thread *model_handle_priority(struct process *process, uint64_t handle,
				     enum event_operation operation, int64_t value)
{
	struct thread *thread = model_handle_thread(process, handle);

	if (thread) {
		model_priority_change(&thread->priority, operation, value);
		return thread;
	}
	struct handle_note *note = note_of(process, handle);
	if (operation == OPERATION_NICE) {
		note->has_nice = true;
		note->nice = value;
	} else {
		note->has_policy = true;
		note->policy = value;
	}
	return NULL;
}

unsigned model_handle_unknown(const struct process *process)
{
	const GPtrArray *notes = process->private->all_notes;
	unsigned count = 0;

	for (unsigned i = 0; notes && i < notes->len; i++)
		count += !((struct handle_note *)notes->pdata[i])->is_used;
	return count;
}
