/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A binary heap of threads, each of which knows its place. */
#include "libtrace/reader_heap.h"

#define FIRST_SIZE 16

void reader_heap_done(struct reader_heap *heap)
{
	free(heap->threads);
	*heap = (struct reader_heap){ 0 };
}

int reader_heap_reserve(struct reader_heap *heap, size_t count)
{
	size_t size = heap->size ? heap->size : FIRST_SIZE;

	if (count <= heap->size)
		return 0;
	while (size < count)
		size *= 2;
	struct reader_thread **threads = reallocarray(heap->threads, size, sizeof(*threads));
	if (!threads)
		return -ENOMEM;
	heap->threads = threads;
	heap->size = size;
	return 0;
}

static bool thread_is_before(const struct reader_thread *a, const struct reader_thread *b)
{
	return a->ticks != b->ticks ? a->ticks < b->ticks : a->writer < b->writer;
}

static void heap_put(struct reader_heap *heap, size_t at, struct reader_thread *thread)
{
	heap->threads[at] = thread;
	thread->place = at;
}

static void heap_sink(struct reader_heap *heap, size_t at)
{
	struct reader_thread *moving = heap->threads[at];

	for (size_t child; (child = 2 * at + 1) < heap->count; at = child) {
		if (child + 1 < heap->count &&
		    thread_is_before(heap->threads[child + 1], heap->threads[child]))
			child++;
		if (!thread_is_before(heap->threads[child], moving))
			break;
		heap_put(heap, at, heap->threads[child]);
	}
	heap_put(heap, at, moving);
}

static void heap_rise(struct reader_heap *heap, size_t at)
{
	struct reader_thread *moving = heap->threads[at];

	for (size_t parent; at; at = parent) {
		parent = (at - 1) / 2;
		if (!thread_is_before(moving, heap->threads[parent]))
			break;
		heap_put(heap, at, heap->threads[parent]);
	}
	heap_put(heap, at, moving);
}

void reader_heap_move(struct reader_heap *heap, struct reader_thread *thread)
{
	size_t at = thread->place;

	heap_sink(heap, at);
	if (at && thread->place == at)
		heap_rise(heap, at);
}

void reader_heap_add(struct reader_heap *heap, struct reader_thread *thread)
{
	heap_put(heap, heap->count++, thread);
	heap_rise(heap, thread->place);
}

void reader_heap_remove(struct reader_heap *heap, struct reader_thread *thread)
{
	size_t at = thread->place;
	struct reader_thread *last = heap->threads[--heap->count];

	thread->place = READER_NOWHERE;
	if (last == thread)
		return;
	heap_put(heap, at, last);
	reader_heap_move(heap, last);
}
