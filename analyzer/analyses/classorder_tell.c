/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes of locks taken in both orders, as notes. Two classes: A1 then B1, and B2 then A2. One
 * class: two of it nested with the order of their addresses, and two others against it, where that
 * is not the order in which they came into being either.
 */
#include <inttypes.h>

#include "analyzer/analyses/classorder.h"
#include "analyzer/orders.h"

/* Comparisons of orders in all, so that any trace ends in time. */
#define BUDGET 20000000

/* How the locks of a class were nested into each other. */
struct lock_class {
	bool rises, falls; /* by address */
	bool is_by_age, is_by_youth;
};

struct telling {
	const struct classorder *self;
	struct classorder_names *names;
	GHashTable *numbers; /* class_key: its number + 1 */
	GArray *classes;     /* struct lock_class */
	GHashTable *direct;  /* pairs of orders' locks, as in pair_of(), that lock-order is about */
	GArray *orders;	     /* struct order */
	GPtrArray *taken;    /* struct taken_order of each of these, Weak */
	uint64_t budget;     /* steps left for is_direct() */
	GPtrArray *gates;    /* blocks of struct order_gate, Owned by this */
};

/* UINT32_MAX: it belongs to none. */
static uint32_t class_of(struct telling *telling, const struct object *object)
{
	const struct identity *identity = classorder_identity(telling->names, object);
	struct lock_class none = { .rises = false };
	void *number;

	if (!identity->class_key)
		return UINT32_MAX;
	number = g_hash_table_lookup(telling->numbers, identity->class_key);
	if (!number) {
		g_array_append_val(telling->classes, none);
		number = GUINT_TO_POINTER(telling->classes->len);
		g_hash_table_insert(telling->numbers, (void *)identity->class_key, number);
	}
	return GPOINTER_TO_UINT(number) - 1;
}

static bool is_rising(const struct taken_order *taken)
{
	return taken->held->address < taken->requested->address;
}

static void note_nesting(struct telling *telling, const struct taken_order *taken, uint32_t number)
{
	struct lock_class *found = &g_array_index(telling->classes, struct lock_class, number);
	bool is_older = taken->held->index < taken->requested->index;

	found->rises |= is_rising(taken);
	found->falls |= !is_rising(taken);
	found->is_by_age |= is_older;
	found->is_by_youth |= !is_older;
}

/*
 * Its locks as numbers: of two classes a number each. Within a class a lock counts as low or high,
 * by address, so that two that were nested this way and that oppose each other.
 */
static struct order as_order(struct telling *telling, const struct taken_order *taken)
{
	uint32_t held = class_of(telling, taken->held) * 2;
	uint32_t requested = class_of(telling, taken->requested) * 2;
	uint32_t is_high = held == requested && !is_rising(taken);

	return (struct order){
		.held = held + is_high,
		.requested = held == requested ? held + !is_high : requested,
		.held_is_read = taken->held_is_read,
		.requested_is_read = taken->requested_is_read,
		/* The main threads of two processes are one: which runs the program alone. */
		.actor = taken->thread->is_main ? 0 : taken->thread->id + 1,
	};
}

static uint64_t pair_of(const struct order *order)
{
	uint32_t held = order->held / 2, requested = order->requested / 2;

	return (uint64_t)MIN(held, requested) << 32 | MAX(held, requested);
}

/* A lock without a class is a gate all the same: numbers from the top. */
static uint32_t gate_number(struct telling *telling, const struct object *object)
{
	uint32_t number = class_of(telling, object);

	return number == UINT32_MAX ? UINT32_MAX - object->id : number;
}

/* A further lock of the same class is another one, for all that is known. */
static void add_gates(struct telling *telling, struct order *order, const struct taken_order *taken)
{
	struct order_gate *gates = g_new(struct order_gate, taken->gate_count);

	for (unsigned i = 0; i < taken->gate_count; i++) {
		uint32_t number = gate_number(telling, taken->gates[i].object);

		if (number != order->held / 2 && number != order->requested / 2)
			gates[order->gate_count++] =
				(struct order_gate){ .lock = number,
						     .is_read = taken->gates[i].is_read };
	}
	order->gates = gates;
	g_ptr_array_add(telling->gates, gates);
}

