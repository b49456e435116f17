/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every wrapper of the preload library is made of.
 *
 * A wrapper runs in a stranger's program, at any time: before constructors, in
 * signal handlers, while the thread is being cancelled. It may not fail, print,
 * allocate from the heap or take a lock, and result and errno are as without it.
 * Only the emission is guarded against recursion, never the real call.
 *
 * Order: an acquire is emitted after the real call, a release before it.
 *
 *	PUBLIC int pthread_mutex_unlock(pthread_mutex_t *mutex)
 *	{
 *		struct call call;
 *
 *		if (!WRAP(&call, mutex_unlock))
 *			return real.pthread_mutex_unlock(mutex);
 *		wrap_emit(&call, EVENT_mutex_unlock, mutex, NULL, 0);
 *		return real.pthread_mutex_unlock(mutex);
 *	}
 *
 * A call that may block lies between wrap_wait_begin() and wrap_wait_end(). Where it is left
 * by longjmp(), an exception or cancellation, the next wrapper that the thread enters tells so.
 */
#ifndef PRIMITIVES_WRAP_H
#define PRIMITIVES_WRAP_H

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "libtrace/event.h"
#include "primitives/fortified.h"
#include "primitives/summary_quick.h"

#define PUBLIC __attribute__((visibility("default")))

/* The next definition of each wrapped function: libc's, or another interposer's. */
struct real {
#define WRAPPED(name) __typeof__(&name) name;
#include "primitives/wrapped.def"
};

extern struct real real;

/*
 * At the end of the file that has the wrapper: its other names, as in wrapped.def. In assembly,
 * because libc's headers make some of these names mean the wrapper itself.
 */
#define ALSO(name, wrapped) __asm__(".globl " #name "\n.set " #name ", " #wrapped)

/*
 * *wrap_enabled[type] is not 0 while somebody records the type. Before the
 * real functions are known it points to a 1 that sends every wrapper the slow way.
 */
extern const int *wrap_enabled[EVENT_COUNT];

/* One call of a wrapper. */
struct call {
	uint64_t site;
	uintptr_t frame; /* of the wrapper */
	uint64_t stack;	 /* id, 0 none or not taken yet */
	const struct path *path; /* of the stack, NULL none */
	bool has_stack;	 /* it was tried */
};

/*
 * Is this call to be recorded? False also for the tracer's own calls. Makes the real functions
 * known when they are not yet. Fills call.
 */
__attribute__((cold)) bool wrap_enter(struct call *call, enum event_type type, const void *site,
				      const void *frame);

/* Are events packed, and is nothing to be told or found out before the next one? */
static inline bool wrap_is_quick(const void *frame)
{
	return __builtin_expect(
		wrap_thread.packer && (uintptr_t)frame <= wrap_thread.frames.quiet, 1);
}

/* The same as wrap_enter() where that is so; else false. */
static inline bool wrap_enter_quick(struct call *call, const void *site, const void *frame)
{
	if (!wrap_is_quick(frame))
		return false;
	call->site = (uint64_t)site;
	call->frame = (uintptr_t)frame;
	call->has_stack = false;
	return true;
}

/*
 * True when somebody records events of that name and this call, from site, is the program's. frame:
 * of the wrapper, where its caller's begins; what lies below it in the stack are no variables of the program.
 */
