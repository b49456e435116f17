/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that events.def gives: names, shapes and meanings of events. */
#include "libtrace/event.h"

#include <string.h>

static const struct event_info infos[EVENT_COUNT] = {
#define ROW(name, shape, object, operation, meaning, is_tool)                                      \
	{ #name, #shape, meaning, OBJECT_##object, OPERATION_##operation, SHAPE_##shape, is_tool },
#define EVENT(...) ROW(__VA_ARGS__, false)
#define TOOL_EVENT(...) ROW(__VA_ARGS__, true)
#include "libtrace/events.def"
#undef ROW
};

static const unsigned char name_lengths[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) sizeof(#name) - 1,
#define TOOL_EVENT(name, shape, object, operation, meaning) sizeof(#name) - 1,
#include "libtrace/events.def"
};

static const struct event_fields fields_of_shapes[SHAPE_COUNT] = {
#define SHAPE(name, object, other, value, stack, text, build_id, frames)                           \
	{ object, other, value, stack, text, build_id, frames },
#include "libtrace/events.def"
};

static const char *const object_names[OBJECT_KIND_COUNT] = {
	[OBJECT_ANY] = "object",      [OBJECT_TOOL] = "recorder", [OBJECT_PROCESS] = "process",
	[OBJECT_THREAD] = "thread",   [OBJECT_MUTEX] = "mutex",	  [OBJECT_COND] = "condition",
	[OBJECT_SPIN] = "spin lock",  [OBJECT_RWLOCK] = "rwlock", [OBJECT_SEMAPHORE] = "semaphore",
	[OBJECT_BARRIER] = "barrier", [OBJECT_ONCE] = "once",	  [OBJECT_FUTEX] = "futex",
	[OBJECT_CALL] = "call",
};

const struct event_info *event_info(enum event_type type)
{
	return &infos[type];
}

const struct event_fields *event_fields(enum event_type type)
{
	return &fields_of_shapes[infos[type].shape_id];
}

const char *event_object_name(enum event_object object)
{
	return object_names[object];
}

int event_type_by_name(const char *name, size_t length)
{
	for (int type = 0; type < EVENT_COUNT; type++)
		if (name_lengths[type] == length && !memcmp(infos[type].name, name, length))
			return type;
	return -1;
}
