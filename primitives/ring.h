/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rings of waits: does the wait that a thread begins make a deadlock that is certain?
 *
 * The thread follows the owners: who holds what it waits for, what that one waits for, and so on. Only
 * waits without a time limit are followed, for a mutex, for an rwlock that a writer holds, or
 * for the end of a thread. libc does not know who holds a lock for reading; conditions, semaphores and
 * the like have no owners. Rings through those are not found here.
 *
 * Each thread shows its wait before it looks, so the last one of a ring sees all of it. One ring may be
 * seen by several: it is told once.
 */
#ifndef PRIMITIVES_RING_H
#define PRIMITIVES_RING_H

#include "primitives/packer.h"

/*
 * Of how many threads is the ring that the calling thread's wait closes? 0: none, or one that
 * was told before. *holder: who holds what it waits for, process id << 32 | thread id. From within an emission, behind waiting_show() for a wait that began with type.
 */
uint32_t ring_find(const struct packer *packer, enum event_type type, uint64_t *holder);

#endif
