/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks, each told once in a process_stack event. */
#ifndef PRIMITIVES_STACKS_H
#define PRIMITIVES_STACKS_H

#include <stdint.h>

/* From the constructor. */
void stacks_load(void);

/*
 * The id of the stack of the calling wrapper, from the frame that returns to site outwards; 0
 * where none can be taken. From within an emission.
 */
uint64_t stacks_take(uint64_t site);

#endif
