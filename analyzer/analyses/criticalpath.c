/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The critical path: logs who waited and who ended it, for the walk back when the trace is over. */
#include "analyzer/analyses/criticalpath.h"

#include <string.h>

#define MARKS_MAX 64

static void *start(void)
{
	struct critical_state *state = g_new0(struct critical_state, 1);

	state->log.max_bytes = LIMITS_DEFAULT.path_bytes;
	return state;
}

static void set_limits(void *self, const struct limits *limits)
{
	struct critical_state *state = self;

	state->log.max_bytes = limits->path_bytes;
}

static struct path_thread *thread_of(struct critical_state *state, const struct thread *thread)
{
	if (thread->id >= state->thread_count) {
		unsigned count = MAX(thread->id + 1, state->thread_count * 2);

		state->threads = g_renew(struct path_thread, state->threads, count);
		memset(state->threads + state->thread_count, 0,
		       (count - state->thread_count) * sizeof(*state->threads));
		state->thread_count = count;
	}
	return &state->threads[thread->id];
}

/* NULL: nobody has waited for object. */
static inline struct path_lock *lock_of(const struct critical_state *state,
					const struct object *object)
{
	return object->id < state->lock_count ? state->locks[object->id] : NULL;
}

/* Somebody waits for object. */
static struct path_lock *waited_lock(struct critical_state *state, const struct object *object)
{
	struct path_lock *lock = lock_of(state, object);

	if (lock)
		return lock;
	if (object->id >= state->lock_count) {
		unsigned count = MAX(object->id + 1, state->lock_count * 2);

		state->locks = g_renew(struct path_lock *, state->locks, count);
		memset(state->locks + state->lock_count, 0,
		       (count - state->lock_count) * sizeof(struct path_lock *));
		state->lock_count = count;
	}
	lock = state->locks[object->id] = g_new0(struct path_lock, 1);
	lock->thread = WAKELOG_NOBODY;
	return lock;
}

/* Log record, which is about thread, with what it has held since its last record. */
static void add_record(struct critical_state *state, const struct thread *thread,
		       struct wake_record *record)
{
	struct holdsums *sums = &thread_of(state, thread)->sums;

	record->thread = thread->id;
	record->held = state->words;
	record->held_count = holdsums_take(sums, thread, record->end_ns, state->words);
	if (record->kind != WAKE_MARK || record->held_count)
		wakelog_add(&state->log, record);
}

/* What thread does from now on may not be on the path though what it has done is. */
static void add_mark(struct critical_state *state, const struct thread *thread, int64_t time_ns)
{
	struct wake_record record = { .kind = WAKE_MARK, .end_ns = time_ns };

	add_record(state, thread, &record);
}

static struct wake_record wait_record(struct critical_state *state, const struct wait *wait,
				      int64_t until_ns)
{
	uint32_t object = wait->object ? wait->object->id : WAKELOG_NOBODY;

	if (wait->kind == WAIT_JOIN && wait->target)
		object = wait->target->id;
	return (struct wake_record){
		.kind = WAKE_WAIT,
		.end_ns = MAX(until_ns, wait->since_ns),
		.begin_ns = wait->since_ns,
		.wait = wait->kind,
		.waker = WAKELOG_NOBODY,
		.object = object,
		.place = placetable_id(&state->log.places, wait->place),
		.call = wait->call,
	};
}

/* Who released the lock while thread waited for it ended the wait. */
static void set_releaser(const struct path_lock *lock, const struct thread *thread,
			 struct wake_record *record)
{
	if (!lock || lock->thread == WAKELOG_NOBODY || lock->thread == thread->id ||
	    lock->time_ns < record->begin_ns)
		return;
	record->waker = lock->thread;
	record->wake_ns = MIN(lock->time_ns, record->end_ns);
	record->wake_place = lock->place;
}

