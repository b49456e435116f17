/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks, each told once in a process_stack event. */
#ifndef PRIMITIVES_STACKS_H
#define PRIMITIVES_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "libtrace/recording.h"

/* Our own frames between the unwinder and the wrapper's caller, at most. */
#define STACKS_OWN_FRAMES 8
#define STACKS_FRAMES_MAX (RECORDING_STACK_FRAMES_MAX + STACKS_OWN_FRAMES)

/* A stack as it was walked; the frames from first on are the program's. */
struct stacks_walk {
	uint64_t frames[STACKS_FRAMES_MAX];
	uint64_t places[STACKS_FRAMES_MAX]; /* where each was found */
	unsigned first, count;
};

/* From the constructor; frames: of a stack at most, 0 none; is_all: with every operation. */
void stacks_load(unsigned frames, bool is_all);

/* The same, of what the environment asks for. */
void stacks_load_wanted(void);

/* Does an event carry its stack? has_one: it does so always. */
bool stacks_are_on(bool has_one);

/*
 * The id of the stack of the calling wrapper, from the frame that returns to site outwards; 0
 * where none can be taken. Fills walk. From within an emission.
 */
uint64_t stacks_take(uint64_t site, struct stacks_walk *walk);

#endif
