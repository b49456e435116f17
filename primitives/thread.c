/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads: creation, start, exit, join, detach, cancel, names; pthread_* and C11 thrd_*.
 *
 * A thread runs under our start routine, so that its first event and its exit are
 * told. What the routine needs travels in a slot of a static pool, because
 * there is no heap; the new thread empties the slot at once. Where all slots are taken
 * the thread starts without us and is seen at its first operation.
 */
#include <errno.h>
#include <stdatomic.h>

#include "primitives/c11.h"
#include "primitives/lifetime.h"
#include "primitives/stacks.h"
#include "primitives/wrap.h"

struct start {
	void *(*routine)(void *);
	thrd_start_t c11_routine; /* the one that is not NULL is run */
	void *argument;
	uint64_t number; /* of the creation in this process, from 1 */
	bool is_tracer;
	bool is_detached;
};

#define SLOT_COUNT 2048

static struct {
	atomic_bool is_taken;
	struct start start;
} slots[SLOT_COUNT];

static atomic_uint slot_hint;
static _Atomic uint64_t creations;

static struct start *slot_claim(void)
{
	unsigned first = atomic_fetch_add_explicit(&slot_hint, 1, memory_order_relaxed);

	for (unsigned i = 0; i < SLOT_COUNT; i++) {
		unsigned at = (first + i) % SLOT_COUNT;

		if (!atomic_exchange_explicit(&slots[at].is_taken, true, memory_order_acquire))
			return &slots[at].start;
	}
	return NULL;
}

static void slot_release(struct start *start)
{
	size_t at = ((char *)start - (char *)&slots[0].start) / sizeof(slots[0]);

	atomic_store_explicit(&slots[at].is_taken, false, memory_order_release);
}

static void thread_left(void *unused)
{
	struct call call = { 0 };

	(void)unused;
	wrap_emit(&call, EVENT_thread_exit, (void *)pthread_self(), NULL, 0);
}

static const void *start_routine(const struct start *start)
{
	return start->routine ? (void *)start->routine : (void *)start->c11_routine;
}

/* The first thing that a new thread runs. */
static struct start thread_begin(struct start *slot)
{
	struct start start = *slot;
	struct call call = { 0 };

	slot_release(slot);
	wrap_thread.is_tracer = start.is_tracer;
	wrap_thread.has_start = true;
	if (!start.is_tracer) {
		lifetime_enter();
		wrap_emit(&call, EVENT_thread_start, (void *)start.number, (void *)pthread_self(),
			  (int64_t)start_routine(&start));
	}
	return start;
}

static void *thread_main(void *context)
{
	struct start start = thread_begin(context);
	void *result;

	if (start.is_tracer)
		return start.routine(start.argument);
	/* Also run where the thread is cancelled or calls pthread_exit(). */
	pthread_cleanup_push(thread_left, NULL);
	result = start.routine(start.argument);
	pthread_cleanup_pop(1);
	return result;
}

static int thread_main_c11(void *context)
{
	struct start start = thread_begin(context);
	int result;

	pthread_cleanup_push(thread_left, NULL);
	result = start.c11_routine(start.argument);
	pthread_cleanup_pop(1);
	return result;
}

/*
 * What to give to the real create function: a slot, or NULL where there is none
 * and the thread is to start without us.
 */
static struct start *create_begin(struct call *call, bool is_recorded, struct start start)
{
	struct start *slot = slot_claim();

	if (!start.is_tracer && !slot)
		lifetime_give_up();
	if (!slot)
		return NULL;
	start.number = atomic_fetch_add_explicit(&creations, 1, memory_order_relaxed) + 1;
	*slot = start;
	if (!start.is_tracer)
		lifetime_expect();
	if (is_recorded)
		wrap_emit(call, EVENT_thread_create_begin, (void *)start.number,
			  (void *)(uint64_t)start.is_detached, (int64_t)start_routine(&start));
	return slot;
}

/* start: a copy of what was in slot, which belongs to the new thread if there is one. */
static void create_end(struct call *call, bool is_recorded, const struct start *start,
		       struct start *slot, int result)
{
	if (result != 0) {
		slot_release(slot);
		if (!start->is_tracer)
			lifetime_unexpect();
	}
	if (is_recorded)
		wrap_emit(call, EVENT_thread_create_end, (void *)start->number, NULL, result);
}

static bool is_created_detached(const pthread_attr_t *attributes)
{
	int state;

	return attributes && pthread_attr_getdetachstate(attributes, &state) == 0 &&
	       state == PTHREAD_CREATE_DETACHED;
}

PUBLIC int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
			  void *(*routine)(void *), void *restrict argument)
{
	struct call call = { 0 };
	struct start start = { .routine = routine, .argument = argument };

	wrap_resolve();
	start.is_detached = is_created_detached(attributes);
	start.is_tracer = wrap_thread.is_tracer || wrap_thread.inside ||
			  wrap_is_tracer(__builtin_return_address(0));
	if (!start.is_tracer)
		stacks_note_thread();
	bool is_recorded = !start.is_tracer && WRAP(&call, thread_create_begin);
	struct start *slot = create_begin(&call, is_recorded, start);
	if (!slot)
		return real.pthread_create(thread, attributes, routine, argument);
	start = *slot;
	int result = real.pthread_create(thread, attributes, thread_main, slot);
	create_end(&call, is_recorded, &start, slot, result);
	return result;
}