static void add_orders(struct telling *telling)
{
	for (unsigned i = 0; i < telling->self->orders->len; i++) {
		struct taken_order *taken = telling->self->orders->pdata[i];
		uint32_t held = class_of(telling, taken->held);
		uint32_t requested = class_of(telling, taken->requested);

		if (held == UINT32_MAX || requested == UINT32_MAX)
			continue;
		if (held == requested)
			note_nesting(telling, taken, held);
		struct order order = as_order(telling, taken);
		add_gates(telling, &order, taken);
		taken->number = telling->orders->len;
		g_array_append_val(telling->orders, order);
		g_ptr_array_add(telling->taken, taken);
	}
}

/* Do two threads take these very locks in both orders? */
static bool is_direct(struct telling *telling, unsigned at)
{
	const struct taken_order *taken = telling->taken->pdata[at];
	const struct order *orders = (const struct order *)(void *)telling->orders->data;
	const struct taken_order *other =
		classorder_of_pair(telling->self, taken->requested, taken->held);

	for (; other && telling->budget; other = other->next, telling->budget--)
		if (orders_oppose(&orders[at], &orders[other->number]))
			return true;
	return false;
}

static void find_direct(struct telling *telling)
{
	for (unsigned i = 0; i < telling->orders->len; i++) {
		uint64_t pair = pair_of(&g_array_index(telling->orders, struct order, i));

		if (!g_hash_table_contains(telling->direct, &pair) && is_direct(telling, i))
			g_hash_table_add(telling->direct, g_memdup2(&pair, sizeof(pair)));
	}
}

/* Nobody knows which order was meant, but one was kept to. */
static bool is_consistent(const struct lock_class *found)
{
	return !(found->rises && found->falls) || !(found->is_by_age && found->is_by_youth);
}

static void add_step(const struct telling *telling, struct finding *finding,
		     const struct taken_order *taken, bool is_request)
{
	const struct wording *wording = telling->names->wording;
	const struct object *object = is_request ? taken->requested : taken->held;
	bool is_read = is_request ? taken->requested_is_read : taken->held_is_read;
	const struct wording_step step = {
		.thread = taken->thread,
		.action = report_format(wording->report, "%s%s", is_request ? "requested" : "held",
					!wording_mode(object, is_read)[0] ? ""
					: is_read			  ? " the read lock of"
									  : " the write lock of"),
		.object = names_object(wording->names, object),
		.place = is_request ? taken->requested_place : taken->held_place,
		.time_ns = is_request ? taken->requested_ns : taken->held_ns,
	};

	wording_add_step(wording, finding, &step);
	g_ptr_array_add(finding->objects, (char *)step.object);
}

/* "one held A and requested B" */
static const char *clause(const struct telling *telling, const struct taken_order *taken)
{
	const struct wording *wording = telling->names->wording;

	return report_format(wording->report, "%s held %s%s and requested %s%s",
			     names_thread(wording->names, taken->thread),
			     names_object(wording->names, taken->held),
			     wording_mode(taken->held, taken->held_is_read),
			     names_object(wording->names, taken->requested),
			     wording_mode(taken->requested, taken->requested_is_read));
}

static const char *class_name(const struct telling *telling, const struct object *object)
{
	return classorder_identity(telling->names, object)->class_name;
}

static const char *explain(const struct telling *telling, const struct taken_order *taken)
{
	struct report *report = telling->names->wording->report;
	const char *held = class_name(telling, taken->held);
	const char *requested = class_name(telling, taken->requested);

	if (!g_strcmp0(held, requested))
		return report_format(report,
				     "They are locks of one class (%s), nested neither in an order "
				     "of their addresses nor of their age. No two threads took "
				     "the same two of them in both orders.",
				     held);
	return report_format(report,
			     "They are locks of two classes (%s; %s), taken in both orders. No "
			     "two threads took the same two of them in both orders.",
			     held, requested);
}

