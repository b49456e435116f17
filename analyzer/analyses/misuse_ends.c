/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Misuse where the life of an object, a thread or a process begins or ends. */
#include "analyzer/analyses/misuse.h"

#include <errno.h>
#include <string.h>

/* Within this time of the end of its process, a thread may still have been about to release. */
#define LAST_MOMENT_NS 100000000

bool misuse_is_inherited(const struct hold *hold)
{
	const struct process *process = hold->thread->process;

	return process->is_fork &&
	       (hold->place.process != process || hold->since_ns <= process->start_ns);
}

static bool is_robust(const struct object *object)
{
	return object->kind == OBJECT_MUTEX && object->mutex_kind >= 0 &&
	       (object->mutex_kind & MUTEX_ROBUST);
}

/* Who still has to come out of a wait for object, or NULL. */
static const struct thread *waiter_of(const struct object *object)
{
	const struct thread *thread = object->waiters;

	/* The count of a semaphore is for somebody who is on the way. */
	if (object->kind == OBJECT_SEMAPHORE && object->count > 0)
		return NULL;
	while (thread && thread->wait.kind != WAIT_LOCK && thread->wait.is_woken)
		thread = thread->next_waiter;
	return thread;
}

static void tell_waiter(struct misuse_fault *fault, const struct thread *waiter)
{
	fault->before = misuse_begun(waiter, &waiter->wait);
	fault->before_action = wording_action(WORDING_WAITS, fault->object, waiter->wait.is_read);
}

/*
 * Where the object lies in a file's mapping: its memory was not freed between two uses, unless
 * a library was unloaded.
 */
static bool is_static(const struct object *object, bool *is_library)
{
	const struct module *module = process_module(object->process, object->address);

	if (!module)
		return false;
	const char *slash = strrchr(module->path, '/');
	*is_library = strstr(slash ? slash : module->path, ".so") != NULL;
	return true;
}

/* The life of old ended without a call: was that memory freed, or is it misuse? */
static void init_again(struct misuse *self, const struct step *step, struct misuse_fault *fault)
{
	const struct object *old = step->old;
	const struct misuse_object *known = misuse_object(self, old);
	const struct thread *waiter = waiter_of(old);
	const struct hold *hold = old->holder;
	bool is_library = false;
	bool is_fixed = is_static(old, &is_library) && !is_library;

	if (waiter) {
		fault->what = MISUSE_INIT_WAITED_ON;
		tell_waiter(fault, waiter);
	} else if (hold && !misuse_is_inherited(hold) && hold->thread->state != THREAD_EXITED) {
		fault->what = MISUSE_INIT_HELD;
		fault->before = misuse_acquired(hold);
		fault->is_doubtful = !is_fixed;
	} else if (known->is_made && (is_fixed || is_library)) {
		fault->what = is_fixed ? MISUSE_INIT_AGAIN : MISUSE_PERHAPS_INIT_AGAIN;
		fault->before = known->made;
		fault->is_doubtful = !is_fixed;
	} else {
		return;
	}
	misuse_add(self, fault);
}

void misuse_init(struct misuse *self, const struct step *step)
{
	struct misuse_object *object = misuse_object(self, step->object);
	struct misuse_fault fault = { .object = step->old,
				      .after = misuse_act(step->thread, step) };

	object->made = fault.after;
	object->is_made = true;
	if (step->old && step->old->kind == step->object->kind)
		init_again(self, step, &fault);
}

void misuse_destroy(struct misuse *self, const struct step *step)
{
	const struct hold *hold = step->object->holder;
	const struct thread *waiter = waiter_of(step->object);
	struct misuse_fault fault = { .object = step->object,
				      .after = misuse_act(step->thread, step) };
	struct misuse_object *object = misuse_object(self, step->object);

	object->made = fault.after;
	object->is_destroyed = true;
	if (waiter) {
		fault.what = MISUSE_DESTROY_WAITED_ON;
		tell_waiter(&fault, waiter);
		misuse_add(self, &fault);
	}
	if (!hold || misuse_is_inherited(hold))
		return;
	if (is_robust(step->object) &&
	    (step->object->owner_died || hold->thread->state == THREAD_EXITED))
		return;
	fault.before_action = NULL;
	fault.what = MISUSE_DESTROY_LOCKED;
	fault.before = misuse_acquired(hold);
	misuse_add(self, &fault);
}

