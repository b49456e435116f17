/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Primitives used as they must not be: locks and conditions in the hands of the wrong thread. */
#include "analyzer/analyses/misuse.h"

#include <errno.h>

#include "analyzer/analysis.h"

static guint fault_hash(gconstpointer key)
{
	const struct misuse_fault *fault = key;
	guint64 site = fault->after.place.site;

	return g_int64_hash(&site) ^ (fault->object->id * 31U + (guint)fault->what);
}

/* The same thing done to the same object in the same place. */
static gboolean fault_equal(gconstpointer a, gconstpointer b)
{
	const struct misuse_fault *left = a, *right = b;

	return left->what == right->what && left->object == right->object &&
	       left->after.place.site == right->after.place.site &&
	       left->is_doubtful == right->is_doubtful;
}

static void process_done(void *data)
{
	struct misuse_process *process = data;

	g_clear_pointer(&process->inherited, g_hash_table_unref);
}

static void *start(void)
{
	struct misuse *self = g_new0(struct misuse, 1);

	self->objects = g_array_new(FALSE, TRUE, sizeof(struct misuse_object));
	self->exits = g_array_new(FALSE, TRUE, sizeof(struct misuse_act));
	self->processes = g_array_new(FALSE, TRUE, sizeof(struct misuse_process));
	g_array_set_clear_func(self->processes, process_done);
	self->faults = g_ptr_array_new_with_free_func(misuse_fault_free);
	self->barriers = misuse_barriers_new();
	self->known = g_hash_table_new(fault_hash, fault_equal);
	return self;
}

struct misuse_object *misuse_object(struct misuse *self, const struct object *object)
{
	if (object->id >= self->objects->len)
		g_array_set_size(self->objects, object->id + 1);
	return &g_array_index(self->objects, struct misuse_object, object->id);
}

struct misuse_process *misuse_process(struct misuse *self, const struct process *process)
{
	if (process->index >= self->processes->len)
		g_array_set_size(self->processes, process->index + 1);
	return &g_array_index(self->processes, struct misuse_process, process->index);
}

struct misuse_act misuse_act(const struct thread *thread, const struct step *step)
{
	return (struct misuse_act){ .thread = thread,
				    .place = step->place,
				    .time_ns = step->time_ns };
}

struct misuse_act misuse_acquired(const struct hold *hold)
{
	return (struct misuse_act){ .thread = hold->thread,
				    .place = hold->place,
				    .time_ns = hold->since_ns };
}

struct misuse_act misuse_begun(const struct thread *thread, const struct wait *wait)
{
	return (struct misuse_act){ .thread = thread,
				    .place = wait->place,
				    .time_ns = wait->since_ns };
}

struct misuse_fault *misuse_add(struct misuse *self, const struct misuse_fault *fault)
{
	struct misuse_fault *known = g_hash_table_lookup(self->known, fault);

	if (!known) {
		known = g_memdup2(fault, sizeof(*fault));
		g_ptr_array_add(self->faults, known);
		g_hash_table_add(self->known, known);
	}
	known->count++;
	return known;
}

bool misuse_is_lock(const struct object *object)
{
	return object->kind == OBJECT_MUTEX || object->kind == OBJECT_SPIN ||
	       object->kind == OBJECT_RWLOCK;
}

/*
 * A robust mutex from a dead owner, given back as it was. The hold of a thread that has left its
 * routine ends otherwise: by its death.
 */
static bool is_left_inconsistent(const struct step *step)
{
	return step->object->is_inconsistent && step->thread->state != THREAD_EXITED &&
	       step->thread->state != THREAD_EXITING;
}

/* Few releases are wrong, and a fault is large. */
static __attribute__((noinline)) struct misuse_fault *
add_wrong_release(struct misuse *self, const struct step *step, enum misuse_case what)
{
	const struct thread *releaser = step->other ? step->other : step->thread;
	struct misuse_fault fault = { .what = what,
				      .object = step->object,
				      .before = misuse_acquired(step->hold),
				      .after = misuse_act(releaser, step) };

	return misuse_add(self, &fault);
}

static void on_release(struct misuse *self, const struct step *step)
{
	struct misuse_object *object = misuse_object(self, step->object);

	object->released = misuse_act(step->other ? step->other : step->thread, step);
	object->robbed = step->other ? step->thread : NULL;
	object->unlocking = NULL;
	if (!misuse_is_lock(step->object))
		return;
	/* A native lock is anybody's to release; an rlock says that it was not. */
	if (step->other && step->object->native == NATIVE_LOCK)
		return;
	if (step->other) {
		object->unlocking = add_wrong_release(self, step, MISUSE_UNLOCK_NOT_OWNER);
		object->unlocker = step->other;
	} else if (is_left_inconsistent(step)) {
		add_wrong_release(self, step, MISUSE_ROBUST_INCONSISTENT);
	}
}

