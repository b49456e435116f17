/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small random program. */
#ifndef TESTS_RANDOM_PROGRAM_H
#define TESTS_RANDOM_PROGRAM_H

#include "tests/random/chance.h"
#include "tests/random/world.h"

/* Releases, and creations and joins of threads, are not counted. */
#define PROGRAM_OPERATIONS 12

enum patience { PATIENCE_ENDLESS, PATIENCE_NONE, PATIENCE_TIMED };

struct program_step {
	struct action action;
	enum patience patience;
	int8_t needs; /* the step that must have succeeded, else this one is left out; -1 none */
};

struct program {
	unsigned thread_count, thing_count;
	struct thing things[WORLD_OBJECTS];
	struct program_step steps[WORLD_THREADS][WORLD_ACTIONS];
	uint8_t counts[WORLD_THREADS];
	uint8_t creators[WORLD_THREADS];
};

void program_make(struct program *program, struct chance *chance);

#endif