static const char *action_of(const struct step *step)
{
	switch (step->kind) {
	case STEP_ACQUIRE:
		return "acquired";
	case STEP_REQUEST:
	case STEP_REQUEST_FAILED:
		return "requested";
	case STEP_TRY_FAILED:
		return "tried";
	case STEP_TAKE:
		return "took";
	case STEP_WAIT_BEGIN:
		return step->object->kind == OBJECT_BARRIER ? "arrived at" : "waited for";
	case STEP_SIGNAL:
		return step->object->kind == OBJECT_SEMAPHORE ? "posted" : "signalled";
	case STEP_BROADCAST:
		return "broadcast";
	case STEP_DESTROY:
		return "destroyed";
	case STEP_RELEASE_UNHELD:
	case STEP_RELEASE_FAILED:
		return "released";
	default:
		return "used";
	}
}

/* What was destroyed where step's object is now, and its memory not left since; or NULL. */
static const struct object *destroyed_before(struct misuse *self, const struct step *step)
{
	const struct object *old = step->object->previous;

	if (!old || old->kind != step->object->kind || old->is_gone || old->is_shared)
		return NULL;
	if (misuse_object(self, step->object)->is_made)
		return NULL;
	return misuse_object(self, old)->is_destroyed ? old : NULL;
}

static void used_after(struct misuse *self, const struct step *step, struct misuse_fault *fault)
{
	fault->after = misuse_act(step->thread, step);
	fault->after_action = action_of(step);
	if (step->kind == STEP_REQUEST_FAILED)
		fault->after = misuse_begun(step->thread, step->wait);
	misuse_add(self, fault);
}

/*
 * What has no static initialiser is made by a call or not at all. A rwlock
 * has one: its memory may have been freed, and be another lock's by now.
 */
void misuse_first_use(struct misuse *self, const struct step *step)
{
	struct misuse_fault fault = { .what = MISUSE_USE_AFTER_DESTROY };
	bool is_library = false;

	misuse_object(self, step->object)->is_seen = true;
	if (step->kind == STEP_INIT)
		return;
	fault.object = destroyed_before(self, step);
	if (!fault.object)
		return;
	switch (step->object->kind) {
	case OBJECT_RWLOCK:
		if (!is_static(fault.object, &is_library) || is_library)
			return;
		fault.what = MISUSE_PERHAPS_AFTER_DESTROY;
		fault.is_doubtful = true;
		break;
	case OBJECT_SPIN:
	case OBJECT_SEMAPHORE:
	case OBJECT_BARRIER:
		break;
	default:
		return;
	}
	fault.before = misuse_object(self, fault.object)->made;
	used_after(self, step, &fault);
}

void misuse_refused(struct misuse *self, const struct step *step)
{
	struct misuse_fault fault = { .what = MISUSE_USE_AFTER_DESTROY,
				      .object = destroyed_before(self, step) };
	bool is_cond = step->object->kind == OBJECT_COND;

	if (!fault.object && !is_cond)
		return;
	if (fault.object)
		fault.before = misuse_object(self, fault.object)->made;
	else
		fault.object = step->object;
	/* What a call on a condition returns is not told, only what state it was in. */
	fault.result = is_cond ? 0 : step->result;
	used_after(self, step, &fault);
}

static GHashTable *inherited_addresses(const struct process *process)
{
	GHashTable *addresses = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	for (unsigned i = 0; i < process->inherited->len; i++) {
		const struct inherited_hold *hold =
			&g_array_index(process->inherited, struct inherited_hold, i);
		/* The parent can still release what both share. */
		if (misuse_is_lock(hold->object) && !hold->object->is_shared)
			g_hash_table_add(addresses,
					 g_memdup2(&hold->address, sizeof(hold->address)));
	}
	return addresses;
}