PUBLIC int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
	struct call call = { 0 };
	struct start start = { .c11_routine = routine, .argument = argument };

	wrap_resolve();
	stacks_note_thread();
	bool is_recorded = WRAP(&call, thread_create_begin);
	struct start *slot = create_begin(&call, is_recorded, start);
	if (!slot)
		return real.thrd_create(thread, routine, argument);
	start = *slot;
	int result = real.thrd_create(thread, thread_main_c11, slot);
	create_end(&call, is_recorded, &start, slot, c11_errno(result));
	return result;
}

/* Threads under our start routine tell their exit there. */
static void exit_untold(struct call *call)
{
	if (!wrap_thread.has_start)
		wrap_emit(call, EVENT_thread_exit, (void *)pthread_self(), NULL, 0);
}

PUBLIC void pthread_exit(void *result)
{
	struct call call;

	if (WRAP(&call, thread_exit))
		exit_untold(&call);
	real.pthread_exit(result);
	__builtin_unreachable();
}

PUBLIC void thrd_exit(int result)
{
	struct call call;

	if (WRAP(&call, thread_exit))
		exit_untold(&call);
	real.thrd_exit(result);
	__builtin_unreachable();
}

struct join {
	struct call call;
	const void *thread;
};

static void join_begin(struct join *join, enum event_type type, pthread_t thread)
{
	join->thread = (void *)thread;
	wrap_emit(&join->call, type, join->thread, NULL, 0);
}

static int join_end(struct join *join, int result)
{
	wrap_emit(&join->call, EVENT_thread_join_end, join->thread, NULL, result);
	return result;
}

static void join_cancelled(void *context)
{
	join_end(context, ECANCELED);
}

PUBLIC int pthread_join(pthread_t thread, void **value)
{
	struct join join;
	int result;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_join(thread, value);
	join_begin(&join, EVENT_thread_join_begin, thread);
	pthread_cleanup_push(join_cancelled, &join);
	result = real.pthread_join(thread, value);
	pthread_cleanup_pop(0);
	return join_end(&join, result);
}

PUBLIC int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *deadline)
{
	struct join join;
	int result;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_timedjoin_np(thread, value, deadline);
	join_begin(&join, EVENT_thread_timedjoin_begin, thread);
	pthread_cleanup_push(join_cancelled, &join);
	result = real.pthread_timedjoin_np(thread, value, deadline);
	pthread_cleanup_pop(0);
	return join_end(&join, result);
}

PUBLIC int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock,
				const struct timespec *deadline)
{
	struct join join;
	int result;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_clockjoin_np(thread, value, clock, deadline);
	join_begin(&join, EVENT_thread_timedjoin_begin, thread);
	pthread_cleanup_push(join_cancelled, &join);
	result = real.pthread_clockjoin_np(thread, value, clock, deadline);
	pthread_cleanup_pop(0);
	return join_end(&join, result);
}

PUBLIC int thrd_join(thrd_t thread, int *value)
{
	struct join join;
	int result;

	if (!WRAP(&join.call, thread_join_begin))
		return real.thrd_join(thread, value);
	join_begin(&join, EVENT_thread_join_begin, thread);
	pthread_cleanup_push(join_cancelled, &join);
	result = real.thrd_join(thread, value);
	pthread_cleanup_pop(0);
	join_end(&join, c11_errno(result));
	return result;
}

PUBLIC int pthread_tryjoin_np(pthread_t thread, void **value)
{
	struct call call;

	if (!WRAP(&call, thread_tryjoin))
		return real.pthread_tryjoin_np(thread, value);
	int result = real.pthread_tryjoin_np(thread, value);
	wrap_emit(&call, EVENT_thread_tryjoin, (void *)thread, NULL, result);
	return result;
}

PUBLIC int pthread_detach(pthread_t thread)
{
	struct call call;

	if (!WRAP(&call, thread_detach))
		return real.pthread_detach(thread);
	int result = real.pthread_detach(thread);
	wrap_emit(&call, EVENT_thread_detach, (void *)thread, NULL, result);
	return result;
}

PUBLIC int thrd_detach(thrd_t thread)
{
	struct call call;

	if (!WRAP(&call, thread_detach))
		return real.thrd_detach(thread);
	int result = real.thrd_detach(thread);
	wrap_emit(&call, EVENT_thread_detach, (void *)thread, NULL, c11_errno(result));
	return result;
}

PUBLIC int pthread_cancel(pthread_t thread)
{
	struct call call;

	if (!WRAP(&call, thread_cancel))
		return real.pthread_cancel(thread);
	int result = real.pthread_cancel(thread);
	wrap_emit(&call, EVENT_thread_cancel, (void *)thread, NULL, result);
	return result;
}

PUBLIC int pthread_setname_np(pthread_t thread, const char *name)
{
	struct call call;

	if (!WRAP(&call, thread_name))
		return real.pthread_setname_np(thread, name);
	int result = real.pthread_setname_np(thread, name);
	if (result == 0)
		wrap_emit_text(&call, EVENT_thread_name, (void *)thread, result, name);
	return result;
}
