/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What threads of a summary have counted and not told: they were killed, or outlive the recording. */
#ifndef LIBTRACE_COUNTS_H
#define LIBTRACE_COUNTS_H

#include "libtrace/sweep.h"

/* Zeroed: the first one. */
struct counts_cursor {
	uint32_t chunk, count;
};

/*
 * The next counts of one thread, as events in words, which has room for SWEEP_BATCH_WORDS and one
 * more. ret is a whole chunk, of now, but for its sequence; *events goes up by how many they are.
 * False: there are no more. The arena may be damaged.
 */
bool counts_next(struct arena *arena, struct counts_cursor *cursor, uint32_t *words,
		 struct batch *ret, uint64_t *events);

#endif
