/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Once: pthread_once() and C11 call_once().
 *
 * libc's function takes a routine without an argument. Ours finds the program's in a record
 * that lies in the wrapper's frame; the records of a thread form a list, the innermost first:
 * a routine may use another control, and a signal handler may come into the call.
 *
 * Both frames can be left by cancellation, longjmp() and C++ exceptions, and libc then makes
 * the control new. That the routine was left is to be told before. The first two run the
 * handlers of cleanup.h. An exception asks the personality of each frame that it
 * leaves; ours does the same work and lets it pass, so that nothing of libgcc is needed.
 */
#include <errno.h>

#include "primitives/cleanup.h"
#include "primitives/wrap.h"

/* glibc's flag in a control whose routine has run. */
#define ONCE_DONE 2

/* The unwinder's constants, of the C++ ABI for Itanium. */
#define UNWIND_CLEANUP_PHASE 2
#define UNWIND_FORCED 8
#define UNWIND_CONTINUE 8

/* The frame of the function that this stands in has once_unwound() as its personality. */
#define ASK_ONCE_UNWOUND() __asm__ volatile(".cfi_personality 0x1b, once_unwound")

enum once_state {
	ONCE_WAITS,
	ONCE_RUNS,
	ONCE_RAN,
};

struct once {
	struct call call;
	const void *control;
	void (*routine)(void);
	enum once_state state;
	struct once *outer;
	struct _pthread_cleanup_buffer call_cleanup;
	struct _pthread_cleanup_buffer *routine_cleanup; /* in the frame that runs it */
};

static __thread struct once *once_innermost __attribute__((tls_model("initial-exec")));

static bool is_done(const int *control)
{
	return __atomic_load_n(control, __ATOMIC_ACQUIRE) & ONCE_DONE;
}

static void once_routine_left(void *context)
{
	struct once *once = context;

	once->state = ONCE_RAN;
	wrap_emit(&once->call, EVENT_once_ran, once->control, NULL, 0);
}

static void once_call_left(void *context)
{
	struct once *once = context;

	once_innermost = once->outer;
	if (once->state == ONCE_WAITS)
		wrap_wait_end(&once->call, EVENT_thread_wait_left, NULL, NULL, 0);
}

/* The forced unwinding of cancellation runs the cleanup handlers itself. */
static __attribute__((used)) int once_unwound(int version, int actions, uint64_t exception_class,
					      void *exception, void *context)
{
	struct once *once = once_innermost;

	(void)version;
	(void)exception_class;
	(void)exception;
	(void)context;
	if (!(actions & UNWIND_CLEANUP_PHASE) || (actions & UNWIND_FORCED) || !once)
		return UNWIND_CONTINUE;
	_pthread_cleanup_pop(once->state == ONCE_RUNS ? once->routine_cleanup : &once->call_cleanup,
			     1);
	return UNWIND_CONTINUE;
}

static __attribute__((noinline)) void once_run(void)
{
	struct once *once = once_innermost;
	struct _pthread_cleanup_buffer cleanup;

	ASK_ONCE_UNWOUND();
	wrap_wait_end(&once->call, EVENT_once_run, once->control, NULL, 0);
	once->routine_cleanup = &cleanup;
	_pthread_cleanup_push(&cleanup, once_routine_left, once);
	once->state = ONCE_RUNS;
	once->routine();
	_pthread_cleanup_pop(&cleanup, 1);
}

static __attribute__((noinline)) int once_call(struct call call, void *control,
					       void (*routine)(void), bool is_c11)
{
	struct once once = {
		.call = call,
		.control = control,
		.routine = routine,
		.outer = once_innermost,
	};
	int result = 0;

	ASK_ONCE_UNWOUND();
	wrap_wait_begin(&once.call, EVENT_once_begin, control, NULL, 0);
	_pthread_cleanup_push(&once.call_cleanup, once_call_left, &once);
	once_innermost = &once;
	if (is_c11)
		real.call_once(control, once_run);
	else
		result = real.pthread_once(control, once_run);
	once_innermost = once.outer;
	_pthread_cleanup_pop(&once.call_cleanup, 0);
	if (once.state == ONCE_WAITS)
		wrap_wait_end(&once.call, EVENT_once_end, control, NULL, EALREADY);
	return result;
}

PUBLIC int pthread_once(pthread_once_t *control, void (*routine)(void))
{
	struct call call;

	if (is_done(control) || !WRAP(&call, once_begin))
		return real.pthread_once(control, routine);
	return once_call(call, control, routine, false);
}

PUBLIC void call_once(once_flag *flag, void (*routine)(void))
{
	struct call call;

	if (is_done((const int *)flag) || !WRAP(&call, once_begin))
		real.call_once(flag, routine);
	else
		once_call(call, flag, routine, true);
}

ALSO(__pthread_once, pthread_once);
