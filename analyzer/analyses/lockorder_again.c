/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rwlocks that prefer writers: while one waits no more readers get in, not even one who reads. */
#include "analyzer/analyses/lockorder.h"

bool *lockorder_find_writers(const struct lockgraph *graph, const struct order_model *model)
{
	bool *prefers_writers = g_new0(bool, model->object_count + 1);

	for (unsigned i = 0; i < graph->requests->len; i++) {
		const struct lock_request *request = graph->requests->pdata[i];

		if (request->kind == LOCK_REQUEST_LOCK && !request->is_read &&
		    model->objects[request->object]->rwlock_kind == RWLOCK_PREFER_WRITER)
			prefers_writers[request->object] = true;
	}
	return prefers_writers;
}

void lockorder_mark_readers(const struct lockgraph *graph, const bool *prefers_writers, bool *marks)
{
	for (unsigned i = 0; i < graph->requests->len; i++) {
		const struct lock_request *request = graph->requests->pdata[i];

		if (request->kind == LOCK_REQUEST_LOCK && prefers_writers[request->object])
			marks[i] = true;
	}
}

static void each_writer(const struct lockgraph *graph, const struct lock_request *reader,
			lockorder_meet_fn fn, void *context)
{
	const struct lockcycle cycle = { .length = 2,
					 .objects = { reader->object, reader->object } };

	for (unsigned i = 0; i < graph->requests->len; i++) {
		const struct lock_request *writer = graph->requests->pdata[i];
		const struct lockorder_members members = { { reader, writer }, true };

		if (writer->kind == LOCK_REQUEST_LOCK && !writer->is_read &&
		    writer->object == reader->object && writer->thread != reader->thread &&
		    !fn(context, &cycle, &members))
			return;
	}
}

void lockorder_each_again(const struct lockgraph *graph, const bool *prefers_writers,
			  lockorder_meet_fn fn, void *context)
{
	unsigned left = LOCKORDER_AGAIN_MAX;

	for (unsigned i = 0; i < graph->requests->len && left; i++) {
		const struct lock_request *reader = graph->requests->pdata[i];

		if (!lock_request_is_again(reader) || !prefers_writers[reader->object])
			continue;
		left--;
		each_writer(graph, reader, fn, context);
	}
}
