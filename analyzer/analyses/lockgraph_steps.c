/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each step of the model means for the requests, and how the log tells of it. */
#include "analyzer/analyses/lockgraph.h"

#include <string.h>

#include "analyzer/analyses/lockgraph_private.h"

static void log_object(struct lockgraph *graph, const struct step *step, enum order_op op)
{
	order_log_add(&graph->log, op, step->thread->id, step->object->id, 0);
}

static void log_request(struct lockgraph *graph, const struct step *step,
			enum lock_request_kind kind, uint32_t id)
{
	const struct lock_request *request = lockgraph_note(graph, step, kind, id);

	if (request)
		order_log_add(&graph->log, ORDER_REQUEST, step->thread->id, request->number, 0);
}

static bool is_held(const struct thread *thread, const struct object *lock)
{
	const struct hold *hold = thread->held;

	while (hold && hold->object != lock)
		hold = hold->next;
	return hold;
}

static void request(struct lockgraph *graph, const struct step *step)
{
	/* It waits for itself, an upgrade of a read lock included: another matter. */
	if (!step->is_timed && !is_held(step->thread, step->object))
		log_request(graph, step, LOCK_REQUEST_LOCK, step->object->id);
}

static void acquire(struct lockgraph *graph, const struct step *step)
{
	const struct lock_request *request = NULL;

	/* With a wait before it, the request has been seen. An attempt blocks nobody. */
	if (!step->wait && !step->is_try && !step->is_timed)
		request = lockgraph_note(graph, step, LOCK_REQUEST_LOCK, step->object->id);
	if (request)
		order_log_add(&graph->log, ORDER_DEMAND, step->thread->id, request->number, 0);
	else
		log_object(graph, step, step->hold->is_read ? ORDER_HOLD_READ : ORDER_HOLD);
	lockgraph_thread(graph, step->thread)->held_hash ^=
		lockgraph_hash(step->object, step->hold->is_read);
}

/* To read again may wait for a writer that came in between. */
static void read_again(struct lockgraph *graph, const struct step *step)
{
	if (step->object->kind == OBJECT_RWLOCK && step->is_read && !step->is_try &&
	    !step->is_timed)
		log_request(graph, step, LOCK_REQUEST_LOCK, step->object->id);
}

static void release(struct lockgraph *graph, const struct step *step)
{
	lockgraph_thread(graph, step->thread)->held_hash ^=
		lockgraph_hash(step->object, step->hold->is_read);
	if (step->kind == STEP_RELEASE_UNDONE)
		log_object(graph, step, ORDER_UNDO);
	else if (step->other && step->other != step->thread)
		order_log_add(&graph->log, ORDER_RELEASE_OF, step->other->id, step->object->id,
			      step->thread->id);
	else
		log_object(graph, step, ORDER_RELEASE);
}

static void take(struct lockgraph *graph, const struct step *step)
{
	struct lock_thread *own = lockgraph_thread(graph, step->thread);

	if (!step->wait && !step->is_try && !step->is_timed)
		log_request(graph, step, LOCK_REQUEST_SEMAPHORE, step->object->id);
	log_object(graph, step, ORDER_TAKE);
	if (!step->object->is_lock_like || own->taken_count == TAKEN_MAX)
		return;
	own->taken[own->taken_count++] = (struct taken){ .object = step->object,
							 .place = step->place,
							 .time_ns = step->time_ns };
	own->held_hash ^= lockgraph_hash(step->object, false);
}

static void give_back(struct lock_thread *own, const struct object *object)
{
	unsigned i = 0;

	while (i < own->taken_count && own->taken[i].object != object)
		i++;
	if (i == own->taken_count)
		return;
	own->taken_count--;
	memmove(own->taken + i, own->taken + i + 1, (own->taken_count - i) * sizeof(own->taken[0]));
	own->held_hash ^= lockgraph_hash(object, false);
}

static void keep_signal(struct lockgraph *graph, const struct step *step)
{
	struct lock_thread *own = lockgraph_thread(graph, step->thread);
	unsigned at = own->signal_count++ % SIGNALS_MAX;

	own->signals[at].time_ns = step->time_ns;
	own->signals[at].number = order_log_next(&graph->log);
}

static void note_give(struct lockgraph *graph, const struct step *step)
{
	uint64_t key = ((uint64_t)step->thread->id << 32 | step->object->id) + 1;
	uintptr_t place = (uintptr_t)address_table_get(&graph->by_give, key);
	struct lock_give give = { .thread = step->thread->id,
				  .object = step->object->id,
				  .last_entry = order_log_next(&graph->log) };

	if (place) {
		g_array_index(graph->gives, struct lock_give, place - 1) = give;
		return;
	}
	g_array_append_val(graph->gives, give);
	address_table_set(&graph->by_give, key, (void *)(uintptr_t)graph->gives->len);
}

static void notify(struct lockgraph *graph, const struct step *step)
{
	switch (step->object->kind) {
	case OBJECT_SEMAPHORE:
		give_back(lockgraph_thread(graph, step->thread), step->object);
		note_give(graph, step);
		log_object(graph, step, ORDER_POST);
		break;
	case OBJECT_FUTEX:
		keep_signal(graph, step);
		log_object(graph, step, ORDER_WAKE);
		break;
	default:
		if (step->result)
			break;
		keep_signal(graph, step);
		note_give(graph, step);
		log_object(graph, step, step->kind == STEP_SIGNAL ? ORDER_SIGNAL : ORDER_BROADCAST);
		break;
	}
}

