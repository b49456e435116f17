/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call stacks that a thread has walked before: where in memory each return address lay. While these
 * places hold the same addresses the stack is the same, and need not be walked again: one
 * comparison a frame.
 *
 * Only for frames on the thread's own stack, which stays mapped. A function whose frame has a
 * variable size may have left old addresses at the same places; for a wrong answer all of them up to the
 * outermost would have to be there.
 */
#ifndef PRIMITIVES_PATHS_H
#define PRIMITIVES_PATHS_H

#include <stdbool.h>
#include <stdint.h>

struct path_step {
	const uint64_t *place;
	uint64_t address;
};

struct path {
	uint64_t site;
	uintptr_t frame; /* of the wrapper */
	uint64_t stack;	 /* its id, 0: nothing is here */
	uint32_t count;
	struct path_step steps[];
};

/* Is the stack of the wrapper in path->frame, which returns to path->site, still this one? */
static inline bool path_holds(const struct path *path, uint64_t stack)
{
	const struct path_step *step = path->steps;

	if (path->stack != stack)
		return false;
	for (const struct path_step *end = step + path->count; step < end; step++) {
		if (*step->place != step->address)
			return false;
	}
	return true;
}

#endif
