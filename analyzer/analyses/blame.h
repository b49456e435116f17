/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made whom wait: each wait split over those who had the lock while it lasted. */
#ifndef ANALYZER_ANALYSES_BLAME_H
#define ANALYZER_ANALYSES_BLAME_H

#include <glib.h>
#include <stdint.h>

#include "analyzer/address_table.h"
#include "analyzer/model.h"

/* In place of a thread's id. */
#define BLAME_NOBODY UINT32_MAX	      /* not known who */
#define BLAME_OTHERS (UINT32_MAX - 1) /* more turns ago than are told apart */
#define BLAME_UNTOLD (UINT32_MAX - 2) /* one whose acquisition was not told */
/* In place of an object's id: the end of the thread that is waited for. */
#define BLAME_JOIN UINT32_MAX
/* In place of a spot's number: one too many, or nobody's. */
#define BLAME_NO_SPOT UINT32_MAX

/* A waiter and an object, by id. Where places are told apart, waiter is the number of a spot. */
struct blame_key {
	uint32_t waiter, object;
	bool is_read; /* of an rwlock: the waiter wants to read */
};

/* One holder in a row. */
struct blame_part {
	uint32_t holder; /* id */
	uint64_t count;	 /* waits; 0: no holder here */
	int64_t ns;
	uint64_t last_wait; /* the number of the latest wait counted */
};

/* All waits of one key, and the parts of the holders in them. */
struct blame_row {
	struct blame_key key;
	uint64_t count; /* waits */
	int64_t ns;
	struct blame_part *parts; /* by id of the holder, open addressing. Owned by this */
	uint32_t size, used;	  /* size: 0 or a power of two */
};

struct blame_table {
	struct address_table by_key; /* hash of the key: struct blame_row */
	GPtrArray *rows;	     /* the same, Owned by this, in order of appearance */
};

/* Who had a lock since when, while somebody waits for it. Zeroed memory is an empty one. */
struct turns {
	struct turn {
		uint32_t thread;
		uint32_t spot; /* of blame_places.h: it, where it took the lock */
		int64_t since_ns;
	} * list;      /* Owned by this */
	uint64_t base; /* number of the first in the list */
	size_t count, size;
};

/* A thread waits for one lock, and in handlers of signals for more; those one too many are lost. */
#define BEGUN_MAX 4

/* The locks that a thread waits for, and the turn in which each wait began. */
struct begun {
	struct begun_wait {
		uint64_t turn;
		uint32_t object;
	} list[BEGUN_MAX]; /* innermost last */
	unsigned count;
};

void blame_table_init(struct blame_table *table);
void blame_table_done(struct blame_table *table);

/* NULL: there is none yet. */
struct blame_row *blame_row_find(const struct blame_table *table, struct blame_key key);
/* Made at first sight. */
struct blame_row *blame_row_of(struct blame_table *table, struct blame_key key);
/* One more wait, of which parts may follow. */
void blame_row_wait(struct blame_row *row, int64_t ns);
/* A part of the latest wait; parts of one holder in it count once. */
void blame_row_part(struct blame_row *row, uint32_t holder, int64_t ns);
/* Add a part that was counted elsewhere. */
void blame_row_sum(struct blame_row *row, const struct blame_part *part);

void turns_done(struct turns *turns);
/* Forget all; somebody begins to wait, nobody else does. */
void turns_reset(struct turns *turns);
/* Is there room for one more only if others are forgotten, or by growing? */
static inline bool turns_are_full(const struct turns *turns)
{
	return turns->count == turns->size;
}
/* From now on turn->thread has the lock. first_needed: turns before this number may be forgotten. */
void turns_add(struct turns *turns, const struct turn *turn, uint64_t first_needed);
/* The number of the present turn. */
uint64_t turns_present(const struct turns *turns);

void begun_add(struct begun *begun, uint32_t object, uint64_t turn);
/* In *turn when the wait for object began. False: it is not known to have begun. */
bool begun_find(const struct begun *begun, uint32_t object, uint64_t *turn);
/* The wait for object is over, and so are those within it. */
void begun_end(struct begun *begun, uint32_t object);

/* One wait, which belongs to the row of its waiter and to that of the waiter's spot. */
struct blame_wait {
	struct blame_row *row, *placed; /* placed: NULL none */
	int64_t since_ns, until_ns;
	uint64_t first; /* the turn in which it began */
};

/* Share wait out to those whose turn it was. */
void turns_charge(const struct turns *turns, const struct blame_wait *wait);

#endif
