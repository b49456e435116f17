/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call stacks, taken with libunwind where it is installed, each told once in a process_stack
 * event.
 *
 * libunwind is opened with dlopen(RTLD_LOCAL), never linked: its C++ exception
 * functions must not take the place of libgcc's.
 */
#ifndef PRIMITIVES_STACKS_H
#define PRIMITIVES_STACKS_H

#include <stdint.h>

/* Open the unwinder and let it set itself up. From the constructor. */
void stacks_load(void);

/*
 * The id of the stack of the calling wrapper, from the frame that returns to site outwards; 0
 * where none can be taken. From within an emission.
 */
uint64_t stacks_take(uint64_t site);

/*
 * The child of a fork has told nothing yet. If the parent had several threads, one of
 * them may have held a lock of the unwinder, so the child takes no stacks.
 */
void stacks_after_fork(void);

/* The process is about to have a second thread. */
void stacks_note_thread(void);

#endif
