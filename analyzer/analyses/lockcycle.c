/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search: locks that cannot be on a cycle go first, then each strongly connected
 * component is walked, by rising length, from its smallest lock on.
 */
#include "analyzer/analyses/lockcycle.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/analyses/components.h"

#define EDGES_MAX 8000000
#define CYCLES_MAX 20000
#define STEPS_MAX 4000000
#define NO_NODE G_MAXUINT

/* Node to is requested while node from is held. */
struct lock_edge {
	unsigned from, to;
	unsigned number; /* of the request */
};

/* All edges between the same two nodes. */
struct lock_pair {
	unsigned to;
	unsigned first, count; /* in search.requests */
};

struct lockcycle_search {
	const struct lockgraph *graph;
	unsigned *nodes;   /* by object id, NO_NODE: on no cycle */
	uint32_t *objects; /* by node */
	unsigned node_count;
	GArray *edges;			      /* struct lock_edge, by from, to, number */
	const struct lock_request **requests; /* by edge */
	GArray *pairs;			      /* struct lock_pair */
	unsigned *first_pair;		      /* by node, node_count + 1 */
	unsigned *component;		      /* by node */
	lockcycle_fn fn;
	void *context;
	unsigned cycles_left, steps_left;
	unsigned length;	      /* of the cycles looked for now */
	unsigned path[LOCKCYCLE_MAX]; /* pairs */
	unsigned path_nodes[LOCKCYCLE_MAX];
	bool *is_on_path; /* by node */
};

/* Locks that are requested under others, and that others are requested under. */
static void number_nodes(struct lockcycle_search *search, unsigned object_count)
{
	const GPtrArray *requests = search->graph->requests, *sets = search->graph->sets;
	g_autofree bool *is_requested = g_new0(bool, object_count + 1);
	g_autofree bool *is_held = g_new0(bool, object_count + 1);

	for (unsigned i = 0; i < requests->len; i++)
		is_requested[((struct lock_request *)requests->pdata[i])->object] = true;
	for (unsigned i = 0; i < sets->len; i++) {
		const struct lock_set *set = sets->pdata[i];
		for (uint32_t j = 0; j < set->count; j++)
			is_held[set->list[j].object] = true;
	}
	search->nodes = g_new(unsigned, object_count + 1);
	search->objects = g_new(uint32_t, object_count + 1);
	for (unsigned i = 0; i < object_count; i++) {
		search->nodes[i] = NO_NODE;
		if (!is_requested[i] || !is_held[i])
			continue;
		search->objects[search->node_count] = i;
		search->nodes[i] = search->node_count++;
	}
}

