/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes of locks taken in both orders, as notes. Two classes: A1 then B1, and B2 then A2; more of
 * them in a ring. One class: two of it nested with the order of their addresses, and two others against it, where that
 * is not the order in which they came into being either.
 */
#include <stdlib.h>

#include "analyzer/analyses/classorder.h"
#include "analyzer/orders.h"
#include "analyzer/rings.h"

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
	bool is_limited;     /* not all was looked at */
	GPtrArray *gates;    /* blocks of struct order_gate, Owned by this */
	GHashTable *told;    /* pairs of classes, as in pair_of() */
	GHashTable *
		direct_rings; /* as in ring_words(): lock-order is about them. NULL: not looked for */
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

/* The main threads of two processes are one: which runs the program alone. */
static uint32_t actor_of(const struct taken_order *taken)
{
	return taken->thread->is_main ? 0 : taken->thread->id + 1;
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
		.actor = actor_of(taken),
	};
}

/* Of two locks as as_order() numbers them. */
static uint64_t pair_of(uint32_t one, uint32_t other)
{
	return (uint64_t)MIN(one / 2, other / 2) << 32 | MAX(one / 2, other / 2);
}

/* A lock without a class is a gate all the same: numbers from the top. */
static uint32_t gate_number(struct telling *telling, const struct object *object)
{
	uint32_t number = class_of(telling, object);

	return number == UINT32_MAX ? UINT32_MAX - object->id : number * 2;
}

/* A further lock of the same class is another one, for all that is known. */
static void add_gates(struct telling *telling, struct order *order, const struct taken_order *taken)
{
	struct order_gate *gates = g_new(struct order_gate, taken->gate_count);

	for (unsigned i = 0; i < taken->gate_count; i++) {
		uint32_t number = gate_number(telling, taken->gates[i].object);

		if (number != (order->held & ~1U) && number != (order->requested & ~1U))
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
		const struct order *order = &g_array_index(telling->orders, struct order, i);
		uint64_t pair = pair_of(order->held, order->requested);

		if (!g_hash_table_contains(telling->direct, &pair) && is_direct(telling, i))
			g_hash_table_add(telling->direct, g_memdup2(&pair, sizeof(pair)));
	}
}

/* Nobody knows which order was meant, but one was kept to. */
static bool is_consistent(const struct lock_class *found)
{
	return !(found->rises && found->falls) || !(found->is_by_age && found->is_by_youth);
}

/* One example says enough of these classes. */
static void tell(const struct telling *telling, const unsigned *ring, unsigned length)
{
	const struct taken_order *taken[RINGS_LENGTH_MAX] = { NULL };

	for (unsigned i = 0; i < length; i++)
		taken[i] = telling->taken->pdata[ring[i]];
	classorder_say(telling->names, taken, length);
}

static bool tell_pair(void *context, unsigned one, unsigned other)
{
	struct telling *telling = context;
	const unsigned ring[] = { one, other };
	const struct order *order = &g_array_index(telling->orders, struct order, one);
	uint64_t pair = pair_of(order->held, order->requested);

	tell(telling, ring, 2);
	g_hash_table_add(telling->told, g_memdup2(&pair, sizeof(pair)));
	return false;
}

static bool is_told(void *context, uint32_t one, uint32_t other)
{
	const struct telling *telling = context;
	uint64_t pair = pair_of(one, other);

	return g_hash_table_contains(telling->told, &pair);
}

static int compare_classes(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* The classes of a ring's locks, a set. Free it. */
static char *ring_words(struct telling *telling, const struct taken_order *const *ring,
			unsigned length)
{
	GString *words = g_string_new(NULL);
	uint32_t classes[RINGS_LENGTH_MAX] = { 0 };

	for (unsigned i = 0; i < length; i++)
		classes[i] = class_of(telling, ring[i]->held);
	qsort(classes, length, sizeof(classes[0]), compare_classes);
	for (unsigned i = 0; i < length; i++)
		g_string_append_printf(words, "%x ", classes[i]);
	return g_string_free(words, FALSE);
}

static bool note_direct_ring(void *context, const unsigned *ring, unsigned length)
{
	struct telling *telling = context;
	const struct taken_order *taken[RINGS_LENGTH_MAX] = { NULL };

	for (unsigned i = 0; i < length; i++)
		taken[i] = telling->self->orders->pdata[ring[i]];
	g_hash_table_add(telling->direct_rings, ring_words(telling, taken, length));
	return false;
}

/* Rings of locks as they are, not of classes. */
static void find_direct_rings(struct telling *telling)
{
	const GPtrArray *all = telling->self->orders;
	g_autofree struct order *orders = g_new0(struct order, all->len + 1);
	struct rings_query query = { .orders = orders,
				     .count = all->len,
				     .budget = BUDGET,
				     .fn = note_direct_ring,
				     .context = telling };

	telling->direct_rings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (unsigned i = 0; i < all->len; i++) {
		const struct taken_order *taken = all->pdata[i];
		struct order_gate *gates = g_new(struct order_gate, taken->gate_count);

		for (unsigned j = 0; j < taken->gate_count; j++)
			gates[j] = (struct order_gate){ .lock = taken->gates[j].object->id,
							.is_read = taken->gates[j].is_read };
		g_ptr_array_add(telling->gates, gates);
		orders[i] = (struct order){ .held = taken->held->id,
					    .requested = taken->requested->id,
					    .held_is_read = taken->held_is_read,
					    .requested_is_read = taken->requested_is_read,
					    .actor = actor_of(taken),
					    .gates = gates,
					    .gate_count = taken->gate_count };
	}
	if (!rings_find(&query))
		telling->is_limited = true;
}

static bool tell_ring(void *context, const unsigned *ring, unsigned length)
{
	struct telling *telling = context;
	const struct taken_order *taken[RINGS_LENGTH_MAX] = { NULL };

	if (!telling->direct_rings)
		find_direct_rings(telling);
	for (unsigned i = 0; i < length; i++)
		taken[i] = telling->taken->pdata[ring[i]];
	g_autofree char *words = ring_words(telling, taken, length);
	if (g_hash_table_contains(telling->direct_rings, words))
		return false;
	tell(telling, ring, length);
	return true;
}

/* Keep those of which something is to be told. */
static void choose_orders(struct telling *telling)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < telling->orders->len; i++) {
		struct order *order = &g_array_index(telling->orders, struct order, i);
		const struct lock_class *found =
			&g_array_index(telling->classes, struct lock_class, order->held / 2);
		uint64_t pair = pair_of(order->held, order->requested);
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
		.told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
	};

	add_orders(&telling);
	find_direct(&telling);
	choose_orders(&telling);
	const struct order *orders = (const struct order *)(void *)telling.orders->data;
	const struct rings_query query = { .orders = orders,
					   .count = telling.orders->len,
					   .budget = BUDGET,
					   .fn = tell_ring,
					   .is_told = is_told,
					   .context = &telling };
	telling.is_limited = !orders_find(orders, telling.orders->len, BUDGET, tell_pair, &telling);
	if (!rings_find(&query))
		telling.is_limited = true;
	if (telling.is_limited || !telling.budget || self->ignored)
		report_drop(names->wording->report, "classes, too many to decide",
			    MAX(1, self->ignored));
	g_hash_table_unref(telling.numbers);
	g_array_unref(telling.classes);
	g_hash_table_unref(telling.direct);
	g_array_unref(telling.orders);
	g_ptr_array_unref(telling.taken);
	g_ptr_array_unref(telling.gates);
	g_hash_table_unref(telling.told);
	if (telling.direct_rings)
		g_hash_table_unref(telling.direct_rings);
}
