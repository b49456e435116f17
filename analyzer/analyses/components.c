/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tarjan's algorithm, with a stack of its own: a trace may make graphs of any depth. */
#include "analyzer/analyses/components.h"

#define UNSEEN 0

struct search {
	const struct digraph *graph;
	unsigned *component;
	unsigned count; /* of components */
	unsigned clock;
	unsigned *order; /* when a node was met, UNSEEN not yet */
	unsigned *low;	 /* the earliest node it can reach */
	unsigned *next;	 /* its next edge to follow */
	unsigned *open;	 /* met, not yet in a component */
	unsigned open_count;
	unsigned *path;
	unsigned path_count;
};

void digraph_init(struct digraph *graph, unsigned count, const struct digraph_edge *edges,
		  unsigned edge_count)
{
	g_autofree unsigned *at = g_new0(unsigned, count + 1);

	graph->count = count;
	graph->first = g_new0(unsigned, count + 1);
	graph->targets = g_new0(unsigned, edge_count + 1);
	for (unsigned i = 0; i < edge_count; i++)
		graph->first[edges[i].from + 1]++;
	for (unsigned i = 0; i < count; i++)
		graph->first[i + 1] += graph->first[i];
	for (unsigned i = 0; i < count; i++)
		at[i] = graph->first[i];
	for (unsigned i = 0; i < edge_count; i++)
		graph->targets[at[edges[i].from]++] = edges[i].to;
}

void digraph_init_reverse(struct digraph *graph, const struct digraph *other)
{
	unsigned edge_count = other->first[other->count];
	g_autofree struct digraph_edge *edges = g_new(struct digraph_edge, edge_count + 1);

	for (unsigned from = 0; from < other->count; from++)
		for (unsigned i = other->first[from]; i < other->first[from + 1]; i++)
			edges[i] = (struct digraph_edge){ .from = other->targets[i], .to = from };
	digraph_init(graph, other->count, edges, edge_count);
}

void digraph_done(struct digraph *graph)
{
	g_free(graph->first);
	g_free(graph->targets);
	*graph = (struct digraph){ 0 };
}

static void enter(struct search *search, unsigned node)
{
	search->order[node] = search->low[node] = ++search->clock;
	search->next[node] = search->graph->first[node];
	search->open[search->open_count++] = node;
	search->path[search->path_count++] = node;
}

static void close_component(struct search *search, unsigned node)
{
	unsigned member;

	do {
		member = search->open[--search->open_count];
		search->component[member] = search->count;
	} while (member != node);
	search->count++;
}

/* node's edges are done: hand what it reaches to the node before it. */
static void leave(struct search *search, unsigned node)
{
	search->path_count--;
	if (search->low[node] == search->order[node])
		close_component(search, node);
	if (!search->path_count)
		return;
	unsigned before = search->path[search->path_count - 1];
	search->low[before] = MIN(search->low[before], search->low[node]);
}

static void visit(struct search *search, unsigned root)
{
	enter(search, root);
	while (search->path_count) {
		unsigned node = search->path[search->path_count - 1];

		if (search->next[node] == search->graph->first[node + 1]) {
			leave(search, node);
			continue;
		}
		unsigned target = search->graph->targets[search->next[node]++];
		if (search->order[target] == UNSEEN)
			enter(search, target);
		else if (search->component[target] == G_MAXUINT)
			search->low[node] = MIN(search->low[node], search->order[target]);
	}
}

unsigned components_find(const struct digraph *graph, unsigned *component)
{
	g_autofree unsigned *memory = g_new0(unsigned, 5 * ((size_t)graph->count + 1));
	struct search search = {
		.graph = graph,
		.component = component,
		.order = memory,
		.low = memory + graph->count,
		.next = memory + 2 * (size_t)graph->count,
		.open = memory + 3 * (size_t)graph->count,
		.path = memory + 4 * (size_t)graph->count,
	};

	for (unsigned i = 0; i < graph->count; i++)
		component[i] = G_MAXUINT;
	for (unsigned i = 0; i < graph->count; i++)
		if (search.order[i] == UNSEEN)
			visit(&search, i);
	return search.count;
}

GArray *digraph_ring(const struct digraph *graph, const unsigned *component, unsigned *from,
		     unsigned start)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(unsigned));

	g_array_append_val(queue, start);
	for (unsigned next = 0; next < queue->len; next++) {
		unsigned node = g_array_index(queue, unsigned, next);

		for (unsigned i = graph->first[node]; i < graph->first[node + 1]; i++) {
			unsigned target = graph->targets[i];
			if (component[target] != component[start] || from[target] != G_MAXUINT)
				continue;
			from[target] = node;
			g_array_append_val(queue, target);
		}
		if (from[start] != G_MAXUINT)
			break;
	}
	if (from[start] == G_MAXUINT)
		return NULL;
	GArray *ring = g_array_new(FALSE, FALSE, sizeof(unsigned));
	/* Backwards from the last to the first, then turned round. */
	for (unsigned node = from[start]; node != start; node = from[node])
		g_array_append_val(ring, node);
	g_array_append_val(ring, start);
	for (unsigned i = 0; i < ring->len / 2; i++) {
		unsigned *left = &g_array_index(ring, unsigned, i);
		unsigned *right = &g_array_index(ring, unsigned, ring->len - 1 - i);
		unsigned kept = *left;
		*left = *right;
		*right = kept;
	}
	return ring;
}
