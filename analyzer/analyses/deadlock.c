/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that wait for ever at the end of the trace: rings, and waits that nobody can end. */
#include "analyzer/analyses/deadlock.h"

#include <string.h>

#include "analyzer/analysis.h"

struct deadlock {
	struct waitgraph_notifiers **notifiers; /* by object id, NULL none. Owned by this */
	struct deadlock_users *users;		/* by object id. Owned by this */
	struct lostwakeup *lost;		/* Owned by this */
	unsigned notifier_count, user_count;	/* sizes of the two */
};

static void *start(void)
{
	struct deadlock *self = g_new0(struct deadlock, 1);

	self->lost = lostwakeup_new();
	return self;
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

/* Room for one more, in steps of powers of two: most objects have one or two. */
static struct waitgraph_notifier *add_notifier(struct waitgraph_notifiers *all)
{
	if ((all->count & (all->count - 1)) == 0)
		all->list = g_renew(struct waitgraph_notifier, all->list,
				    all->count ? 2 * all->count : 1);
	all->latest = all->count;
	return &all->list[all->count++];
}

static struct waitgraph_notifier *find_notifier(struct waitgraph_notifiers *all,
						const struct thread *thread)
{
	/* Most often it is the one who did it the last time. */
	if (all->count && all->list[all->latest].thread == thread)
		return &all->list[all->latest];
	for (unsigned i = 0; i < all->count; i++) {
		if (all->list[i].thread != thread)
			continue;
		all->latest = i;
		return &all->list[i];
	}
	return all->count < WAITGRAPH_NOTIFIERS ? add_notifier(all) : NULL;
}

static void note_notifier(struct deadlock *self, const struct step *step)
{
	unsigned id = step->object->id;

	self->notifiers =
		grow(self->notifiers, &self->notifier_count, id, sizeof(*self->notifiers));
	if (!self->notifiers[id])
		self->notifiers[id] = g_new0(struct waitgraph_notifiers, 1);
	struct waitgraph_notifier *notifier = find_notifier(self->notifiers[id], step->thread);
	if (notifier)
		*notifier =
			(struct waitgraph_notifier){ .thread = step->thread,
						     .place = step->place,
						     .time_ns = step->time_ns,
						     .is_broadcast = step->kind == STEP_BROADCAST };
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

static void step(void *context, const struct step *step)
{
	struct deadlock *self = context;
	bool is_arrival = step->kind == STEP_WAIT_BEGIN && step->object->kind == OBJECT_BARRIER;

	lostwakeup_step(self->lost, step);
	if (step->kind == STEP_ACQUIRE || step->kind == STEP_TALLY)
		note_user(self, step);
	else if (is_arrival || step->kind == STEP_SIGNAL || step->kind == STEP_BROADCAST)
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

/* Give group to all that wait, through others, for a member. */
static void mark_behind(struct waitgraph *graph, const struct digraph *waiters,
			const GArray *members, unsigned group)
{
	g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(unsigned));

	for (unsigned i = 0; i < members->len; i++) {
		unsigned member = g_array_index(members, unsigned, i);
		graph->nodes[member].group = group;
		graph->nodes[member].is_inside = true;
		g_array_append_val(todo, member);
	}
	while (todo->len) {
		unsigned at = g_array_index(todo, unsigned, todo->len - 1);

		g_array_set_size(todo, todo->len - 1);
		for (unsigned i = waiters->first[at]; i < waiters->first[at + 1]; i++) {
			struct waitgraph_node *node = &graph->nodes[waiters->targets[i]];
			if (node->group)
				continue;
			node->group = group;
			g_array_append_val(todo, waiters->targets[i]);
		}
	}
}

/* The way round without the locks that are on it. */
static void keep_threads(const struct waitgraph *graph, GArray *ring)
{
	unsigned *list = (unsigned *)(void *)ring->data, kept = 0;

	for (unsigned i = 0; i < ring->len; i++)
		if (list[i] < graph->count)
			list[kept++] = list[i];
	g_array_set_size(ring, kept);
}

/* One ring of each component of edges that has one and no nodes that are to be left out. */
static void add_rings(const struct waitgraph *graph, const struct digraph *edges,
		      const bool *is_out, GPtrArray *rings)
{
	g_autofree unsigned *component = g_new(unsigned, graph->vertex_count + 1);
	g_autofree unsigned *from = g_new(unsigned, graph->vertex_count + 1);
	g_autofree bool *is_done = g_new0(bool, graph->vertex_count + 1);

	components_find(edges, component);
	memset(from, 0xff, graph->vertex_count * sizeof(*from));
	for (unsigned i = 0; i < graph->count; i++) {
		if (graph->nodes[i].need == NEED_NOTHING || is_out[i] || is_done[component[i]])
			continue;
		is_done[component[i]] = true;
		GArray *ring = digraph_ring(edges, component, from, i);
		if (!ring)
			continue;
		keep_threads(graph, ring);
		g_ptr_array_add(rings, ring);
	}
}

/* All in whose component of the graph there is one of the rings. */
static void leave_out(const struct waitgraph *graph, const GPtrArray *rings, bool *is_out)
{
	g_autofree unsigned *component = g_new(unsigned, graph->vertex_count + 1);
	g_autofree bool *has_ring = g_new0(bool, graph->vertex_count + 1);

	components_find(&graph->edges, component);
	for (unsigned i = 0; i < rings->len; i++)
		has_ring[component[g_array_index((GArray *)rings->pdata[i], unsigned, 0)]] = true;
	for (unsigned i = 0; i < graph->count; i++)
		is_out[i] = has_ring[component[i]];
}

static int compare_rings(const void *a, const void *b)
{
	const GArray *const *left = a, *const *right = b;
	unsigned one = g_array_index(*left, unsigned, 0),
		 other = g_array_index(*right, unsigned, 0);

	return (one > other) - (one < other);
}

/*
 * The rings: for each one a GArray of node indices, each waits for the next, the last for
 * the first; sorted by their first thread. One by who might notify, post or arrive only where no other
 * one is. The nodes of ring n get group n + 1, and so do those that wait behind it. The caller unrefs.
 */
static GPtrArray *find_rings(struct waitgraph *graph)
{
	GPtrArray *rings = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autofree bool *is_out = g_new0(bool, graph->count + 1);
	struct digraph waiters;

	add_rings(graph, &graph->firm, is_out, rings);
	leave_out(graph, rings, is_out);
	add_rings(graph, &graph->edges, is_out, rings);
	g_ptr_array_sort(rings, compare_rings);
	digraph_init_reverse(&waiters, &graph->edges);
	for (unsigned i = 0; i < rings->len; i++)
		mark_behind(graph, &waiters, rings->pdata[i], i + 1);
	digraph_done(&waiters);
	return rings;
}

/*
 * What is left: groups of threads that wait for the same thing, which nobody can give. Groups
 * are numbered on from those of the rings.
 */
static GPtrArray *find_dead_ends(struct waitgraph *graph, unsigned ring_count)
{
	GPtrArray *ends = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GHashTable) by_object = g_hash_table_new(g_direct_hash, g_direct_equal);
	const struct digraph *edges = &graph->edges;
	struct digraph waiters;

	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->need == NEED_NOTHING || node->group ||
		    edges->first[i] != edges->first[i + 1])
			continue;
		GArray *end = g_hash_table_lookup(by_object, node->object);
		if (!end) {
			end = g_array_new(FALSE, FALSE, sizeof(unsigned));
			g_ptr_array_add(ends, end);
			g_hash_table_insert(by_object, (void *)node->object, end);
		}
		g_array_append_val(end, i);
	}
	digraph_init_reverse(&waiters, &graph->edges);
	for (unsigned i = 0; i < ends->len; i++)
		mark_behind(graph, &waiters, ends->pdata[i], ring_count + i + 1);
	digraph_done(&waiters);
	return ends;
}

