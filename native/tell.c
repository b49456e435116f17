/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The preload library's table, if it is there. */
#include "native/tell.h"

extern const struct native_recorder heddle_recorder __attribute__((weak));

const struct native_recorder *tell_recorder;

static __attribute__((constructor)) void tell_start(void)
{
	if (&heddle_recorder == NULL || heddle_recorder.layout != NATIVE_LAYOUT)
		return;
	tell_recorder = &heddle_recorder;
	watch_is_on = true;
}

void tell_all(enum event_type type, const void *object, const void *other, int64_t value,
	      const char *text, struct native_site at)
{
	const struct native_event event = { type, object, other, value, text };

	if (tell_is_on())
		tell_recorder->tell_all(&event, at);
}

void tell_result(enum event_type type, const void *object, int error, struct native_site at)
{
	if (error)
		tell_all(type, object, NULL, -error, NULL, at);
	else
		tell(type, object, at);
}

static void tell_birth(const struct tell_object *object, uintptr_t kind, struct native_site at)
{
	tell_all(object->type, object->object, (void *)kind, object->value,
		 object->name ? object->name : "", at);
}

void tell_made(const struct tell_object *object, struct native_site at)
{
	if (!tell_is_on())
		return;
	word_swap(object->told, 1);
	tell_birth(object, object->kind, at);
}

void tell_used(const struct tell_object *object, struct native_site at)
{
	if (tell_is_on() && word_change(object->told, 0, 1))
		tell_birth(object, (uintptr_t)object->kind | NATIVE_FIRST_USE, at);
}

int tell_refused(const void *object, int error, struct native_site at)
{
	tell_result(EVENT_object_refused, object, error, at);
	return error;
}

int tell_kept(const void *object, int error, struct native_site at)
{
	tell_result(EVENT_object_destroy_failed, object, error, at);
	return error;
}

void tell_wait_begin(struct native_wait *wait, enum event_type type, const void *object,
		     const void *other, struct native_site at)
{
	const struct native_event event = { type, object, other, 0, NULL };

	wait->at = at;
	if (tell_is_on())
		tell_recorder->wait_begin(wait, &event);
}

void tell_wait_end(struct native_wait *wait, enum event_type type, const void *object,
		   const void *other, int error)
{
	const struct native_event event = { type, object, other, -error, NULL };

	if (tell_is_on())
		tell_recorder->wait_end(wait, &event);
}
