/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads: creation, start, exit, detach, cancel, signals, names; pthread_* and C11 thrd_*.
 *
 * A thread runs under our start routine, so that its first event and its exit are
 * told. What the routine needs travels in a slot of a pool, because there is no heap; the new
 * thread empties the slot at once. Where there is no memory for slots the thread starts
 * without us and is seen at its first operation.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "primitives/c11.h"
#include "primitives/create.h"
#include "primitives/lifetime.h"
#include "primitives/noise.h"
#include "primitives/schedule.h"
#include "primitives/wrap.h"

struct start {
	void *(*routine)(void *);
	thrd_start_t c11_routine; /* the one that is not NULL is run */
	void *argument;
	uint64_t number; /* of the creation in this process, from 1 */
	size_t stack_size;
	bool is_tracer;
	unsigned flags;	 /* of enum thread_flag */
	bool has_policy; /* another one than its creator: policy, as its event tells it */
	int64_t policy;
	struct noise_thread noise;
};

/*
 * Slots come in chunks: the first is there, others are mapped when more threads than that have been
 * created and not begun to run.
 */
#define SLOTS_OF_CHUNK 512
#define CHUNK_COUNT 256

struct slot {
	atomic_bool is_taken;
	struct start start;
};

static struct slot first_chunk[SLOTS_OF_CHUNK];
static struct slot *_Atomic chunks[CHUNK_COUNT] = { first_chunk };
static atomic_uint slot_hint;
static _Atomic uint64_t creations;

static struct start *claim_in(struct slot *chunk)
{
	unsigned first = atomic_fetch_add_explicit(&slot_hint, 1, memory_order_relaxed);

	for (unsigned i = 0; i < SLOTS_OF_CHUNK; i++) {
		struct slot *slot = &chunk[(first + i) % SLOTS_OF_CHUNK];

		if (!atomic_exchange_explicit(&slot->is_taken, true, memory_order_acquire))
			return &slot->start;
	}
	return NULL;
}

/* The chunk of that number, mapped if nobody has done so; NULL where that fails. */
static struct slot *chunk_at(unsigned number)
{
	struct slot *chunk = atomic_load_explicit(&chunks[number], memory_order_acquire);
	struct slot *expected = NULL;

	if (chunk)
		return chunk;
	chunk = mmap(NULL, sizeof(first_chunk), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (chunk == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&chunks[number], &expected, chunk))
		return chunk;
	munmap(chunk, sizeof(first_chunk));
	return expected;
}

static struct start *slot_claim(void)
{
	struct start *start = NULL;
	int saved_errno = errno;

	for (unsigned i = 0; i < CHUNK_COUNT && !start; i++) {
		struct slot *chunk = chunk_at(i);

		if (!chunk)
			break;
		start = claim_in(chunk);
	}
	errno = saved_errno;
	return start;
}

static void slot_release(struct start *start)
{
	struct slot *slot = (struct slot *)((char *)start - offsetof(struct slot, start));

	atomic_store_explicit(&slot->is_taken, false, memory_order_release);
}

static void thread_left(void *unused)
{
	struct call call = { 0 };

	(void)unused;
	if (!wrap_thread.has_exited)
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
	/* glibc puts what pthread_self() points to on top of the stack. */
	frames_know_stack(&wrap_thread.frames, (uintptr_t)pthread_self(), start.stack_size);
	if (!start.is_tracer) {
		lifetime_enter();
		wrap_emit(&call, EVENT_thread_start, (void *)start.number, (void *)pthread_self(),
			  (int64_t)start_routine(&start));
		if (start.has_policy)
			wrap_emit(&call, EVENT_thread_policy, (void *)pthread_self(), NULL,
				  start.policy);
		noise_begin(&start.noise);
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
	if (!start.is_tracer) {
		noise_create(&start.noise);
		lifetime_expect();
	}
	*slot = start;
	if (is_recorded)
		wrap_emit(call, EVENT_thread_create_begin, (void *)start.number,
			  (void *)(uint64_t)start.flags, (int64_t)start_routine(&start));
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

/* 0 where it cannot be told. */
static size_t stack_size_of(const pthread_attr_t *attributes)
{
	pthread_attr_t usual;
	size_t size;

	if (!attributes && pthread_attr_init(&usual) == 0)
		attributes = &usual;
	return attributes && pthread_attr_getstacksize(attributes, &size) == 0 ? size : 0;
}

int create_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
		  void *argument, unsigned flags, uint64_t *number, const void *site,
		  const void *frame)
{
	struct call call = { 0 };
	struct start start = { .routine = routine, .argument = argument, .flags = flags };

	wrap_resolve();
	if (is_created_detached(attributes))
		start.flags |= THREAD_FLAG_DETACHED;
	start.stack_size = stack_size_of(attributes);
	start.has_policy = schedule_is_explicit(attributes, &start.policy);
	start.is_tracer = wrap_thread.is_tracer || wrap_thread.inside || wrap_is_tracer(site);
	bool is_recorded = !start.is_tracer && WRAP_FROM(&call, thread_create_begin, site, frame);
	struct start *slot = create_begin(&call, is_recorded, start);
	if (!slot)
		return real.pthread_create(thread, attributes, routine, argument);
	start = *slot;
	if (number)
		*number = is_recorded ? start.number : 0;
	int result = real.pthread_create(thread, attributes, thread_main, slot);
	create_end(&call, is_recorded, &start, slot, result);
	return result;
}

PUBLIC int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
			  void *(*routine)(void *), void *restrict argument)
{
	return create_thread(thread, attributes, routine, argument, 0, NULL, WRAP_CALLER);
}

PUBLIC int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
	struct call call = { 0 };
	struct start start = { .c11_routine = routine,
			       .argument = argument,
			       .stack_size = stack_size_of(NULL) };

	wrap_resolve();
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

PUBLIC int pthread_kill(pthread_t thread, int signal)
{
	struct call call;

	if (!WRAP(&call, thread_kill))
		return real.pthread_kill(thread, signal);
	int result = real.pthread_kill(thread, signal);
	if (result == 0)
		wrap_emit(&call, EVENT_thread_kill, (void *)thread, NULL, signal);
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
