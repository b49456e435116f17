/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects of the native library. Each is like one of libc's and is kept as such: a lock as a mutex, an
 * event as a condition without a mutex.
 */
#include "analyzer/model_native.h"

#include "analyzer/model_private.h"

const char *model_object_kind(const struct object *object)
{
	static const char *const kinds[NATIVE_KIND_COUNT] = {
		[NATIVE_LOCK] = "lock",
		[NATIVE_RLOCK] = "rlock",
		[NATIVE_CONDITION] = "condition",
		[NATIVE_SEMAPHORE] = "semaphore",
		[NATIVE_BOUNDED_SEMAPHORE] = "bounded semaphore",
		[NATIVE_EVENT] = "event",
		[NATIVE_TIMER] = "timer",
		[NATIVE_BARRIER] = "barrier",
	};
	const char *kind = kinds[object->native];

	return kind ? kind : event_object_name(object->kind);
}

static enum native_kind kind_of(const struct event *event)
{
	uint64_t kind = event->other & NATIVE_KIND_MASK;

	return kind < NATIVE_KIND_COUNT ? (enum native_kind)kind : NATIVE_NONE;
}

/* One that was initialised statically has perhaps been used already: two threads did so at once. */
void model_native_born(struct model *model, struct thread *thread, const struct event *event)
{
	bool is_first_use = event->other & NATIVE_FIRST_USE;
	struct object *object = is_first_use ? model_object_of(model, thread, event)
					     : model_object_made(model, thread, event);

	if (is_first_use && object->native == NATIVE_NONE)
		model_object_learn(object, event);
	object->native = kind_of(event);
	if (!event->text || !*event->text)
		return;
	g_free((char *)object->name);
	object->name = g_strdup(event->text);
}

/* The event does not say of which kind the object is. */
void model_native_refused(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object =
		address_table_get(&thread->process->private->objects, event->object);
	struct step step = model_step(STEP_REFUSED, thread, event);

	if (!object)
		return;
	step.object = object;
	step.result = event->value;
	model_emit(model, &step);
}

static struct thread *wake(struct model *model, struct thread *thread, const struct event *event,
			   int64_t count)
{
	struct object *object = model_object_of(model, thread, event);
	struct step step = model_step(STEP_BROADCAST, thread, event);

	step.object = object;
	step.other = model_waker_wake(object, thread, event, count);
	model_emit(model, &step);
	return step.other;
}

void model_native_notify(struct model *model, struct thread *thread, const struct event *event)
{
	wake(model, thread, event, (int64_t)MIN(event->other, (uint64_t)INT64_MAX));
}

void model_native_set(struct model *model, struct thread *thread, const struct event *event)
{
	struct object_private *private = object_private(model_object_of(model, thread, event));

	wake(model, thread, event, INT64_MAX);
	/* Who finds it set comes after the one who did so, not after who did it again. */
	if (private->waiting.is_set)
		return;
	private->waiting.is_set = true;
	private->waiting.set = (struct wait){ .kind = WAIT_COND,
					      .is_woken = true,
					      .waker = thread,
					      .woken_ns = event->time_ns,
					      .waker_place = model_place(thread, event) };
}

void model_native_clear(struct model *model, struct thread *thread, const struct event *event)
{
	object_private(model_object_of(model, thread, event))->waiting.is_set = false;
}

void model_native_look(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);
	struct wait wait = object_private(object)->waiting.set;
	struct step step = model_step(STEP_LOOK, thread, event);

	wait.object = object;
	wait.since_ns = event->time_ns;
	wait.place = step.place;
	step.object = object;
	step.wait = &wait;
	step.other = wait.waker;
	model_emit(model, &step);
}

void model_native_break(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);

	model_waker_wake(object, thread, event, INT64_MAX);
	/* By a reset it is whole again, by an abort it is not: the trace does not tell which it was. */
	object_private(object)->waiting.is_broken = false;
}
