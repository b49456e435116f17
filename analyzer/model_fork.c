/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forks: which locks the child begins with.
 *
 * The child is a copy of its parent at the moment of the fork. The trace does not have that
 * moment: it is after the begin, after the locks that the forking thread acquired then (in
 * handlers that run before a fork), and before that thread's next release. So what everybody
 * held is noted at the begin and at each such acquire; the last note is the child's.
 *
 * The child holds what the forking thread held. What other threads held it has inherited:
 * nobody is there to release it.
 */
#include "analyzer/model_fork.h"
#include "analyzer/model_private.h"

/* How many forks may wait for their child; most children that never tell have called exec. */
#define FORKS_MAX 256
/* How many acquires of one fork are followed. */
#define NOTES_MAX 64
/* How many holds a child begins with, or inherits. */
#define HOLDS_MAX 4096

struct note {
	struct inherited_hold hold;
	unsigned depth;
	bool is_read;
};

struct fork {
	struct process *parent;
	struct thread *thread;
	struct place place;
	int64_t begin_ns;
	int32_t child;	 /* its pid, 0 unknown */
	bool is_claimed; /* the child has begun */
	unsigned notes;
	GArray *own, *others; /* struct note; struct inherited_hold */
};

void model_fork_free(void *pointer)
{
	struct fork *fork = pointer;

	if (thread_private(fork->thread)->fork == fork)
		thread_private(fork->thread)->fork = NULL;
	g_array_unref(fork->own);
	g_array_unref(fork->others);
	g_free(fork);
}

static void note_thread(const struct fork *fork, const struct thread *thread)
{
	const struct hold *hold = thread->held;

	for (; hold && fork->own->len + fork->others->len < HOLDS_MAX; hold = hold->next) {
		struct note note = { .hold = { .address = hold->object->address,
					       .object = hold->object,
					       .holder = hold->thread,
					       .place = hold->place,
					       .since_ns = hold->since_ns },
				     .depth = hold->depth,
				     .is_read = hold->is_read };

		if (thread == fork->thread)
			g_array_append_val(fork->own, note);
		else
			g_array_append_val(fork->others, note.hold);
	}
}

static void note_holds(struct fork *fork)
{
	const GPtrArray *threads = fork->parent->threads;

	g_array_set_size(fork->own, 0);
	g_array_set_size(fork->others, 0);
	for (unsigned i = 0; i < threads->len; i++)
		note_thread(fork, threads->pdata[i]);
	fork->notes++;
}

/* The fork that thread has begun and not ended, or NULL. */
static struct fork *open_fork(const struct model *model, const struct thread *thread)
{
	for (unsigned i = model->forks->len; i-- > 0;) {
		struct fork *fork = model->forks->pdata[i];

		if (fork->thread == thread && !fork->child)
			return fork;
	}
	return NULL;
}

void model_fork_begin(struct model *model, struct thread *thread, const struct event *event)
{
	struct fork *fork = g_new0(struct fork, 1);
	struct fork *unended = open_fork(model, thread);

	if (unended)
		g_ptr_array_remove(model->forks, unended);
	if (model->forks->len == FORKS_MAX)
		g_ptr_array_remove_index(model->forks, 0);
	fork->parent = thread->process;
	fork->thread = thread;
	fork->place = model_place(thread, event);
	fork->begin_ns = event->time_ns;
	fork->own = g_array_new(FALSE, FALSE, sizeof(struct note));
	fork->others = g_array_new(FALSE, FALSE, sizeof(struct inherited_hold));
	g_ptr_array_add(model->forks, fork);
	note_holds(fork);
	thread_private(thread)->fork = fork;
	struct step step = model_step(STEP_FORK, thread, event);
	model_emit(model, &step);
}

void model_fork_end(struct model *model, struct thread *thread, const struct event *event)
{
	struct fork *fork = open_fork(model, thread);

	if (!fork) {
		model->misfits.end_without_begin++;
		return;
	}
	model_fork_released(thread);
	if (fork->is_claimed || event->value != 0 || event->object - 1 >= INT32_MAX)
		g_ptr_array_remove(model->forks, fork);
	else
		fork->child = (int32_t)event->object;
}

void model_fork_acquired(struct thread *thread)
{
	struct fork *fork = thread_private(thread)->fork;

	note_holds(fork);
	if (fork->notes == NOTES_MAX)
		model_fork_released(thread);
}

void model_fork_released(struct thread *thread)
{
	thread_private(thread)->fork = NULL;
}

/*
 * The parent's end may come before the child's first event; then its pid is known. Else it
 * is the latest of its parent. A parent that daemon() has left is not the parent any more.
 */
struct fork *model_fork_claim(struct model *model, const struct process *parent,
			      const struct event *event)
{
	struct fork *found = NULL;

	for (unsigned i = 0; i < model->forks->len; i++) {
		struct fork *fork = model->forks->pdata[i];
		bool is_left = !parent && fork->parent->has_exited;

		if (fork->is_claimed || fork->parent->pid == event->pid)
			continue;
		if (fork->child == event->pid ||
		    (!fork->child && (fork->parent == parent || is_left) &&
		     !(found && found->child)))
			found = fork;
	}
	if (!found)
		return NULL;
	found->is_claimed = true;
	model_fork_released(found->thread);
	return found;
}

const struct thread *model_fork_thread(const struct fork *fork)
{
	return fork->thread;
}

/* Is a lock that a process inherited still as it was when that process forks? */
static bool is_untouched(const struct process *process, const struct inherited_hold *hold)
{
	const struct object *object = address_table_get(&process->private->objects, hold->address);

	return !object || (!object->last_holder && !object->is_destroyed &&
			   object->init_place.process != process);
}

static GArray *inherited(const struct fork *fork)
{
	const GArray *before = fork->parent->inherited;
	GArray *holds = g_array_new(FALSE, FALSE, sizeof(struct inherited_hold));

	g_array_append_vals(holds, fork->others->data, fork->others->len);
	for (unsigned i = 0; before && i < before->len && holds->len < HOLDS_MAX; i++) {
		const struct inherited_hold *hold =
			&g_array_index(before, struct inherited_hold, i);

		if (is_untouched(fork->parent, hold))
			g_array_append_vals(holds, hold, 1);
	}
	return holds;
}

static void carry_over(struct model *model, struct thread *thread, const struct note *note,
		       const struct event *event)
{
	const struct inherited_hold *hold = &note->hold;
	struct acquisition how = { .place = hold->place, .is_try = true, .is_read = note->is_read };
	struct object *object =
		model_object_at(model, thread, event, hold->address, hold->object->kind);

	model_lock_take(model, thread, object, event, &how);
	object->holder->depth = note->depth;
}

void model_fork_inherit(struct model *model, struct fork *fork, struct thread *thread,
			const struct event *event)
{
	struct process *process = thread->process;
	/* Who tells late has run the handlers after the fork, which release locks. */
	bool is_late = event->text && *event->text;
	GArray *holds = inherited(fork);

	process->fork_place = fork->place;
	if (holds->len > 0)
		process->inherited = holds;
	else
		g_array_unref(holds);
	for (unsigned i = 0; i < fork->own->len; i++) {
		const struct note *note = &g_array_index(fork->own, struct note, i);

		if (!is_late || note->hold.since_ns <= fork->begin_ns)
			carry_over(model, thread, note, event);
	}
	if (fork->child)
		g_ptr_array_remove(model->forks, fork);
}