void misuse_in_fork(struct misuse *self, const struct step *step)
{
	struct misuse_process *process = misuse_process(self, step->process);

	if (!process->inherited)
		process->inherited = inherited_addresses(step->process);
	/* What the thread that forked held, the child holds from the beginning. */
	if (step->kind == STEP_ACQUIRE && misuse_is_inherited(step->hold))
		return;
	switch (step->kind) {
	case STEP_REQUEST:
	case STEP_TRY_FAILED:
		process->has_used = true;
		break;
	case STEP_ACQUIRE:
		process->has_used = true;
		g_hash_table_remove(process->inherited, &step->object->address);
		break;
	case STEP_INIT:
	case STEP_DESTROY:
		g_hash_table_remove(process->inherited, &step->object->address);
		break;
	default:
		break;
	}
}

/* The thread of the parent that forked: its handle is that of the child's first thread. */
static const struct thread *forker_of(const struct process *child)
{
	const struct thread *first = child->threads->pdata[0];
	const GPtrArray *threads = child->parent->threads;

	for (unsigned i = threads->len; first->handle && i-- > 0;) {
		const struct thread *thread = threads->pdata[i];
		if (thread->handle == first->handle && thread->start_ns <= child->start_ns)
			return thread;
	}
	return threads->pdata[0];
}

static bool is_waited_for(const struct process *process, uint64_t address)
{
	for (unsigned i = 0; i < process->threads->len; i++) {
		const struct wait *wait = &((struct thread *)process->threads->pdata[i])->wait;
		if (wait->kind == WAIT_LOCK && wait->object->address == address)
			return true;
	}
	return false;
}

static void finish_fork(struct misuse *self, const struct process *child)
{
	const struct misuse_process *known = misuse_process(self, child);
	/* What ended without exit and was not killed has become another program. */
	bool has_execed = child->has_exited && !known->has_exit;

	if (!known->has_used || has_execed)
		return;
	for (unsigned i = 0; i < child->inherited->len; i++) {
		const struct inherited_hold *hold =
			&g_array_index(child->inherited, struct inherited_hold, i);
		struct misuse_fault fault = {
			.what = MISUSE_FORK_WHILE_HELD,
			.is_doubtful = true,
			.object = hold->object,
			.before = { hold->holder, hold->place, hold->since_ns },
			.after = { forker_of(child), child->fork_place, child->start_ns }
		};
		/* A wait for ever is told by another analysis. */
		if (g_hash_table_contains(known->inherited, &hold->address) &&
		    !is_waited_for(child, hold->address))
			misuse_add(self, &fault);
	}
}

static void finish_thread(struct misuse *self, const struct thread *thread)
{
	const struct process *process = thread->process;
	struct misuse_fault fault = { .what = MISUSE_EXIT_HOLDING };

	if (thread->state != THREAD_EXITED || thread->is_killed || thread == process->exiting ||
	    thread->id >= self->exits->len)
		return;
	fault.after = g_array_index(self->exits, struct misuse_act, thread->id);
	if (!fault.after.thread)
		return;
	/* Its thread-specific destructors may not have been over. */
	fault.is_doubtful = !thread->was_joined &&
			    elapsed_ns(fault.after.time_ns, process->end_ns) < LAST_MOMENT_NS;
	if (fault.is_doubtful)
		fault.what = MISUSE_PERHAPS_EXIT_HOLDING;
	for (const struct hold *hold = thread->held; hold; hold = hold->next) {
		if (is_robust(hold->object) || hold->object->is_destroyed ||
		    misuse_is_inherited(hold))
			continue;
		fault.object = hold->object;
		fault.before = misuse_acquired(hold);
		misuse_add(self, &fault);
	}
}

void misuse_finish(struct misuse *self, const struct model *model)
{
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];
		for (unsigned j = 0; j < process->threads->len; j++)
			finish_thread(self, process->threads->pdata[j]);
		if (process->inherited && process->parent)
			finish_fork(self, process);
	}
}
