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

/* Where objects of that kind are found by address. */
static struct address_table *table_of(const struct process *process, enum event_object kind)
{
	return kind == OBJECT_FUTEX ? &process->private->futexes : &process->private->objects;
}

/* A forked child goes on with the objects of its parent. */
static void inherit(struct object *object)
{
	const struct process *process = object->process;
	const struct object *old =
		process->is_fork ? address_table_get(table_of(process->parent, object->kind),
						     object->address)
				 : NULL;

	if (!old || old->kind != object->kind || old->is_destroyed)
		return;
	object->generation = old->generation;
	object->native = old->native;
	object->mutex_kind = old->mutex_kind;
	object->rwlock_kind = old->rwlock_kind;
	object->is_shared = old->is_shared;
	object->init_place = old->init_place;
	object->name = g_strdup(old->name);
	if (object->kind == OBJECT_BARRIER)
		object->count = old->count;
}

static void end_holds(struct model *model, const struct object *object, const struct event *event)
{
	while (object->holder)
		model_lock_end_hold(model, object->holder, NULL, event);
}

/* Nobody can release a lock that is gone. */
static void retire(struct model *model, struct object *old, const struct event *event)
{
	end_holds(model, old, event);
	old->is_destroyed = true;
}

/* The one before it at that address is still what it was. */
static struct object *new_object(struct model *model, struct thread *thread,
				 const struct event *event, uint64_t address,
				 enum event_object kind)
{
	struct process *process = thread->process;
	struct object *old = address_table_get(table_of(process, kind), address);
	struct object *object = &(g_new0(struct object_private, 1))->object;

	object->process = process;
	object->kind = kind;
	object->address = address;
	object->generation = old ? old->generation + 1 : 1;
	object->id = model->object_count++;
	object->index = ++process->private->object_count[kind];
	object->mutex_kind = object->rwlock_kind = -1;
	object->count = -1;
	object->previous = old;
	object->first_place = model_place(thread, event);
	g_ptr_array_add(process->objects, object);
	address_table_set(table_of(process, kind), address, object);
	if (!old)
		inherit(object);
	take_name(object);
	return object;
}

void model_object_free(struct object *object)
{
	g_free((char *)object->name);
	g_free((struct object_private *)object);
}

/* Of that address and kind, and in use; or NULL. */
static inline struct object *find(const struct process *process, uint64_t address,
				  enum event_object kind)
{
	struct object *object = address_table_get(table_of(process, kind), address);

	return object && object->kind == kind && !object->is_destroyed ? object : NULL;
}

/* Whatever is at that address is no more. */
static struct object *make(struct model *model, struct thread *thread, const struct event *event,
			   uint64_t address, enum event_object kind)
{
	struct object *object = new_object(model, thread, event, address, kind);

	if (object->previous)
		retire(model, object->previous, event);
	return object;
}

struct object *model_object_at(struct model *model, struct thread *thread,
			       const struct event *event, uint64_t address, enum event_object kind)
{
	struct object *object = find(thread->process, address, kind);

	return object ? object : make(model, thread, event, address, kind);
}

struct object *model_object_of(struct model *model, struct thread *thread,
			       const struct event *event)
{
	enum event_object kind = event_info(event->type)->object;
	struct object *object = find(thread->process, event->object, kind);

	return object ? object : make(model, thread, event, event->object, kind);
}

void model_object_learn(struct object *object, const struct event *event)
{
	bool is_int = event->value >= 0 && event->value <= INT_MAX;
	int value = is_int ? (int)event->value : -1;

	switch (object->kind) {
	case OBJECT_SEMAPHORE:
		model_semaphore_set(object, event->value);
		object->is_shared = (event->other & MUTEX_SHARED) != 0;
		return;
	case OBJECT_BARRIER:
		object->count = event->value > 0 ? event->value : -1;
		object->is_shared = (event->other & MUTEX_SHARED) != 0;
		return;
	case OBJECT_MUTEX:
		object->mutex_kind = value;
		break;
	case OBJECT_RWLOCK:
		object->rwlock_kind = is_int ? value & RWLOCK_PREFERENCE_MASK : -1;
		break;
	default:
		break;
	}
	object->is_shared = is_int && (value & MUTEX_SHARED);
}

