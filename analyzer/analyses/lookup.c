/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads and objects of a model by their ids. */
#include "analyzer/analyses/lookup.h"

void lookup_init(struct lookup *lookup, const struct model *model)
{
	const GPtrArray *processes = model_processes(model);

	lookup->thread_count = model_thread_count(model);
	lookup->object_count = model_object_count(model);
	lookup->threads = g_new0(const struct thread *, lookup->thread_count + 1);
	lookup->objects = g_new0(const struct object *, lookup->object_count + 1);
	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->threads->len; j++) {
			const struct thread *thread = process->threads->pdata[j];
			lookup->threads[thread->id] = thread;
		}
		for (unsigned j = 0; j < process->objects->len; j++) {
			const struct object *object = process->objects->pdata[j];
			lookup->objects[object->id] = object;
		}
	}
}

void lookup_done(struct lookup *lookup)
{
	g_free(lookup->threads);
	g_free(lookup->objects);
}
