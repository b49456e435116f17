/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that wait for ever at the end of the trace: rings, and waits that nobody can end. */
#include "analyzer/analyses/deadlock.h"

#include <string.h>

#include "analyzer/analysis.h"

struct deadlock {
	struct waitgraph_notifiers **notifiers; /* by object id, NULL none. Owned by this */
	struct deadlock_users *users;		/* by object id. Owned by this */
	unsigned notifier_count, user_count;	/* sizes of the two */
};

static void *start(void)
{
	return g_new0(struct deadlock, 1);
}

/* Make list, of elements of that size, long enough for id. */
static void *grow(void *list, unsigned *count, unsigned id, size_t size)
{
	unsigned wanted = MAX(id + 1, *count * 2);

	if (id < *count)
		return list;
	list = g_realloc_n(list, wanted, size);
	memset((char *)list + *count * size, 0, (wanted - *count) * size);
	*count = wanted;
	return list;
}

static void note_notifier(struct deadlock *self, const struct step *step)
{
	unsigned id = step->object->id;
	struct waitgraph_notifier notifier = { .thread = step->thread,
					       .place = step->place,
					       .time_ns = step->time_ns,
					       .is_broadcast = step->kind == STEP_BROADCAST };
	unsigned i = 0;

	self->notifiers =
		grow(self->notifiers, &self->notifier_count, id, sizeof(*self->notifiers));
	if (!self->notifiers[id])
		self->notifiers[id] = g_new0(struct waitgraph_notifiers, 1);
	struct waitgraph_notifiers *all = self->notifiers[id];
	while (i < all->count && all->list[i].thread != step->thread)
		i++;
	if (i == WAITGRAPH_NOTIFIERS)
		return;
	all->list[i] = notifier;
	all->count = MAX(all->count, i + 1);
}

static void note_user(struct deadlock *self, const struct step *step)
{
	unsigned id = step->object->id;
	uint32_t thread = step->thread->index + 1;

	self->users = grow(self->users, &self->user_count, id, sizeof(*self->users));
	for (unsigned i = 0; i < DEADLOCK_USERS; i++) {
		uint32_t *user = &self->users[id].list[i];
		if (*user && *user != thread)
			continue;
		*user = thread;
		return;
	}
}

static void step(void *self, const struct step *step)
{
	if (step->kind == STEP_ACQUIRE)
		note_user(self, step);
	else if (step->kind == STEP_SIGNAL || step->kind == STEP_BROADCAST)
		note_notifier(self, step);
}

static const struct waitgraph_notifiers *notifiers_of(const void *context,
						      const struct object *object)
{
	const struct deadlock *self = context;

	return object->id < self->notifier_count ? self->notifiers[object->id] : NULL;
}

static const struct deadlock_users *users_of(const void *context, const struct object *object)
{
	const struct deadlock *self = context;

	return object->id < self->user_count ? &self->users[object->id] : NULL;
}

static void report_process(const struct deadlock_process *process, struct waitgraph *graph)
{
	g_autoptr(GPtrArray) rings = waitgraph_rings(graph);
	g_autoptr(GPtrArray) ends = waitgraph_dead_ends(graph, rings->len);
	/* Then threads that just wait are ended with the process, as many programs mean it. */
	bool ended_itself = process->process->has_exited && !process->process->main_left;

	for (unsigned i = 0; i < rings->len; i++)
		deadlock_report_ring(process, rings->pdata[i], i + 1);
	for (unsigned i = 0; !ended_itself && i < ends->len; i++)
		deadlock_report_dead_end(process, ends->pdata[i], rings->len + i + 1);
}

static void free_self(struct deadlock *self)
{
	for (unsigned i = 0; i < self->notifier_count; i++)
		g_free(self->notifiers[i]);
	g_free(self->notifiers);
	g_free(self->users);
	g_free(self);
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++) {
		struct deadlock_process process = {
			.wording = { .model = model, .names = names, .report = report },
			.process = processes->pdata[i],
			.notifiers = notifiers_of,
			.users = users_of,
			.context = self,
		};
		waitgraph_init(&process.graph, process.process, notifiers_of, self);
		report_process(&process, &process.graph);
		waitgraph_done(&process.graph);
	}
	free_self(self);
}

const struct analysis analysis_deadlock = {
	.name = "deadlock",
	.summary = "threads that wait for each other, or for nobody, for ever",
	.start = start,
	.step = step,
	.finish = finish,
};