#define WRAP_FROM(call, event, ...)                                                                \
	(wrap_enter_quick(call, __VA_ARGS__) ||                                                    \
	 (__builtin_expect(*wrap_enabled[EVENT_##event] != 0, 0) &&                                \
	  wrap_enter(call, EVENT_##event, __VA_ARGS__)))

/* The same in the wrapper itself. */
#define WRAP(call, event) WRAP_FROM(call, event, WRAP_CALLER)
#define WRAP_CALLER __builtin_return_address(0), __builtin_dwarf_cfa()

/*
 * The whole of a wrapper that programs call most: the real call at once while nobody records such
 * events. told: a function of its own, so that nothing of it stands before that.
 */
#define WRAP_OFTEN(event, real_call, told)                                                         \
	return __builtin_expect(*wrap_enabled[EVENT_##event] != 0, 1) ? (told) : (real_call)

/* Is this the address of code of the tracer: LTTng-UST, our provider? */
bool wrap_is_tracer(const void *site);

/* Which events carry a stack always: the column of their shape in events.def. */
enum {
#define SHAPE(name, object, other, value, stack, text, build_id, frames) WRAP_STACK_OF_##name = stack,
#include "libtrace/events.def"
};

static const bool wrap_has_stack[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) [EVENT_##name] = WRAP_STACK_OF_##shape == 1,
#include "libtrace/events.def"
};

/* Resolve the real functions, once. Any thread, any time. */
void wrap_resolve(void);

/*
 * Find the recording's buffers, or load the provider; until then nothing is recorded. From the
 * constructor. leave is called when the process ends and the tracer with it; nothing is recorded afterwards.
 */
void wrap_load(void (*leave)(void));

/* The process id of the calling thread as it was when the thread was last seen. */
int32_t wrap_pid(void);

/* In the child of a fork: forget the parent's identity and what it had told. */
void wrap_after_fork(void);

/*
 * Emit an event. errno, signals, cancellation and the program's view of the thread stay
 * as they are. Shapes without a field ignore its argument.
 */
__attribute__((cold)) void wrap_emit_long(struct call *call, enum event_type type,
					  const void *object, const void *other, int64_t value);
void wrap_emit_text(struct call *call, enum event_type type, const void *object, int64_t value,
		    const char *text);
/* The same with other, and with a stack. */
void wrap_emit_born(struct call *call, enum event_type type, const void *object, const void *other,
		    int64_t value, const char *text);

/* The usual way: true where nothing more is to be done. wrap_thread.packer is not NULL. */
static inline __attribute__((always_inline)) bool
wrap_emit_quick(enum event_type type, const void *object, uint64_t site, uintptr_t frame)
{
	if (summary_roles[type] == SUMMARY_ACQUIRE && wrap_thread.is_summary)
		return summary_acquire(type, (uint64_t)object, site, frame);
	if (summary_roles[type] == SUMMARY_RELEASE && wrap_thread.is_summary)
		return summary_release((uint64_t)object, frame);
	return packer_quick(type, object, site, frame, wrap_has_stack[type]);
}

/* For the wrappers of WRAP_OFTEN(): the usual way did all. */
static inline __attribute__((always_inline)) bool
wrap_quick(enum event_type type, const void *object, const void *site, const void *frame)
{
	return wrap_is_quick(frame) &&
	       wrap_emit_quick(type, object, (uint64_t)site, (uintptr_t)frame);
}

static inline __attribute__((always_inline)) void
wrap_emit(struct call *call, enum event_type type, const void *object, const void *other,
	  int64_t value)
{
	if (!other && value == 0 && wrap_thread.packer &&
	    wrap_emit_quick(type, object, call->site, call->frame))
		return;
	wrap_emit_long(call, type, object, other, value);
}

/* In a summary: was the event told before, with the same locks held, so that it may be left out? */
static inline bool wrap_is_told(const struct call *call, enum event_type type, const void *object)
{
	return wrap_thread.packer && wrap_thread.is_summary &&
	       summary_knows(type, (uint64_t)object, call->site, call->frame);
}

/*
 * The same for an event that says that the thread may now block, and for the one that says
 * that it goes on. call stays in its place from the one to the other.
 */
void wrap_wait_begin(struct call *call, enum event_type type, const void *object, const void *other,
		     int64_t value);
void wrap_wait_begin_text(struct call *call, enum event_type type, const void *object,
			  const char *text);
void wrap_wait_end(struct call *call, enum event_type type, const void *object, const void *other,
		   int64_t value);

/* This process is from now on not recorded: the tracer does not know of it. */
void wrap_fall_silent(void);

/* Are events packed? Then a process is known whatever fork it came from. */
bool wrap_is_packed(void);

/* For modules.c and stacks.c, from within an emission: write event as it is. */
void wrap_write(struct event *event);

#endif