/*
 * A lock never seen locked may have been so before the trace, by another process, or
 * at an address that had been another lock's. A thread whose hold another one has ended does
 * right when it releases.
 */
static void on_release_unheld(struct misuse *self, const struct step *step)
{
	struct misuse_object *object = misuse_object(self, step->object);
	struct misuse_fault fault = { .what = MISUSE_DOUBLE_UNLOCK,
				      .is_doubtful = step->object->is_shared,
				      .object = step->object,
				      .before = object->released,
				      .after = misuse_act(step->thread, step) };
	bool is_known = object->is_made || !step->object->previous;

	bool is_robbed = object->robbed == step->thread;
	object->robbed = NULL;
	object->unlocking = NULL;
	object->released = fault.after;
	if (!misuse_is_lock(step->object) || is_robbed)
		return;
	if (!fault.before.thread) {
		fault.what = MISUSE_UNLOCK_NEVER_LOCKED;
		if (object->is_made)
			fault.before = object->made;
		if (!is_known || step->object->is_shared ||
		    !misuse_process(self, step->process)->has_start)
			return;
	}
	object->unlocking = misuse_add(self, &fault);
	object->unlocker = step->thread;
}

/* A recursive mutex that another thread has locked more than once: no hold seemed to end. */
static void refused_to_other(struct misuse *self, const struct step *step)
{
	const struct hold *hold = step->object->holder;

	if (step->result != EPERM || !hold || hold->thread == step->thread || hold->is_read)
		return;
	struct misuse_fault fault = { .what = MISUSE_UNLOCK_NOT_OWNER,
				      .object = step->object,
				      .before = misuse_acquired(hold),
				      .after = misuse_act(step->thread, step),
				      .result = step->result };
	misuse_add(self, &fault);
}

static void on_release_failed(struct misuse *self, const struct step *step)
{
	struct misuse_object *object = misuse_object(self, step->object);

	if (object->unlocking && object->unlocker == step->thread)
		object->unlocking->result = step->result;
	else
		refused_to_other(self, step);
	misuse_object(self, step->object)->unlocking = NULL;
	if (step->result == EINVAL)
		misuse_refused(self, step);
}

static const struct hold *hold_of(const struct thread *thread, const struct object *object)
{
	const struct hold *hold = thread->held;

	while (hold && hold->object != object)
		hold = hold->next;
	return hold;
}

/* A request that the thread's own hold made vain, or which can never be granted. */
static bool is_upgrade(const struct step *step, const struct hold *hold)
{
	bool is_read = step->is_read || (step->wait && step->wait->is_read);

	if (!hold || !hold->is_read || is_read)
		return false;
	return step->result == EDEADLK || step->result == ETIMEDOUT ||
	       (step->result == EBUSY && step->kind == STEP_TRY_FAILED);
}

static bool is_relock(const struct step *step, const struct hold *hold)
{
	const struct object *object = step->object;
	bool is_recursive = object->kind == OBJECT_MUTEX && object->mutex_kind >= 0 &&
			    (object->mutex_kind & MUTEX_TYPE_MASK) == MUTEX_RECURSIVE;

	/* A native lock may be released for it by another thread. */
	if (is_recursive || (hold && hold->is_read) || object->native == NATIVE_LOCK)
		return false;
	/* Who holds it without our having seen it is told so by the lock itself. */
	return (step->result == EDEADLK && (hold || !object->holder)) ||
	       (step->result == ETIMEDOUT && hold);
}

static void on_request_failed(struct misuse *self, const struct step *step)
{
	const struct hold *hold = hold_of(step->thread, step->object);
	struct misuse_fault fault = { .object = step->object,
				      .after = misuse_act(step->thread, step),
				      .result = step->result };

	if (step->result == EINVAL)
		misuse_refused(self, step);
	if (hold)
		fault.before = misuse_acquired(hold);
	if (step->wait)
		fault.after = misuse_begun(step->thread, step->wait);
	if (!misuse_is_lock(step->object))
		return;
	if (is_upgrade(step, hold)) {
		bool is_try = step->kind == STEP_TRY_FAILED;
		fault.what = is_try ? MISUSE_TRY_UPGRADE : MISUSE_UPGRADE;
		misuse_add(self, &fault);
	} else if (is_relock(step, hold)) {
		fault.what = MISUSE_RELOCK;
		misuse_add(self, &fault);
	}
}

