/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program tells heddle by itself, or the native library for it. */
#include "primitives/native.h"

#include "native/heddle/plain.h"
#include "primitives/create.h"
#include "primitives/wrap.h"

PUBLIC void heddle_name(const void *object, const char *name)
{
	struct call call;

	if (name && WRAP(&call, object_name))
		wrap_emit_text(&call, EVENT_object_name, object, 0, name);
}

PUBLIC void heddle_mark(const char *text)
{
	struct call call;

	if (text && WRAP(&call, program_mark))
		wrap_emit_text(&call, EVENT_program_mark, NULL, 0, text);
}

/* WRAP() of an event that is known at run time alone. */
static bool is_told(struct call *call, enum event_type type, struct native_site at)
{
	return wrap_enter_quick(call, at.site, at.frame) ||
	       (*wrap_enabled[type] && wrap_enter(call, type, at.site, at.frame));
}

static __attribute__((noinline)) void tell_slowly(enum event_type type, const void *object,
						  struct native_site at)
{
	struct call call;

	if (is_told(&call, type, at))
		wrap_emit_long(&call, type, object, NULL, 0);
}

static void native_tell(enum event_type type, const void *object, struct native_site at)
{
	if (*wrap_enabled[type] && !wrap_quick(type, object, at.site, at.frame))
		tell_slowly(type, object, at);
}

static void native_tell_all(const struct native_event *event, struct native_site at)
{
	struct call call;

	if (!is_told(&call, event->type, at))
		return;
	if (event->text)
		wrap_emit_born(&call, event->type, event->object, event->other, event->value,
			       event->text);
	else
		wrap_emit_long(&call, event->type, event->object, event->other, event->value);
}

/* What is in a native_wait. */
struct wait {
	struct call call;
	bool is_told;
};
_Static_assert(sizeof(struct wait) <= sizeof(((struct native_wait *)NULL)->private), "room");

static void native_wait_begin(struct native_wait *native, const struct native_event *event)
{
	struct wait *wait = (struct wait *)native->private;

	wait->is_told = is_told(&wait->call, event->type, native->at);
	if (wait->is_told)
		wrap_wait_begin(&wait->call, event->type, event->object, event->other,
				event->value);
}

static void native_wait_end(struct native_wait *native, const struct native_event *event)
{
	struct wait *wait = (struct wait *)native->private;

	if (wait->is_told)
		wrap_wait_end(&wait->call, event->type, event->object, event->other, event->value);
}

static int native_create(pthread_t *thread, const pthread_attr_t *attributes,
			 void *(*routine)(void *), void *argument, unsigned flags, uint64_t *number,
			 struct native_site at)
{
	return create_thread(thread, attributes, routine, argument, flags, number, at.site,
			     at.frame);
}

static void native_exit(struct native_site at)
{
	native_tell(EVENT_thread_exit, (void *)pthread_self(), at);
	wrap_thread.has_exited = true;
}

static int native_join(pthread_t thread, void **value)
{
	wrap_resolve();
	return real.pthread_join(thread, value);
}

static int native_detach(pthread_t thread)
{
	wrap_resolve();
	return real.pthread_detach(thread);
}

PUBLIC const struct native_recorder heddle_recorder = {
	.layout = NATIVE_LAYOUT,
	.tell = native_tell,
	.tell_all = native_tell_all,
	.wait_begin = native_wait_begin,
	.wait_end = native_wait_end,
	.create = native_create,
	.exit = native_exit,
	.join = native_join,
	.detach = native_detach,
};