static void mark_mixed(struct waitgraph *graph, const GArray *ring)
{
	bool is_mixed = false;

	for (unsigned i = 0; i < ring->len; i++)
		is_mixed |= graph->nodes[g_array_index(ring, unsigned, i)].need != NEED_SIGNAL;
	for (unsigned i = 0; i < ring->len; i++)
		graph->nodes[g_array_index(ring, unsigned, i)].is_mixed = is_mixed;
}

/* What the members of a ring or a dead end have missed, which may be why they are there. */
static void report_missed(const struct deadlock_process *process, const GArray *members,
			  const char *rule)
{
	for (unsigned i = 0; i < members->len; i++) {
		const struct waitgraph_node *node =
			&process->graph.nodes[g_array_index(members, unsigned, i)];
		const struct lostwakeup_missed *missed = deadlock_missed(process, node);

		if (missed)
			lostwakeup_report(&process->wording, missed, rule);
	}
}

static void report_lost(const struct deadlock_process *process, const GPtrArray *rings,
			const GPtrArray *ends)
{
	for (unsigned i = 0; i < rings->len; i++)
		report_missed(process, rings->pdata[i], "deadlock");
	for (unsigned i = 0; ends && i < ends->len; i++)
		report_missed(process, ends->pdata[i], "stuck");
}

static void report_process(const struct deadlock_process *process, struct waitgraph *graph)
{
	g_autoptr(GPtrArray) rings = find_rings(graph);
	g_autoptr(GPtrArray) ends = find_dead_ends(graph, rings->len);
	/* Then threads that just wait are ended with the process, as many programs mean it. */
	bool ended_itself = process->process->has_exited && !process->process->was_ended &&
			    !process->process->main_left;

	for (unsigned i = 0; i < rings->len; i++)
		mark_mixed(graph, rings->pdata[i]);
	for (unsigned i = 0; i < rings->len; i++)
		deadlock_report_ring(process, rings->pdata[i], i + 1);
	deadlock_report_found(process, rings->len);
	for (unsigned i = 0; !ended_itself && i < ends->len; i++)
		deadlock_report_dead_end(process, ends->pdata[i], rings->len + i + 1);
	report_lost(process, rings, ended_itself ? NULL : ends);
}

static void free_self(struct deadlock *self)
{
	lostwakeup_free(self->lost);
	for (unsigned i = 0; i < self->notifier_count; i++) {
		if (self->notifiers[i])
			g_free(self->notifiers[i]->list);
		g_free(self->notifiers[i]);
	}
	g_free(self->notifiers);
	g_free(self->users);
	g_free(self);
}

static void finish(void *context, const struct model *model, struct names *names,
		   struct report *report)
{
	struct deadlock *self = context;
	const GPtrArray *processes = model_processes(model);
	const struct wording wording = { .model = model, .names = names, .report = report };

	for (unsigned i = 0; i < processes->len; i++) {
		struct deadlock_process process = {
			.wording = wording,
			.process = processes->pdata[i],
			.notifiers = notifiers_of,
			.users = users_of,
			.lost = self->lost,
			.context = self,
		};
		waitgraph_init(&process.graph, process.process, notifiers_of, self);
		report_process(&process, &process.graph);
		waitgraph_done(&process.graph);
	}
	lostwakeup_report_timeouts(self->lost, &wording);
	free_self(self);
}

const struct analysis analysis_deadlock = {
	.name = "deadlock",
	.summary = "threads that wait for each other, or for nobody, for ever; lost wake-ups",
	.start = start,
	.step = step,
	.finish = finish,
};