static void wait_without_mutex(struct misuse *self, const struct step *step)
{
	struct object *mutex = step->wait->mutex;
	struct misuse_fault fault = { .what = MISUSE_WAIT_WITHOUT_MUTEX,
				      .object = step->object,
				      .mutex = mutex,
				      .after = misuse_act(step->thread, step) };

	if (mutex && mutex->holder) {
		fault.before = misuse_acquired(mutex->holder);
		fault.before_action = "acquired";
	} else if (mutex) {
		fault.before = misuse_object(self, mutex)->released;
		fault.before_action = "released";
	}
	misuse_add(self, &fault);
}

/*
 * All who wait on a condition wait with one mutex, so it is enough to look at the latest. One
 * whose time is over no longer waits, and the trace tells that only when it has the mutex.
 */
static void on_cond_wait(struct misuse *self, const struct step *step)
{
	const struct thread *other = step->thread->previous_waiter;

	if (step->result == EINVAL)
		misuse_refused(self, step);
	if (!step->wait->had_mutex)
		wait_without_mutex(self, step);
	if (!other || other->wait.is_woken || !other->wait.mutex || !step->wait->mutex ||
	    other->wait.mutex == step->wait->mutex)
		return;
	struct misuse_fault fault = { .what = MISUSE_WAIT_OTHER_MUTEX,
				      .is_doubtful = other->wait.is_timed,
				      .object = step->object,
				      .mutex = step->wait->mutex,
				      .other_mutex = other->wait.mutex,
				      .before = misuse_begun(other, &other->wait),
				      .after = misuse_act(step->thread, step) };
	misuse_add(self, &fault);
}

static void on_thread_exit(struct misuse *self, const struct step *step)
{
	if (step->thread->id >= self->exits->len)
		g_array_set_size(self->exits, step->thread->id + 1);
	g_array_index(self->exits, struct misuse_act, step->thread->id) =
		misuse_act(step->thread, step);
}

static void object_step(struct misuse *self, const struct step *step)
{
	switch (step->kind) {
	case STEP_RELEASE:
		on_release(self, step);
		break;
	case STEP_RELEASE_UNHELD:
		on_release_unheld(self, step);
		break;
	case STEP_RELEASE_FAILED:
		on_release_failed(self, step);
		break;
	case STEP_REQUEST_FAILED:
	case STEP_TRY_FAILED:
		on_request_failed(self, step);
		break;
	case STEP_WAIT_BEGIN:
		if (step->wait->kind == WAIT_COND)
			on_cond_wait(self, step);
		break;
	case STEP_SIGNAL:
	case STEP_BROADCAST:
		if (step->object->kind == OBJECT_COND && step->result == EINVAL)
			misuse_refused(self, step);
		break;
	case STEP_INIT:
		misuse_init(self, step);
		break;
	case STEP_DESTROY:
		misuse_destroy(self, step);
		break;
	default:
		break;
	}
}

static void step(void *context, const struct step *step)
{
	struct misuse *self = context;

	if (step->kind == STEP_PROCESS_START)
		misuse_process(self, step->process)->has_start = true;
	else if (step->kind == STEP_PROCESS_EXIT)
		misuse_process(self, step->process)->has_exit = true;
	else if (step->kind == STEP_THREAD_EXIT)
		on_thread_exit(self, step);
	if (!step->object || step->kind == STEP_TALLY)
		return;
	if (!misuse_object(self, step->object)->is_seen)
		misuse_first_use(self, step);
	if (step->process->inherited && misuse_is_lock(step->object))
		misuse_in_fork(self, step);
	object_step(self, step);
	misuse_native(self, step);
}

static void finish(void *context, const struct model *model, struct names *names,
		   struct report *report)
{
	struct misuse *self = context;
	struct wording wording = { .model = model, .names = names, .report = report };

	misuse_finish(self, model);
	misuse_report(&wording, self->faults);
	g_array_unref(self->objects);
	g_array_unref(self->exits);
	g_array_unref(self->processes);
	g_hash_table_unref(self->known);
	g_hash_table_unref(self->barriers);
	g_ptr_array_unref(self->faults);
	g_free(self);
}

const struct analysis analysis_misuse = {
	.name = "misuse",
	.summary = "primitives used as they must not be",
	.start = start,
	.step = step,
	.finish = finish,
};
