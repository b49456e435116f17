/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialisation as rows: threads and places by name, most first. */
#include <stdlib.h>

#include "analyzer/analyses/serialisation.h"

/* Places beyond are not looked up, but summed up. */
#define NAMED_MAX 1000

static bool is_told(const struct process *process)
{
	return process->threads->len > 1;
}

/* Most first, then as they came. */
static int compare_cells(const void *a, const void *b)
{
	const struct serial_cell *left = *(const struct serial_cell *const *)a;
	const struct serial_cell *right = *(const struct serial_cell *const *)b;

	if (left->got.share != right->got.share)
		return left->got.share > right->got.share ? -1 : 1;
	return (left > right) - (left < right);
}

/* Most first, then as they came: the sort is stable. */
static int compare_rows(const void *a, const void *b)
{
	const struct serial_row *left = a, *right = b;

	return (left->share_ns < right->share_ns) - (left->share_ns > right->share_ns);
}

static void add_ns(int64_t *sum, uint64_t ns)
{
	if (__builtin_add_overflow(*sum, ns, sum))
		*sum = INT64_MAX;
}

static void add_to(struct serial_row *sum, const struct serial_cell *cell)
{
	add_ns(&sum->share_ns, cell->got.share >> SERIAL_SHIFT);
	add_ns(&sum->alone_ns, cell->got.alone_ns);
}

/* The row of thread and place, which is made where there is none; places of one name are one. */
static struct serial_row *row_of(GArray *rows, GHashTable *by_words, const char *thread,
				 const char *place)
{
	const struct serial_row row = { .thread = thread, .place = place };
	g_autofree char *words = g_strdup_printf("%s\t%s", thread, place);
	unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(by_words, words));

	if (!number) {
		g_array_append_val(rows, row);
		number = rows->len;
		g_hash_table_insert(by_words, g_steal_pointer(&words), GUINT_TO_POINTER(number));
	}
	return &g_array_index(rows, struct serial_row, number - 1);
}

static void add_cell(const struct serial_state *state, struct names *names,
		     const struct serial_cell *cell, GArray *rows, GHashTable *by_words)
{
	struct place place = placetable_place(&state->places, cell->place);
	const char *words = cell->place ? names_place(names, place) : "its start";

	add_to(row_of(rows, by_words, names_thread(names, cell->thread), words), cell);
}

static void add_process(const struct serial_state *state, const struct process *process,
			struct serialisation *ret)
{
	const struct serial_process *sums = state->processes->pdata[process->index];

	if (!is_told(process))
		return;
	add_ns(&ret->running_ns, sums->running_ns);
	add_ns(&ret->idle_ns, sums->idle_ns);
	add_ns(&ret->alone_ns, sums->clock.alone_ns);
}

void serialisation_report(const struct serial_state *state, const struct model *model,
			  struct names *names, struct report *report)
{
	g_autoptr(GHashTable)
		by_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) cells = g_ptr_array_new();
	const GPtrArray *processes = model_processes(model);
	struct serialisation *ret = &report->serialisation;

	for (unsigned i = 0; i < processes->len; i++)
		add_process(state, processes->pdata[i], ret);
	for (unsigned i = 0; i < state->cells->len; i++) {
		struct serial_cell *cell = &g_array_index(state->cells, struct serial_cell, i);

		if (cell->got.share && (!cell->thread || is_told(cell->thread->process)))
			g_ptr_array_add(cells, cell);
	}
	g_ptr_array_sort(cells, compare_cells);
	for (unsigned i = 0; i < cells->len; i++) {
		const struct serial_cell *cell = cells->pdata[i];

		if (cell->thread && i < NAMED_MAX)
			add_cell(state, names, cell, ret->rows, by_words);
		else
			add_to(&ret->rest, cell);
	}
	g_array_sort(ret->rows, compare_rows);
}