static int compare_edges(const void *a, const void *b)
{
	const struct lock_edge *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	if (left->to != right->to)
		return left->to < right->to ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

static void add_edges(struct lockcycle_search *search, unsigned number)
{
	const struct lock_request *request = search->graph->requests->pdata[number];
	struct lock_edge edge = { .to = search->nodes[request->object], .number = number };

	if (edge.to == NO_NODE)
		return;
	for (uint32_t i = 0; i < request->held->count; i++) {
		edge.from = search->nodes[request->held->list[i].object];
		if (edge.from != NO_NODE && edge.from != edge.to)
			g_array_append_val(search->edges, edge);
	}
}

/* Only edges inside a component can be on a cycle. */
static void keep_inner_edges(struct lockcycle_search *search)
{
	struct lock_edge *edges = (struct lock_edge *)search->edges->data;
	g_autofree struct digraph_edge *plain = g_new(struct digraph_edge, search->edges->len + 1);
	struct digraph graph;
	unsigned kept = 0;

	for (unsigned i = 0; i < search->edges->len; i++)
		plain[i] = (struct digraph_edge){ .from = edges[i].from, .to = edges[i].to };
	digraph_init(&graph, search->node_count, plain, search->edges->len);
	search->component = g_new(unsigned, search->node_count + 1);
	components_find(&graph, search->component);
	digraph_done(&graph);
	for (unsigned i = 0; i < search->edges->len; i++)
		if (search->component[edges[i].from] == search->component[edges[i].to])
			edges[kept++] = edges[i];
	g_array_set_size(search->edges, kept);
}

static void make_pairs(struct lockcycle_search *search)
{
	const struct lock_edge *edges = (struct lock_edge *)search->edges->data;

	search->requests = g_new(const struct lock_request *, search->edges->len + 1);
	search->first_pair = g_new0(unsigned, search->node_count + 1);
	for (unsigned i = 0; i < search->edges->len; i++) {
		bool is_new = i == 0 || edges[i].from != edges[i - 1].from ||
			      edges[i].to != edges[i - 1].to;
		struct lock_pair pair = { .to = edges[i].to, .first = i };

		search->requests[i] = search->graph->requests->pdata[edges[i].number];
		if (is_new) {
			g_array_append_val(search->pairs, pair);
			search->first_pair[edges[i].from + 1]++;
		}
		g_array_index(search->pairs, struct lock_pair, search->pairs->len - 1).count++;
	}
	for (unsigned i = 0; i < search->node_count; i++)
		search->first_pair[i + 1] += search->first_pair[i];
}

static void tell(struct lockcycle_search *search)
{
	struct lockcycle cycle = { .length = search->length };

	for (unsigned i = 0; i < search->length; i++) {
		const struct lock_pair *pair =
			&g_array_index(search->pairs, struct lock_pair, search->path[i]);
		cycle.objects[i] = search->objects[search->path_nodes[i]];
		cycle.requests[i] = search->requests + pair->first;
		cycle.request_counts[i] = pair->count;
	}
	search->cycles_left--;
	search->fn(search->context, &cycle);
}

/* The path has depth nodes; go on from the last of them. */
static void walk(struct lockcycle_search *search, unsigned depth)
{
	unsigned start = search->path_nodes[0], node = search->path_nodes[depth - 1];

	for (unsigned i = search->first_pair[node]; i < search->first_pair[node + 1]; i++) {
		unsigned to = g_array_index(search->pairs, struct lock_pair, i).to;

		if (!search->cycles_left || !search->steps_left)
			return;
		search->steps_left--;
		search->path[depth - 1] = i;
		if (depth == search->length) {
			if (to == start)
				tell(search);
			continue;
		}
		if (to <= start || search->is_on_path[to])
			continue;
		search->is_on_path[to] = true;
		search->path_nodes[depth] = to;
		walk(search, depth + 1);
		search->is_on_path[to] = false;
	}
}

static void walk_all(struct lockcycle_search *search)
{
	search->is_on_path = g_new0(bool, search->node_count + 1);
	for (search->length = 2; search->length <= LOCKCYCLE_MAX; search->length++) {
		for (unsigned i = 0; i < search->node_count; i++) {
			search->path_nodes[0] = i;
			walk(search, 1);
		}
	}
}

bool lockcycle_find(const struct lockgraph *graph, unsigned object_count, lockcycle_fn fn,
		    void *context)
{
	struct lockcycle_search search = { .graph = graph,
					   .fn = fn,
					   .context = context,
					   .cycles_left = CYCLES_MAX,
					   .steps_left = STEPS_MAX };
	bool is_complete = !graph->ignored;

	search.edges = g_array_new(FALSE, FALSE, sizeof(struct lock_edge));
	search.pairs = g_array_new(FALSE, TRUE, sizeof(struct lock_pair));
	number_nodes(&search, object_count);
	for (unsigned i = 0; i < graph->requests->len && search.edges->len < EDGES_MAX; i++)
		add_edges(&search, i);
	is_complete = is_complete && search.edges->len < EDGES_MAX;
	keep_inner_edges(&search);
	if (search.edges->len) {
		qsort(search.edges->data, search.edges->len, sizeof(struct lock_edge),
		      compare_edges);
		make_pairs(&search);
		walk_all(&search);
	}
	g_array_unref(search.edges);
	g_array_unref(search.pairs);
	g_free(search.nodes);
	g_free(search.objects);
	g_free(search.requests);
	g_free(search.first_pair);
	g_free(search.component);
	g_free(search.is_on_path);
	return is_complete && search.cycles_left && search.steps_left;
}