static void end_lock_wait(struct critical_state *state, const struct step *step)
{
	struct wake_record record = wait_record(state, step->wait, step->time_ns);

	if (thread_of(state, step->thread)->was_free)
		record.waker = step->thread->id;
	if (step->kind != STEP_REQUEST_FAILED)
		set_releaser(lock_of(state, step->object), step->thread, &record);
	record.is_timeout = step->kind == STEP_REQUEST_FAILED && step->result == ETIMEDOUT;
	add_record(state, step->thread, &record);
}

/* One that a condition has woken waits for the mutex then, which its waker may hold. */
static void add_mutex_wait(struct critical_state *state, const struct step *step)
{
	const struct wait *wait = step->wait;
	struct wake_record record = wait_record(state, wait, step->time_ns);

	record.wait = WAIT_LOCK;
	record.begin_ns = MIN(wait->woken_ns, record.end_ns);
	record.object = wait->mutex->id;
	set_releaser(lock_of(state, wait->mutex), step->thread, &record);
	if (record.waker != WAKELOG_NOBODY)
		add_record(state, step->thread, &record);
}

static void end_event_wait(struct critical_state *state, const struct step *step)
{
	const struct wait *wait = step->wait;
	struct wake_record record = wait_record(state, wait, step->time_ns);

	record.is_timeout = step->result == ETIMEDOUT;
	if (wait->is_woken && wait->waker) {
		record.waker = wait->waker->id;
		record.wake_ns = CLAMP(wait->woken_ns, record.begin_ns, record.end_ns);
		record.wake_place = placetable_id(&state->log.places, wait->waker_place);
	}
	add_record(state, step->thread, &record);
	if (wait->kind == WAIT_COND && wait->is_woken && wait->mutex)
		add_mutex_wait(state, step);
}

static void end_join(struct critical_state *state, const struct step *step)
{
	if (!step->wait)
		return;
	struct wake_record record = wait_record(state, step->wait, step->time_ns);
	record.is_timeout = step->result == ETIMEDOUT;
	if (step->other && step->other->end_ns >= record.begin_ns) {
		record.waker = step->other->id;
		record.wake_ns = MIN(step->other->end_ns, record.end_ns);
	} else if (step->other) {
		record.waker = step->thread->id;
	}
	add_record(state, step->thread, &record);
}

static void end_call(struct critical_state *state, const struct step *step)
{
	struct wake_record record = wait_record(state, step->wait, step->time_ns);

	add_record(state, step->thread, &record);
}

static void note_release(struct critical_state *state, const struct step *step,
			 struct path_lock *lock)
{
	const struct thread *thread = step->other ? step->other : step->thread;

	lock->thread = thread->id;
	lock->time_ns = step->time_ns;
	lock->place = placetable_id(&state->log.places, step->place);
	if (lock->marks)
		lock->marks--;
	else if (!step->object->waiters)
		return;
	add_mark(state, thread, step->time_ns);
}

static inline void release(struct critical_state *state, const struct step *step)
{
	struct path_lock *lock = lock_of(state, step->object);

	holdsums_add(&thread_of(state, step->thread)->sums, step->hold, step->time_ns);
	if (lock && (lock->marks || step->object->waiters))
		note_release(state, step, lock);
}

/* A waiter of a condition that is woken waits for its mutex, unseen by the model. */
static void notify(struct critical_state *state, const struct step *step)
{
	const struct wait *wait = step->other ? &step->other->wait : NULL;

	if (!wait)
		return;
	add_mark(state, step->thread, step->time_ns);
	if (wait->kind != WAIT_COND || wait->object != step->object || !wait->mutex)
		return;
	struct path_lock *lock = waited_lock(state, wait->mutex);
	lock->marks = MIN(lock->marks + (step->kind == STEP_SIGNAL ? 1 : MARKS_MAX), MARKS_MAX);
}

static void create(struct critical_state *state, const struct step *step)
{
	struct path_thread *thread = thread_of(state, step->other);

	thread->created_ns = step->time_ns;
	thread->is_created = true;
	add_mark(state, step->thread, step->time_ns);
}