static void set_identity(const struct telling *telling, struct finding *finding,
			 const struct taken_order *const *taken)
{
	const struct wording *wording = telling->names->wording;
	GPtrArray *words = g_ptr_array_new();

	for (unsigned i = 0; i < 2; i++) {
		const char *held = names_object_stable(wording->names, taken[i]->held);
		const char *requested = names_object_stable(wording->names, taken[i]->requested);
		const char *place = names_place_stable(wording->names, taken[i]->requested_place);

		g_ptr_array_add(words, (char *)report_format(wording->report, "%s|%s|%s", held,
							     requested, place));
	}
	wording_set_identity(wording, finding, words);
}

static bool tell(void *context, unsigned one, unsigned other)
{
	struct telling *telling = context;
	const struct wording *wording = telling->names->wording;
	const struct taken_order *taken[] = { telling->taken->pdata[one],
					      telling->taken->pdata[other] };
	struct finding *finding = wording_finding(wording, "class-order", LEVEL_NOTE,
						  CERTAINTY_POSSIBLE, taken[0]->thread->process);

	finding->message = report_format(wording->report, "%s; %s.", clause(telling, taken[0]),
					 clause(telling, taken[1]));
	for (unsigned i = 0; i < 2; i++) {
		g_ptr_array_add(finding->threads,
				(char *)names_thread(wording->names, taken[i]->thread));
		add_step(telling, finding, taken[i], false);
		add_step(telling, finding, taken[i], true);
	}
	g_ptr_array_add(finding->notes, (char *)explain(telling, taken[0]));
	set_identity(telling, finding, taken);
	/* One example says enough of two classes. */
	return false;
}

/* Keep those of which something is to be told. */
static void choose_orders(struct telling *telling)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < telling->orders->len; i++) {
		struct order *order = &g_array_index(telling->orders, struct order, i);
		const struct lock_class *found =
			&g_array_index(telling->classes, struct lock_class, order->held / 2);
		uint64_t pair = pair_of(order);
		bool is_one = order->held / 2 == order->requested / 2;

		if (g_hash_table_contains(telling->direct, &pair) ||
		    (is_one && is_consistent(found)))
			continue;
		g_array_index(telling->orders, struct order, kept) = *order;
		telling->taken->pdata[kept++] = telling->taken->pdata[i];
	}
	g_array_set_size(telling->orders, kept);
	g_ptr_array_set_size(telling->taken, (int)kept);
}

void classorder_tell(const struct classorder *self, struct classorder_names *names)
{
	struct telling telling = {
		.self = self,
		.names = names,
		.numbers = g_hash_table_new(g_str_hash, g_str_equal),
		.classes = g_array_new(FALSE, TRUE, sizeof(struct lock_class)),
		.direct = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
		.orders = g_array_new(FALSE, FALSE, sizeof(struct order)),
		.taken = g_ptr_array_new(),
		.budget = BUDGET,
		.gates = g_ptr_array_new_with_free_func(g_free),
	};

	add_orders(&telling);
	find_direct(&telling);
	choose_orders(&telling);
	bool is_complete = orders_find((const struct order *)(void *)telling.orders->data,
				       telling.orders->len, BUDGET, tell, &telling);
	if (!is_complete || !telling.budget || self->ignored)
		report_drop(names->wording->report, "classes, too many to decide",
			    MAX(1, self->ignored));
	g_hash_table_unref(telling.numbers);
	g_array_unref(telling.classes);
	g_hash_table_unref(telling.direct);
	g_array_unref(telling.orders);
	g_ptr_array_unref(telling.taken);
	g_ptr_array_unref(telling.gates);
}
