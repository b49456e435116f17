/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the native library (native/) asks of the preload library, where that is loaded: to tell the
 * operations on its objects as wrappers tell theirs, and to create threads. A table, so that neither
 * needs the other: the one symbol is weak there. What the library does beneath is not told: it waits
 * without libc, and what it calls of libc goes through this table.
 *
 * Of all functions: errno stays; any thread, any time; site and frame are those of the library's
 * function that the program called, as a wrapper's are.
 */
#ifndef PRIMITIVES_NATIVE_H
#define PRIMITIVES_NATIVE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "libtrace/event_type.h"

/* Where the program called the library. */
struct native_site {
	const void *site, *frame;
};

/* A wait, from its beginning to its end in one place. What is in it is the preload library's. */
struct native_wait {
	struct native_site at;
	uint64_t private[8];
};

/* An event. A function ignores the fields that the shape of its type has not. */
struct native_event {
	enum event_type type;
	const void *object, *other;
	int64_t value;
	const char *text;
};

struct native_recorder {
	uint64_t layout; /* NATIVE_LAYOUT of who made the table */
	/* An event of an object alone, the usual case; and any. */
	void (*tell)(enum event_type type, const void *object, struct native_site at);
	void (*tell_all)(const struct native_event *event, struct native_site at);
	/* wait->at is set. Only the type of the first, and object, other, value count. */
	void (*wait_begin)(struct native_wait *wait, const struct native_event *event);
	void (*wait_end)(struct native_wait *wait, const struct native_event *event);
	/*
	 * pthread_create() with more flags, of enum thread_flag. *number: of the creation, for
	 * thread_joined, before the thread runs; 0 where it is not told.
	 */
	int (*create)(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
		      void *argument, unsigned flags, uint64_t *number, struct native_site at);
	/* The calling thread leaves its routine; it is not told again when it does. */
	void (*exit)(struct native_site at);
	/* libc's own: not told. */
	int (*join)(pthread_t thread, void **value);
	int (*detach)(pthread_t thread);
};

/* Two libraries that were built apart agree on the numbers of all events, or do not go together. */
#define NATIVE_LAYOUT (sizeof(struct native_recorder) + (NATIVE_LAYOUT_OF_EVENTS)*1024)
enum {
	NATIVE_LAYOUT_OF_EVENTS = 0
#define EVENT(name, shape, object, operation, meaning)                                             \
	+((int)sizeof(#name) * (EVENT_##name % 61 + 1))
#include "libtrace/events.def"
};

extern const struct native_recorder heddle_recorder;

#endif
