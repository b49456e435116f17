/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who took which lock while holding which other one, for classes of locks and for other runs.
 * Without either of these wishes it does nothing.
 */
#include "analyzer/analyses/classorder.h"

#include <string.h>

#include "analyzer/analysis.h"

/* The latest ones of so many held locks are looked at. */
#define HELD_MAX 32
#define ORDERS_MAX 1000000

static void *start(void)
{
	struct classorder *self = g_new0(struct classorder, 1);

	self->orders = g_ptr_array_new_with_free_func(g_free);
	return self;
}

static void set_limits(void *state, const struct limits *limits)
{
	struct classorder *self = state;

	self->is_told = limits->tells_class_order;
	self->is_kept = limits->keeps_orders;
}

static uint64_t pair_key(const struct object *held, const struct object *requested)
{
	return (uint64_t)held->id << 32 | requested->id;
}

const struct taken_order *classorder_of_pair(const struct classorder *self,
					     const struct object *held,
					     const struct object *requested)
{
	return address_table_get(&self->by_pair, pair_key(held, requested));
}

/* Locks that thread holds besides these two; the result is their number. */
static unsigned find_gates(const struct thread *thread, const struct object *one,
			   const struct object *other, struct taken_gate *gates)
{
	unsigned count = 0;

	for (const struct hold *hold = thread->held_last; hold && count < CLASSORDER_GATES_MAX;
	     hold = hold->previous)
		if (hold->object != one && hold->object != other)
			gates[count++] = (struct taken_gate){ hold->object, hold->is_read };
	return count;
}

static const struct hold *find_hold(const struct thread *thread, const struct object *object)
{
	const struct hold *hold = thread->held;

	while (hold && hold->object != object)
		hold = hold->next;
	return hold;
}

/* What thread does not hold this time is no gate. */
static void keep_gates(struct taken_order *order, const struct thread *thread)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < order->gate_count; i++) {
		const struct hold *hold = find_hold(thread, order->gates[i].object);

		if (!hold)
			continue;
		order->gates[kept] = order->gates[i];
		order->gates[kept++].is_read |= hold->is_read;
	}
	order->gate_count = (uint8_t)kept;
}

static struct taken_order *add_order(struct classorder *self, const struct step *step,
				     const struct hold *hold)
{
	struct taken_gate gates[CLASSORDER_GATES_MAX];
	unsigned count = find_gates(step->thread, hold->object, step->object, gates);
	struct taken_order *order = g_malloc0(sizeof(*order) + count * sizeof(gates[0]));
	uint64_t pair = pair_key(hold->object, step->object);

	order->gate_count = (uint8_t)count;
	memcpy(order->gates, gates, count * sizeof(gates[0]));
	order->thread = step->thread;
	order->held = hold->object;
	order->requested = step->object;
	order->held_is_read = hold->is_read;
	order->requested_is_read = step->is_read;
	order->held_place = hold->place;
	order->requested_place = step->place;
	order->held_ns = hold->since_ns;
	order->requested_ns = step->time_ns;
	order->next = address_table_get(&self->by_pair, pair);
	address_table_set(&self->by_pair, pair, order);
	g_ptr_array_add(self->orders, order);
	return order;
}

static void note(struct classorder *self, const struct step *step, const struct hold *hold)
{
	uint64_t modes = (hold->is_read ? 1 : 0) + (step->is_read ? 2 : 0);
	uint64_t who = address_table_mix((uint64_t)step->thread->id << 2 | modes);
	uint64_t key = address_table_mix(who + pair_key(hold->object, step->object));
	struct taken_order *order = address_table_get(&self->by_key, key);

	if (!order && self->orders->len >= ORDERS_MAX) {
		self->ignored++;
		return;
	}
	if (order) {
		keep_gates(order, step->thread);
	} else {
		order = add_order(self, step, hold);
		address_table_set(&self->by_key, key, order);
	}
	order->count++;
}

/* A request that would wait as long as it takes: an attempt, or one with a time limit, does not. */
static bool is_request(const struct step *step)
{
	if (step->kind == STEP_REQUEST)
		return !step->is_timed && !find_hold(step->thread, step->object);
	/* With a wait before it, the request has been seen. */
	return step->kind == STEP_ACQUIRE && !step->wait && !step->is_try && !step->is_timed;
}

static void step(void *state, const struct step *step)
{
	struct classorder *self = state;
	unsigned count = 0;

	if ((!self->is_told && !self->is_kept) || !is_request(step))
		return;
	for (const struct hold *hold = step->thread->held_last; hold && count < HELD_MAX;
	     hold = hold->previous)
		if (hold->object != step->object) {
			note(self, step, hold);
			count++;
		}
}

void classorder_names_init(struct classorder_names *names, const struct wording *wording)
{
	names->wording = wording;
	names->identities = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
}

void classorder_names_done(struct classorder_names *names)
{
	g_hash_table_unref(names->identities);
}

const struct identity *classorder_identity(struct classorder_names *names,
					   const struct object *object)
{
	const struct wording *wording = names->wording;
	struct identity *found = g_hash_table_lookup(names->identities, object);

	if (!found) {
		found = g_new(struct identity, 1);
		*found = identity_of(wording->names, wording->report, object);
		g_hash_table_insert(names->identities, (void *)object, found);
	}
	return found;
}

static void finish(void *state, const struct model *model, struct names *names,
		   struct report *report)
{
	struct classorder *self = state;
	const struct wording wording = { .model = model, .names = names, .report = report };
	struct classorder_names identities;

	classorder_names_init(&identities, &wording);
	if (self->is_told)
		classorder_tell(self, &identities);
	if (self->is_kept)
		classorder_keep(self, &identities);
	classorder_names_done(&identities);
	g_ptr_array_unref(self->orders);
	address_table_done(&self->by_key);
	address_table_done(&self->by_pair);
	g_free(self);
}

const struct analysis analysis_class_order = {
	.name = "class-order",
	.summary = "locks of one kind taken in both orders, though never the same two; on request",
	.start = start,
	.set_limits = set_limits,
	.step = step,
	.finish = finish,
};
