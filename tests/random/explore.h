/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every state that the actions of a record can lead to, in whatever order the threads run. */
#ifndef TESTS_RANDOM_EXPLORE_H
#define TESTS_RANDOM_EXPLORE_H

#include <glib.h>

#include "tests/random/world.h"

/* Keys that were there before. */
struct key_set {
	uint64_t *slots; /* 0 free. Owned by this */
	unsigned size, count;
};

struct explorer {
	const struct record *record;
	struct key_set seen;	  /* states */
	struct key_set seen_dead; /* deadlocks */
	GArray *deadlocks;	  /* struct deadlock, each once: all that are reachable */
	GArray *todo;		  /* struct world */
};

void explorer_init(struct explorer *explorer);
void explorer_done(struct explorer *explorer);

/* Returns how many states there are, 0 when there are too many. Forgets what was there before. */
unsigned explorer_run(struct explorer *explorer, const struct record *record);

/*
 * The threads that are in rings: masks of threads each of which waits for others of its mask and for
 * nobody else. At most WORLD_THREADS of them; returns how many.
 */
unsigned deadlock_rings(const struct deadlock *deadlock, uint8_t *rings);

#endif
