/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made whom wait, by thread and by place. */
#include "analyzer/analyses/blame_places.h"

static const struct place nowhere;

void blame_book_init(struct blame_book *book)
{
	*book = (struct blame_book){ .spots =
					     g_array_new(FALSE, FALSE, sizeof(struct blame_spot)) };
	blame_table_init(&book->by_thread);
	blame_table_init(&book->by_spot);
}

void blame_book_done(struct blame_book *book)
{
	blame_table_done(&book->by_thread);
	blame_table_done(&book->by_spot);
	placetable_done(&book->places);
	address_table_done(&book->spots_by_key);
	g_array_unref(book->spots);
}

static uint32_t spot_of(struct blame_book *book, uint32_t thread, struct place place)
{
	const struct blame_spot spot = { .thread = thread,
					 .place = placetable_id(&book->places, place) };
	uint64_t key = (uint64_t)thread << 32 | spot.place;
	uint32_t known = GPOINTER_TO_UINT(address_table_get(&book->spots_by_key, key));

	if (known)
		return known - 1;
	if (book->spots->len >= BLAME_SPOTS_MAX)
		return BLAME_NO_SPOT;
	g_array_append_val(book->spots, spot);
	address_table_set(&book->spots_by_key, key, GUINT_TO_POINTER(book->spots->len));
	return book->spots->len - 1;
}

struct turn blame_book_turn(struct blame_book *book, const struct thread *thread,
			    struct place place, int64_t time_ns)
{
	struct turn turn = { .thread = BLAME_NOBODY, .spot = BLAME_NO_SPOT, .since_ns = time_ns };

	if (thread) {
		turn.thread = thread->id;
		turn.spot = spot_of(book, thread->id, place);
	}
	return turn;
}

/* NULL: there is no room. */
static struct blame_row *placed_row(struct blame_book *book, struct blame_key key,
				    struct place place)
{
	key.waiter = spot_of(book, key.waiter, place);
	if (key.waiter == BLAME_NO_SPOT)
		return NULL;
	if (book->by_spot.rows->len >= BLAME_PLACED_MAX)
		return blame_row_find(&book->by_spot, key);
	return blame_row_of(&book->by_spot, key);
}

/* A wait that lasted ns, of which parts may follow. */
static struct blame_wait count_wait(struct blame_book *book, struct blame_key key,
				    struct place place, int64_t ns)
{
	struct blame_wait wait = { .row = blame_row_of(&book->by_thread, key),
				   .placed = placed_row(book, key, place) };

	blame_row_wait(wait.row, ns);
	if (wait.placed)
		blame_row_wait(wait.placed, ns);
	return wait;
}

void blame_book_shared(struct blame_book *book, struct blame_key key, const struct wait *wait,
		       int64_t until_ns, const struct turns *turns, uint64_t first)
{
	struct blame_wait blamed =
		count_wait(book, key, wait->place, elapsed_ns(wait->since_ns, until_ns));

	blamed.since_ns = wait->since_ns;
	blamed.until_ns = until_ns;
	blamed.first = first;
	turns_charge(turns, &blamed);
}

void blame_book_single(struct blame_book *book, struct blame_key key, const struct wait *wait,
		       const struct thread *holder, int64_t ns)
{
	struct blame_wait blamed = count_wait(book, key, wait->place, ns);

	if (!holder)
		return;
	blame_row_part(blamed.row, holder->id, ns);
	uint32_t spot =
		spot_of(book, holder->id, wait->waker == holder ? wait->waker_place : nowhere);
	if (blamed.placed && spot != BLAME_NO_SPOT)
		blame_row_part(blamed.placed, spot, ns);
}
