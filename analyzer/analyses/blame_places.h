/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made whom wait, by thread and, as far as there is room, by place: where, and because of where. */
#ifndef ANALYZER_ANALYSES_BLAME_PLACES_H
#define ANALYZER_ANALYSES_BLAME_PLACES_H

#include "analyzer/analyses/blame.h"
#include "analyzer/analyses/placetable.h"

/* A thread at a place: where it waits, where it took what others wait for, or woke them. */
struct blame_spot {
	uint32_t thread; /* id */
	uint32_t place;	 /* of places, 0 unknown */
};

/* More are not told apart: they count for their thread, and for no place. */
#define BLAME_SPOTS_MAX 65536
#define BLAME_PLACED_MAX 100000 /* rows of by_spot */

struct blame_book {
	struct blame_table by_thread; /* waiters and holders are threads */
	struct blame_table by_spot;   /* they are numbers of spots */
	struct placetable places;
	struct address_table spots_by_key;
	GArray *spots; /* struct blame_spot */
};

void blame_book_init(struct blame_book *book);
void blame_book_done(struct blame_book *book);

/* thread, which may be NULL for nobody, has a lock from time_ns on, taken at place. */
struct turn blame_book_turn(struct blame_book *book, const struct thread *thread,
			    struct place place, int64_t time_ns);

/* A wait of the waiter of key, which began in turn first and ends at until_ns, is for all who had turns. */
void blame_book_shared(struct blame_book *book, struct blame_key key, const struct wait *wait,
		       int64_t until_ns, const struct turns *turns, uint64_t first);

/* All of a wait is because of holder, NULL nobody, who ended it. */
void blame_book_single(struct blame_book *book, struct blame_key key, const struct wait *wait,
		       const struct thread *holder, int64_t ns);

#endif
