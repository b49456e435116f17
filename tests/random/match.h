/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who ended whose wait in the run that is recorded: the longest one first, as the model has it. */
#ifndef TESTS_RANDOM_MATCH_H
#define TESTS_RANDOM_MATCH_H

#include "tests/random/world.h"

struct match {
	struct {
		int owner; /* who took it last and has not posted since, -1 nobody */
		unsigned taken, posted;
		uint8_t posters[WORLD_THREADS * WORLD_ACTIONS];
		uint8_t posts[WORLD_THREADS * WORLD_ACTIONS]; /* which actions of theirs */
	} semaphores[WORLD_OBJECTS];
};

void match_init(struct match *match, struct record *record);

/* The latest action in the record of thread is about to happen, or in the case of a take has. */
void match_signal(struct record *record, const struct world *world, unsigned thread);
void match_post(struct match *match, struct record *record, unsigned thread);
void match_take(struct match *match, struct record *record, unsigned thread);

#endif