/* The step comes while the old object is still held and waited for. */
struct object *model_object_made(struct model *model, struct thread *thread,
				 const struct event *event)
{
	enum event_object kind = event_info(event->type)->object;
	struct object *object = new_object(model, thread, event, event->object, kind);
	struct object *old = object->previous;
	struct step step = model_step(STEP_INIT, thread, event);

	object->init_place = object->first_place;
	model_object_learn(object, event);
	step.object = object;
	step.old = old && !old->is_destroyed ? old : NULL;
	model_emit(model, &step);
	if (old)
		retire(model, old, event);
	return object;
}

void model_object_init(struct model *model, struct thread *thread, const struct event *event)
{
	model_object_made(model, thread, event);
}

void model_object_open(struct model *model, struct thread *thread, const struct event *event)
{
	struct object *object =
		address_table_get(&thread->process->private->objects, event->object);

	if (object && object->kind == OBJECT_SEMAPHORE && !object->is_destroyed)
		return;
	object = model_object_made(model, thread, event);
	object->is_shared = true;
	if (!object->name && event->text && *event->text)
		object->name = g_strdup(event->text);
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
	enum event_object kind = event_info(event->type)->object;
	struct object *object = address_table_get(table_of(thread->process, kind), event->object);

	bool is_kind = object && (object->kind == kind || kind == OBJECT_ANY);

	if (is_kind && object->is_destroyed && !object->is_gone)
		object->is_destroyed = false;
	else
		model->misfits.end_without_begin++;
}

/* Generations of other kinds that may have come to that address before the count of one is told. */
#define TALLY_GENERATIONS 16

static void tally(struct model *model, struct thread *thread, const struct event *event,
		  bool is_read)
{
	enum event_object kind = event_info(event->type)->object;
	struct object *object = address_table_get(table_of(thread->process, kind), event->object);
	struct step step = model_step(STEP_TALLY, thread, event);

	if (!object)
		object = make(model, thread, event, event->object, kind);
	for (unsigned i = 0; object && object->kind != kind && i < TALLY_GENERATIONS; i++)
		object = object->previous;
	if (!object || object->kind != kind)
		return;
	step.object = object;
	step.is_read = is_read;
	step.count = event->other;
	step.result = MAX(event->value, -1);
	model_emit(model, &step);
}

void model_object_tally(struct model *model, struct thread *thread, const struct event *event)
{
	tally(model, thread, event, false);
}

void model_object_read_tally(struct model *model, struct thread *thread, const struct event *event)
{
	tally(model, thread, event, true);
}

static void gone(struct model *model, struct object *object, const struct event *event)
{
	if (!object)
		return;
	retire(model, object, event);
	object->is_gone = true;
}

void model_object_gone(struct model *model, struct thread *thread, const struct event *event)
{
	struct process_private *private = thread->process->private;

	gone(model, address_table_get(&private->objects, event->object), event);
	gone(model, address_table_get(&private->futexes, event->object), event);
	if (address_table_get(&private->names, event->object))
		address_table_set(&private->names, event->object, no_name);
}

static bool rename_live(struct object *object, const char *name)
{
	if (!object || object->is_destroyed)
		return false;
	g_free((char *)object->name);
	object->name = g_strdup(name);
	return true;
}

void model_object_name(struct model *model, struct thread *thread, const struct event *event)
{
	struct process_private *private = thread->process->private;
	const char *name = event->text ? event->text : "";
	bool is_known = rename_live(address_table_get(&private->objects, event->object), name);

	(void)model;
	if (rename_live(address_table_get(&private->futexes, event->object), name) || is_known)
		return;
	char *noted = g_strdup(name);
	g_ptr_array_add(private->blocks, noted);
	address_table_set(&private->names, event->object, noted);
}
