/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects: address and generation, init and destroy, names. */
#include "analyzer/model_private.h"

/* A pending name that an object has taken; the table keeps no NULL. */
static char no_name[] = "";

static void take_name(struct object *object)
{
	struct process_private *private = object->process->private;
	char *name = address_table_get(&private->names, object->address);

	if (!name && object->process->is_fork)
		name = address_table_get(&object->process->parent->private->names, object->address);
	if (!name || name == no_name)
		return;
	g_free((char *)object->name);
	object->name = g_strdup(name);
	address_table_set(&private->names, object->address, no_name);
}

/* A forked child goes on with the objects of its parent. */
static void inherit(struct object *object)
{
	const struct process *process = object->process;
	const struct object *old =
		process->is_fork
			? address_table_get(&process->parent->private->objects, object->address)
			: NULL;

	if (!old || old->kind != object->kind || old->is_destroyed)
		return;
	object->generation = old->generation;
	object->mutex_kind = old->mutex_kind;
	object->init_place = old->init_place;
	object->name = g_strdup(old->name);
}

/* Nobody can release a lock that is gone. */
static void retire(struct model *model, struct object *old, const struct event *event)
{
	if (old->kind == OBJECT_MUTEX && old->holder)
		model_lock_end_hold(model, old, event);
	old->is_destroyed = true;
}

static struct object *new_object(struct model *model, struct thread *thread,
				 const struct event *event, uint64_t address,
				 enum event_object kind)
{
	struct process *process = thread->process;
	struct object *old = address_table_get(&process->private->objects, address);
	struct object *object = &(g_new0(struct object_private, 1))->object;

	object->process = process;
	object->kind = kind;
	object->address = address;
	object->generation = old ? old->generation + 1 : 1;
	object->id = model->object_count++;
	object->index = ++process->private->object_count[kind];
	object->mutex_kind = -1;
	object->first_place = model_place(thread, event);
	g_ptr_array_add(process->objects, object);
	address_table_set(&process->private->objects, address, object);
	if (old)
		retire(model, old, event);
	else
		inherit(object);
	take_name(object);
	return object;
}

void model_object_free(struct object *object)
{
	g_free((char *)object->name);
	g_free((struct object_private *)object);
}

struct object *model_object_at(struct model *model, struct thread *thread,
			       const struct event *event, uint64_t address, enum event_object kind)
{
	struct object *object = address_table_get(&thread->process->private->objects, address);

	if (object && object->kind == kind && !object->is_destroyed)
		return object;
	return new_object(model, thread, event, address, kind);
}

struct object *model_object_of(struct model *model, struct thread *thread,
			       const struct event *event)
{
	return model_object_at(model, thread, event, event->object,
			       event_info(event->type)->object);
}

void model_object_init(struct model *model, struct thread *thread, const struct event *event)
{
	enum event_object kind = event_info(event->type)->object;
	struct object *object = new_object(model, thread, event, event->object, kind);

	object->init_place = object->first_place;
	if (kind == OBJECT_MUTEX && event->value >= 0 && event->value <= INT_MAX)
		object->mutex_kind = (int)event->value;
	struct step step = model_step(STEP_INIT, thread, event);
	step.object = object;
	model_emit(model, &step);
}

void model_object_destroy(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object = model_object_of(model, thread, event);

	object->is_destroyed = true;
	struct step step = model_step(STEP_DESTROY, thread, event);
	step.object = object;
	model_emit(model, &step);
}

void model_object_destroy_failed(struct model *model, struct thread *thread,
				 const struct event *event)
{
	struct object *object =
		address_table_get(&thread->process->private->objects, event->object);

	if (object && object->is_destroyed && object->kind == event_info(event->type)->object)
		object->is_destroyed = false;
	else
		model->misfits.end_without_begin++;
}

void model_object_name(struct model *model, struct thread *thread, const struct event *event)
{
	struct process_private *private = thread->process->private;
	struct object *object = address_table_get(&private->objects, event->object);
	char *name = g_strdup(event->text ? event->text : "");

	(void)model;
	if (object && !object->is_destroyed) {
		g_free((char *)object->name);
		object->name = name;
		return;
	}
	g_ptr_array_add(private->blocks, name);
	address_table_set(&private->names, event->object, name);
}
