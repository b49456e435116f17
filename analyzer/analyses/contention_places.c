/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where who waited, and because of what was done where: the places of rows of blame. */
#include <stdlib.h>

#include "analyzer/analyses/contention.h"

/* Pairs of places of one row: the rest is the difference to its time. */
#define PLACES_MAX 4

/* A part of a row: one place that waited, one that was waited for. */
struct pair {
	uint32_t row;
	uint32_t waiter_place, holder_place; /* of the placetable */
	uint64_t count;
	int64_t ns;
};

/* Most time first in each row, then as they came to be known. */
static int compare_pairs(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;

	if (left->row != right->row)
		return left->row < right->row ? -1 : 1;
	if (left->ns != right->ns)
		return left->ns > right->ns ? -1 : 1;
	if (left->waiter_place != right->waiter_place)
		return left->waiter_place < right->waiter_place ? -1 : 1;
	return (left->holder_place > right->holder_place) -
	       (left->holder_place < right->holder_place);
}

/* 64 bits of a mixture never meet by chance. */
static uint64_t row_key(struct blame_key key, uint32_t holder)
{
	uint64_t waiter = address_table_mix((uint64_t)key.waiter << 32 | key.object);

	return address_table_mix(waiter + ((uint64_t)holder << 1 | key.is_read));
}

static void add_pairs(GArray *pairs, const struct blame_book *book, const struct blame_row *row,
		      const struct address_table *rows)
{
	const struct blame_spot *spots = (const struct blame_spot *)book->spots->data;
	const struct blame_spot *waiter = &spots[row->key.waiter];
	struct blame_key key = row->key;

	key.waiter = waiter->thread;
	for (unsigned i = 0; i < row->size; i++) {
		const struct blame_part *part = &row->parts[i];
		if (!part->count)
			continue;
		const struct blame_spot *holder = &spots[part->holder];
		unsigned number =
			GPOINTER_TO_UINT(address_table_get(rows, row_key(key, holder->thread)));
		const struct pair pair = { .row = number - 1,
					   .waiter_place = waiter->place,
					   .holder_place = holder->place,
					   .count = part->count,
					   .ns = part->ns };
		if (number && (pair.waiter_place || pair.holder_place))
			g_array_append_val(pairs, pair);
	}
}

static const char *place_name(struct names *names, struct place place)
{
	return place.process ? names_place(names, place) : NULL;
}

static void tell_pair(const struct blame_book *book, const struct pair *pair, struct names *names,
		      struct report *report)
{
	struct blame *row = &g_array_index(report->blame, struct blame, pair->row);
	struct place waiter = placetable_place(&book->places, pair->waiter_place);
	struct place holder = placetable_place(&book->places, pair->holder_place);

	if (!row->places)
		row->places = g_array_new(FALSE, TRUE, sizeof(struct blame_place));
	if (row->places->len == PLACES_MAX)
		return;
	const struct blame_place told = { .waiter_place = place_name(names, waiter),
					  .holder_place = place_name(names, holder),
					  .waiter_stack = names_stack(names, waiter),
					  .holder_stack = names_stack(names, holder),
					  .count = pair->count,
					  .ns = pair->ns };
	g_array_append_val(row->places, told);
}

void contention_report_places(const struct contention_state *state, const struct blamed *blamed,
			      unsigned count, struct names *names, struct report *report)
{
	const struct blame_book *book = &state->book;
	g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
	struct address_table rows = { 0 };

	for (unsigned i = 0; i < count; i++)
		address_table_set(&rows, row_key(blamed[i].key, blamed[i].holder),
				  GUINT_TO_POINTER(i + 1));
	for (unsigned i = 0; i < book->by_spot.rows->len; i++)
		add_pairs(pairs, book, book->by_spot.rows->pdata[i], &rows);
	g_array_sort(pairs, compare_pairs);
	for (unsigned i = 0; i < pairs->len; i++)
		tell_pair(book, &g_array_index(pairs, struct pair, i), names, report);
	address_table_done(&rows);
}
