/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of a random program, as it would be recorded. */
#ifndef TESTS_RANDOM_RUN_H
#define TESTS_RANDOM_RUN_H

#include <glib.h>

#include "libtrace/event.h"
#include "tests/random/match.h"
#include "tests/random/program.h"

#define RUN_ADDRESS 0x5040 /* of the first object; the others are 0x40 apart */

struct run {
	const struct program *program;
	struct chance *chance;
	struct record record;
	struct match match;
	struct world world; /* at its end, after run_make() */
	GArray *events;	    /* struct event; texts are static */
	bool is_hung;	    /* it ended with threads that wait for ever */
	struct {
		uint8_t step;
		bool has_begun, is_pending;
		bool has_failed[WORLD_ACTIONS]; /* by step */
	} threads[WORLD_THREADS];
};

void run_init(struct run *run);
void run_done(struct run *run);

/* Run program by one random schedule. program and chance are used until the next call. */
void run_make(struct run *run, const struct program *program, struct chance *chance);

#endif
