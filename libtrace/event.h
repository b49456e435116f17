/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event, its names, and its text form: one line of `heddle dump`. */
#ifndef LIBTRACE_EVENT_H
#define LIBTRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libtrace/error.h"
#include "libtrace/event_type.h"

/*
 * One event of a trace. Fields that its shape does not carry are zero, NULL
 * for strings and frames; a string that it carries is never NULL. Strings and
 * frames belong to whoever filled the event; see reader_next() for how long they live.
 */
struct event {
	enum event_type type;
	int32_t pid;
	int32_t tid;
	int64_t time_ns; /* since the clock's origin, as the tracer stamped it */
	uint64_t site;	 /* return address of the call, 0 unknown */
	uint64_t object; /* address of the object, or as events.def says */
	uint64_t other;
	int64_t value;
	uint64_t stack; /* object of an earlier process_stack of the process, 0 none */
	const char *text;
	const char *build_id;
	const uint64_t *frames;
	size_t frame_count;
};

/* What one row of events.def says. */
struct event_info {
	const char *name;
	const char *shape;
	const char *meaning;
	enum event_object object;
	enum event_operation operation;
	enum event_shape shape_id;
	bool is_tool_event;
};

/* Which fields a shape carries: a row of SHAPE in events.def. */
struct event_fields {
	bool object, other, value, stack, text, build_id, frames;
};

/* type must be below EVENT_COUNT. The result is static. */
const struct event_info *event_info(enum event_type type);
const struct event_fields *event_fields(enum event_type type);

/* "mutex", "condition", ... for people. Static. */
const char *event_object_name(enum event_object object);

/* The type of that name, or -1. */
int event_type_by_name(const char *name, size_t length);

/*
 * Write event as one line with its newline:
 *
 *	12.000000345 4242/4243 mutex_lock object=0x5580 value=16 site=0x4011d6
 *
 * seconds.nanoseconds pid/tid name, then the fields that the shape carries and
 * that are not zero or empty, in the order of events.def, site last; addresses in hex,
 * value in decimal, strings in double quotes with \" \\ \n \t \xHH escapes
 * (everything below 0x20, 0x7f and above is \xHH), frames as
 * frames=0x1,0x2.
 */
void event_print(const struct event *event, FILE *out);

/* Memory that event_parse() fills: strings and frames of the latest event. */
struct event_buffer {
	char *text; /* Owned by this */
	size_t text_size;
	uint64_t *frames;  /* Owned by this */
	size_t frame_size; /* in frames */
};

void event_buffer_done(struct event_buffer *buffer);

/*
 * Read one line (no newline, length bytes; it need not end in NUL) into event.
 * Returns 1 for an event, 0 for a blank line or a comment ('#' first), or
 * -EINVAL (-ENOMEM) with a sentence that does not name the line. Any field may be
 * left out: it is zero, a string that the shape carries then is "". Numbers may be
 * decimal or hex. Strings and frames live in buffer until the next call with it.
 * The line may be hostile.
 */
int event_parse(const char *line, size_t length, struct event *event, struct event_buffer *buffer,
		struct error *err) MUST_CHECK;

#endif