static void start_thread(struct critical_state *state, const struct step *step)
{
	const struct path_thread *thread = thread_of(state, step->thread);
	struct wake_record record = { .kind = WAKE_START,
				      .end_ns = step->time_ns,
				      .begin_ns = MIN(thread->created_ns, step->time_ns),
				      .wait = WAIT_NONE,
				      .object = WAKELOG_NOBODY };

	if (!step->other || !thread->is_created)
		return;
	record.waker = step->other->id;
	record.wake_ns = record.begin_ns;
	record.wake_place = placetable_id(&state->log.places, step->thread->create_place);
	add_record(state, step->thread, &record);
}

static void begin_wait(struct critical_state *state, const struct step *step)
{
	const struct object *object = step->object;

	add_mark(state, step->thread, step->time_ns);
	if (step->kind != STEP_REQUEST)
		return;
	waited_lock(state, object);
	thread_of(state, step->thread)->was_free = !object->holder && object->last_holder &&
						   !state->is_summary;
}

/* Of steps that are rarer than acquisitions and releases. */
static void step_rarely(struct critical_state *state, const struct step *step)
{
	switch (step->kind) {
	case STEP_REQUEST:
	case STEP_WAIT_BEGIN:
	case STEP_CALL_BEGIN:
	case STEP_JOIN_BEGIN:
		begin_wait(state, step);
		break;
	case STEP_WAIT_END:
		end_event_wait(state, step);
		break;
	case STEP_CALL_END:
		end_call(state, step);
		break;
	case STEP_JOIN_END:
		end_join(state, step);
		break;
	case STEP_SIGNAL:
	case STEP_BROADCAST:
		notify(state, step);
		break;
	case STEP_THREAD_CREATE:
		create(state, step);
		break;
	case STEP_THREAD_START:
		start_thread(state, step);
		break;
	case STEP_PROCESS_EXIT:
		add_mark(state, step->thread, step->time_ns);
		break;
	case STEP_THREAD_EXIT:
		add_mark(state, step->thread, step->time_ns);
		holdsums_forget(&thread_of(state, step->thread)->sums);
		break;
	case STEP_RELEASE_UNDONE:
		holdsums_undo(&thread_of(state, step->thread)->sums, step->object);
		break;
	case STEP_SUMMARY:
		state->is_summary = true;
		break;
	default:
		break;
	}
}

static void step(void *self, const struct step *step)
{
	struct critical_state *state = self;

	switch (step->kind) {
	case STEP_RELEASE:
		release(state, step);
		break;
	case STEP_ACQUIRE:
	case STEP_REACQUIRE:
	case STEP_REQUEST_FAILED:
		if (step->wait)
			end_lock_wait(state, step);
		break;
	default:
		step_rarely(state, step);
		break;
	}
}

/* What thread still waits in, and holds, at the end. */
static void end_unfinished(struct critical_state *state, const struct thread *thread)
{
	if (thread->wait.kind != WAIT_NONE) {
		struct wake_record record = wait_record(state, &thread->wait, thread->end_ns);
		add_record(state, thread, &record);
	} else {
		add_mark(state, thread, thread->end_ns);
	}
}

static void free_state(struct critical_state *state)
{
	for (unsigned i = 0; i < state->thread_count; i++)
		holdsums_done(&state->threads[i].sums);
	for (unsigned i = 0; i < state->lock_count; i++)
		g_free(state->locks[i]);
	g_free(state->threads);
	g_free(state->locks);
	wakelog_done(&state->log);
	g_free(state);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct critical_state *state = self;
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->threads->len; j++)
			end_unfinished(state, process->threads->pdata[j]);
	}
	criticalpath_report(state, model, names, report);
	free_state(state);
}

const struct analysis analysis_critical_path = {
	.name = "critical-path",
	.summary = "the chain of runs and waits that took the program its time, and locks on it",
	.start = start,
	.set_limits = set_limits,
	.step = step,
	.finish = finish,
};
