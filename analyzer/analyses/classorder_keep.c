/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders of locks for the join with other traces: what means the same there, each once. */
#include <inttypes.h>

#include "analyzer/analyses/classorder.h"

struct keeping {
	struct classorder_names *names;
	GHashTable *seen; /* texts of what was kept: id of its first thread + 1. Owned by this */
};

/* NULL: nothing that would mean the same in another run. */
static const char *key_of(struct classorder_names *names, const struct object *object)
{
	const struct identity *identity = classorder_identity(names, object);

	if (identity->lock_key)
		return identity->lock_key;
	return identity->is_portable ? identity->class_key : NULL;
}

static struct kept_lock keep_lock(struct keeping *keeping, const struct taken_order *taken,
				  bool is_request)
{
	const struct wording *wording = keeping->names->wording;
	const struct object *object = is_request ? taken->requested : taken->held;
	bool is_read = is_request ? taken->requested_is_read : taken->held_is_read;
	int64_t time_ns = is_request ? taken->requested_ns : taken->held_ns;

	return (struct kept_lock){
		.key = key_of(keeping->names, object),
		.name = names_object(wording->names, object),
		.stable = names_object_stable(wording->names, object),
		.is_one = classorder_identity(keeping->names, object)->lock_key,
		.is_read = is_read,
		.action = wording_action(is_request ? WORDING_REQUESTS : WORDING_HOLDS, object,
					 is_read),
		.time_ns = elapsed_ns(model_start_ns(wording->model), time_ns),
		.stack = names_stack(wording->names,
				     is_request ? taken->requested_place : taken->held_place),
	};
}

/* A further lock of one of the two classes is another one, for all that is known. */
static unsigned keep_gates(struct keeping *keeping, const struct taken_order *taken,
			   struct kept_gate *gates)
{
	const char *held = key_of(keeping->names, taken->held);
	const char *requested = key_of(keeping->names, taken->requested);
	unsigned count = 0;

	for (unsigned i = 0; i < taken->gate_count; i++) {
		const char *key = key_of(keeping->names, taken->gates[i].object);

		if (key && g_strcmp0(key, held) && g_strcmp0(key, requested))
			gates[count++] = (struct kept_gate){ key, taken->gates[i].is_read };
	}
	return count;
}

/* All that matters to a join, but the thread. */
static char *describe(struct keeping *keeping, const struct taken_order *taken)
{
	GString *text = g_string_new(NULL);
	struct kept_gate gates[CLASSORDER_GATES_MAX];
	unsigned count = keep_gates(keeping, taken, gates);

	g_string_append_printf(text, "%u %d%d%d\n%s\n%s", taken->thread->process->index,
			       taken->thread->is_main, taken->held_is_read,
			       taken->requested_is_read, key_of(keeping->names, taken->held),
			       key_of(keeping->names, taken->requested));
	for (unsigned i = 0; i < count; i++)
		g_string_append_printf(text, "\n%d %s", gates[i].is_read, gates[i].key);
	return g_string_free(text, FALSE);
}

/* Two threads say as much as many: whoever does the reverse, one of them is another thread. */
static bool is_known(struct keeping *keeping, const struct taken_order *taken)
{
	char *text = describe(keeping, taken);
	unsigned first = GPOINTER_TO_UINT(g_hash_table_lookup(keeping->seen, text));

	if (first == UINT32_MAX || first == taken->thread->id + 1) {
		g_free(text);
		return true;
	}
	g_hash_table_replace(keeping->seen, text,
			     GUINT_TO_POINTER(first ? UINT32_MAX : taken->thread->id + 1));
	return false;
}

static void keep(struct keeping *keeping, const struct taken_order *taken)
{
	const struct wording *wording = keeping->names->wording;
	struct kept_gate *gates = report_alloc(wording->report, taken->gate_count * sizeof(*gates));
	const struct kept_order kept = {
		.process = taken->thread->process->index,
		.thread = taken->thread->id,
		.is_by_main = taken->thread->is_main,
		.thread_name = names_thread(wording->names, taken->thread),
		.held = keep_lock(keeping, taken, false),
		.requested = keep_lock(keeping, taken, true),
		.place = names_place_stable(wording->names, taken->requested_place),
		.gates = gates,
		.gate_count = keep_gates(keeping, taken, gates),
	};

	g_array_append_val(wording->report->orders, kept);
}

void classorder_keep(const struct classorder *self, struct classorder_names *names)
{
	struct keeping keeping = {
		.names = names,
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};

	for (unsigned i = 0; i < self->orders->len; i++) {
		const struct taken_order *taken = self->orders->pdata[i];

		if (key_of(names, taken->held) && key_of(names, taken->requested) &&
		    !is_known(&keeping, taken))
			keep(&keeping, taken);
	}
	if (self->ignored)
		report_drop(names->wording->report, "orders, too many to join", self->ignored);
	g_hash_table_unref(keeping.seen);
}
