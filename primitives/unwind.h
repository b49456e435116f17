/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks the call stack by call-frame information, on x86-64, and where a function has none by its
 * frame pointer, if the thread's own stack is known.
 *
 * What was found for an address is kept in one table for all threads, without a lock. Takes no
 * lock, allocates nothing, calls nothing of the system: may be called at any time, in signal
 * handlers, in themselves interrupted calls, in the child of a fork. It trusts the stack as far
 * as the information does, and where that of the thread is known does not read beyond it.
 */
#ifndef PRIMITIVES_UNWIND_H
#define PRIMITIVES_UNWIND_H

#include <stdint.h>

/* The memory of the thread's own stack; high 0: not known. */
struct unwind_stack {
	uint64_t low, high;
};

/* Optional, once, before there is a second thread: makes walks faster. */
void unwind_load(void);

/*
 * Write up to max return addresses of the callers, innermost first, and return how many. The first
 * is that of unwind() itself. A function that a signal interrupted stands there with the address
 * it was at. 0 where walking is not known on this machine. places: where in memory each was found,
 * NULL: not wanted.
 */
unsigned unwind(uint64_t *frames, uint64_t *places, unsigned max, struct unwind_stack stack);

#endif
