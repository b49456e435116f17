/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What creation and join say about order: each thread's life is cut into segments at its own
 * creations and joins, and a segment knows the two it comes right after.
 */
#ifndef ANALYZER_ANALYSES_SEGMENTS_H
#define ANALYZER_ANALYSES_SEGMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/model.h"

struct segments {
	GArray *list;	   /* struct segment */
	uint32_t *present; /* by thread id: its segment + 1, 0 none yet. Owned by this */
	unsigned thread_count;
	uint32_t *reached; /* by thread id: scratch of segments_are_ordered(). Owned by this */
	uint64_t budget;   /* steps left for all questions */
};

void segments_init(struct segments *segments);
void segments_done(struct segments *segments);

/* Follow creations and joins; other steps do not matter. */
void segments_step(struct segments *segments, const struct step *step);

/* The segment in which thread is now. */
uint32_t segments_present(struct segments *segments, const struct thread *thread);

/*
 * Does the one segment end before the other begins, whoever runs first? Both are of different
 * threads. Says no when the budget is used up.
 */
bool segments_are_ordered(struct segments *segments, uint32_t one, uint32_t other);

#endif
