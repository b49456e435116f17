/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies in the stack frames of a thread and ends when they are left without a
 * word: locks in local variables (C++ destroys them without a call), and waits that
 * longjmp(), an exception or cancellation leaves.
 *
 * Only the thread's own stack is known: frames on an alternate signal stack or on a
 * coroutine's are neither searched nor taken for ones that were left. All zero: nothing is known.
 * The thread itself calls these, and no signal handler between.
 */
#ifndef PRIMITIVES_FRAMES_H
#define PRIMITIVES_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Locks in local variables that one thread has at once; those beyond keep their identity. */
#define FRAMES_OBJECTS_MAX 32

/* Waits that interrupt one another: a signal handler's, and the one it came into. */
#define FRAMES_WAITS_MAX 8

/* A wait, as others see it too: waiting.h. */
struct frames_wait {
	uintptr_t frame; /* of its wrapper */
	uint32_t type;	 /* enum event_type */
	uint32_t awaited;
	uint64_t object, ticks;
	const char *name; /* of the function, NULL none. Static */
};

struct frames {
	uintptr_t low, high; /* the thread's own stack, high 0: not known */
	/*
	 * A wrapper in this frame or further down leaves nothing of what is remembered. 0 where
	 * that was not looked at yet, UINTPTR_MAX where nothing is remembered.
	 */
	uintptr_t quiet;
	unsigned wait_count, object_count;
	struct frames_wait waits[FRAMES_WAITS_MAX]; /* outermost first */
	uint64_t objects[FRAMES_OBJECTS_MAX];	    /* addresses, highest first */
};

/* The calling thread's own stack ends below high and has size bytes. */
static inline void frames_know_stack(struct frames *frames, uintptr_t high, size_t size)
{
	frames->high = high;
	frames->low = size < high ? high - size : 0;
}

static inline bool frames_is_own(const struct frames *frames, uintptr_t address)
{
	return address >= frames->low && address < frames->high;
}

static inline bool frames_has_any(const struct frames *frames)
{
	return frames->object_count || frames->wait_count;
}

/* Set once, before there are other threads: quiet is 0, and every wrapper looks. */
extern bool frames_never_quiet;

/* Find quiet anew, after any of the changes below. */
void frames_settle(struct frames *frames);

/* One wait, object that is over now that the thread is in frame; false: no more. */
bool frames_left_wait(struct frames *frames, uintptr_t frame);
bool frames_left_object(struct frames *frames, uintptr_t frame, uint64_t *object);

/* Remember object if it lies in a frame that calls the present one. */
void frames_note_object(struct frames *frames, uint64_t object, uintptr_t frame);

/* What no longer finds a place is not remembered. frame: of the wrapper that waited. */
void frames_begin_wait(struct frames *frames, const struct frames_wait *wait);
void frames_end_wait(struct frames *frames, uintptr_t frame);

/* The wait that began last, NULL none. Valid until one begins or ends. */
static inline const struct frames_wait *frames_wait(const struct frames *frames)
{
	return frames->wait_count ? &frames->waits[frames->wait_count - 1] : NULL;
}

#endif