/*
 * How many entries ago the signal is that ended this wait; 0 unknown. Of one that is too long ago
 * the oldest that is known comes after it, which is as good for an order.
 */
static uint32_t entries_back(struct lockgraph *graph, const struct wait *wait)
{
	const struct lock_thread *waker = lockgraph_thread(graph, wait->waker);
	unsigned count = MIN(waker->signal_count, SIGNALS_MAX);
	uint32_t number = order_log_next(&graph->log);
	uint32_t found = number;

	for (unsigned i = 1; i <= count; i++) {
		unsigned at = (waker->signal_count - i) % SIGNALS_MAX;
		if (waker->signals[at].time_ns < wait->woken_ns)
			break;
		found = waker->signals[at].number;
	}
	return number - found;
}

static void woken(struct lockgraph *graph, const struct step *step)
{
	bool is_futex = step->object->kind == OBJECT_FUTEX;

	if (step->wait->is_woken && step->wait->waker)
		order_log_add(&graph->log, is_futex ? ORDER_AWOKEN : ORDER_WOKEN, step->thread->id,
			      step->wait->waker->id, entries_back(graph, step->wait));
	else if (!is_futex)
		log_object(graph, step, ORDER_GAVE_UP);
}

/* It need not wait, because another thread has set it. */
static void look(struct lockgraph *graph, const struct step *step)
{
	if (step->other && step->other != step->thread)
		order_log_add(&graph->log, ORDER_AWOKEN, step->thread->id, step->other->id,
			      entries_back(graph, step->wait));
}

void lockgraph_end_wait(struct lockgraph *graph, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	/* One with a limit may have given up before. */
	if (wait->kind == WAIT_COND && wait->is_woken && wait->waker && !wait->is_timed)
		order_log_add(&graph->log, ORDER_WOKEN, thread->id, wait->waker->id,
			      entries_back(graph, wait));
}

static void arrive(struct lockgraph *graph, const struct step *step)
{
	note_give(graph, step);
	log_object(graph, step, ORDER_ARRIVE);
}

static void begin(struct lockgraph *graph, const struct step *step)
{
	uint32_t id = step->object->id;

	if (step->object->kind == OBJECT_COND)
		log_object(graph, step, ORDER_WAIT);
	else if (step->object->kind == OBJECT_BARRIER)
		arrive(graph, step);
	if (step->is_timed)
		return;
	if (step->object->kind == OBJECT_COND)
		log_request(graph, step, LOCK_REQUEST_CONDITION, id);
	else if (step->object->kind == OBJECT_SEMAPHORE)
		log_request(graph, step, LOCK_REQUEST_SEMAPHORE, id);
	else if (step->object->kind == OBJECT_BARRIER)
		log_request(graph, step, LOCK_REQUEST_BARRIER, id);
}

static void end(struct lockgraph *graph, const struct step *step)
{
	if (step->object->kind == OBJECT_COND || step->object->kind == OBJECT_FUTEX)
		woken(graph, step);
	else if (step->object->kind == OBJECT_BARRIER)
		log_object(graph, step, ORDER_DEPART);
}

static void thread_step(struct lockgraph *graph, const struct step *step)
{
	const struct wait *wait = &step->thread->wait;

	if (step->kind == STEP_THREAD_CREATE)
		order_log_add(&graph->log, ORDER_CREATE, step->thread->id, step->other->id, 0);
	else if (step->kind == STEP_JOIN_END && step->other)
		order_log_add(&graph->log, ORDER_JOIN, step->thread->id, step->other->id, 0);
	else if (step->kind == STEP_JOIN_BEGIN && wait->target && !wait->is_timed)
		log_request(graph, step, LOCK_REQUEST_JOIN, wait->target->id);
}

void lockgraph_step(struct lockgraph *graph, const struct step *step)
{
	switch (step->kind) {
	case STEP_REQUEST:
		request(graph, step);
		break;
	case STEP_REQUEST_FAILED:
		if (step->object->kind == OBJECT_ONCE)
			log_object(graph, step, ORDER_PASS);
		break;
	case STEP_ACQUIRE:
		acquire(graph, step);
		break;
	case STEP_REACQUIRE:
		read_again(graph, step);
		break;
	case STEP_RELEASE:
	case STEP_RELEASE_UNDONE:
		release(graph, step);
		break;
	case STEP_TAKE:
		take(graph, step);
		break;
	case STEP_SIGNAL:
	case STEP_BROADCAST:
		notify(graph, step);
		break;
	case STEP_LOOK:
		look(graph, step);
		break;
	case STEP_POST_FAILED:
		log_object(graph, step, ORDER_UNPOST);
		break;
	case STEP_WAIT_BEGIN:
		begin(graph, step);
		break;
	case STEP_WAIT_END:
		end(graph, step);
		break;
	case STEP_THREAD_CREATE:
	case STEP_JOIN_BEGIN:
	case STEP_JOIN_END:
		thread_step(graph, step);
		break;
	case STEP_INIT:
	case STEP_DESTROY:
		lockgraph_life(graph, step);
		break;
	case STEP_SUMMARY:
		order_log_add(&graph->log, ORDER_SUMMARY, 0, 0, 0);
		break;
	default:
		break;
	}
}
