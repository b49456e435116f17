/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads by the time of their next event, and by their number where times tie. For the reader
 * only.
 */
#ifndef LIBTRACE_READER_HEAP_H
#define LIBTRACE_READER_HEAP_H

#include "libtrace/reader_thread.h"

/* All zero is empty. */
struct reader_heap {
	struct reader_thread **threads; /* the first one is first. Owned by this */
	size_t count, size;
};

/* thread->place where it is not in the heap. */
#define READER_NOWHERE SIZE_MAX

void reader_heap_done(struct reader_heap *heap);

/* Room for count threads: 0 or -ENOMEM. */
int reader_heap_reserve(struct reader_heap *heap, size_t count);

/* There must be room. */
void reader_heap_add(struct reader_heap *heap, struct reader_thread *thread);
void reader_heap_remove(struct reader_heap *heap, struct reader_thread *thread);

/* Its time has changed. */
void reader_heap_move(struct reader_heap *heap, struct reader_thread *thread);

#endif
