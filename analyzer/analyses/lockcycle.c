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
	const struct order_model *model;
	unsigned object_count;	 /* ends of threads included */
	unsigned *nodes;	 /* by object, NO_NODE: on no cycle */
	uint32_t *objects;	 /* by node */
	bool *is_held;		 /* by object */
	unsigned *first_give;	 /* by thread, thread_count + 1: in gives */
	struct lock_give *gives; /* by thread */
	unsigned node_count;
	GArray *edges;			      /* struct lock_edge, by from, to, number */
	const struct lock_request **requests; /* by edge */
	GArray *pairs;			      /* struct lock_pair */
	unsigned *first_pair;		      /* by node, node_count + 1 */
	unsigned *component;		      /* by node */
	lockcycle_fn fn;
	void *context;
	bool is_cut; /* there are more edges than could be kept */
	unsigned cycles_left, steps_left;
	unsigned length;	      /* of the cycles looked for now */
	unsigned path[LOCKCYCLE_MAX]; /* pairs */
	unsigned path_nodes[LOCKCYCLE_MAX];
	bool *is_on_path; /* by node */
};

/* What the request waits for, as cycles count objects. */
static uint32_t object_of(const struct lockcycle_search *search, const struct lock_request *request)
{
	bool is_join = request->kind == LOCK_REQUEST_JOIN;

	return is_join ? search->model->object_count + request->object : request->object;
}

static void sort_gives(struct lockcycle_search *search)
{
	const struct lock_give *all = (const struct lock_give *)(void *)search->graph->gives->data;
	unsigned count = search->graph->gives->len, threads = search->model->thread_count;
	g_autofree unsigned *at = g_new0(unsigned, threads + 1);

	search->first_give = g_new0(unsigned, threads + 2);
	search->gives = g_new(struct lock_give, count + 1);
	for (unsigned i = 0; i < count; i++)
		search->first_give[all[i].thread + 1]++;
	for (unsigned i = 0; i < threads; i++) {
		search->first_give[i + 1] += search->first_give[i];
		at[i] = search->first_give[i];
	}
	for (unsigned i = 0; i < count; i++)
		search->gives[at[all[i].thread]++] = all[i];
}

typedef void (*owed_fn)(struct lockcycle_search *search, const struct lock_request *request,
			uint32_t object);

/* All that others wait for in vain while the request is not granted. */
static void each_owed(struct lockcycle_search *search, const struct lock_request *request,
		      owed_fn fn)
{
	if (lock_request_is_again(request))
		return;
	for (uint32_t i = 0; i < request->held->count; i++)
		fn(search, request, request->held->list[i].object);
	for (unsigned i = search->first_give[request->thread];
	     i < search->first_give[request->thread + 1]; i++)
		if (search->gives[i].last_entry > request->first_entry &&
		    !lockgraph_is_lock(search->model->objects[search->gives[i].object]))
			fn(search, request, search->gives[i].object);
	fn(search, request, search->model->object_count + request->thread);
}

static void mark_held(struct lockcycle_search *search, const struct lock_request *request,
		      uint32_t object)
{
	(void)request;
	search->is_held[object] = true;
}

/* What is requested by some, and held or owed by others. */
static void number_nodes(struct lockcycle_search *search)
{
	const GPtrArray *requests = search->graph->requests;
	g_autofree bool *is_requested = g_new0(bool, search->object_count + 1);

	search->is_held = g_new0(bool, search->object_count + 1);
	for (unsigned i = 0; i < requests->len; i++)
		is_requested[object_of(search, requests->pdata[i])] = true;
	for (unsigned i = 0; i < requests->len; i++)
		each_owed(search, requests->pdata[i], mark_held);
	search->nodes = g_new(unsigned, search->object_count + 1);
	search->objects = g_new(uint32_t, search->object_count + 1);
	for (unsigned i = 0; i < search->object_count; i++) {
		search->nodes[i] = NO_NODE;
		if (!is_requested[i] || !search->is_held[i])
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

static void add_edge(struct lockcycle_search *search, const struct lock_request *request,
		     uint32_t object)
{
	struct lock_edge edge = { .from = search->nodes[object],
				  .to = search->nodes[object_of(search, request)],
				  .number = request->number };

	if (edge.from != NO_NODE && edge.from != edge.to && search->edges->len < EDGES_MAX)
		g_array_append_val(search->edges, edge);
}

static void add_edges(struct lockcycle_search *search)
{
	const GPtrArray *requests = search->graph->requests;

	for (unsigned i = 0; i < requests->len; i++)
		if (search->nodes[object_of(search, requests->pdata[i])] != NO_NODE)
			each_owed(search, requests->pdata[i], add_edge);
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
	/* All false again behind each walk. */
	if (!search->is_on_path)
		search->is_on_path = g_new0(bool, search->node_count + 1);
	for (search->length = 2; search->length <= LOCKCYCLE_MAX; search->length++) {
		for (unsigned i = 0; i < search->node_count; i++) {
			search->path_nodes[0] = i;
			walk(search, 1);
		}
	}
}

struct lockcycle_search *lockcycle_new(const struct lockgraph *graph,
				       const struct order_model *model)
{
	struct lockcycle_search *search = g_new0(struct lockcycle_search, 1);

	search->graph = graph;
	search->model = model;
	search->object_count = model->object_count + model->thread_count;
	search->edges = g_array_new(FALSE, FALSE, sizeof(struct lock_edge));
	search->pairs = g_array_new(FALSE, TRUE, sizeof(struct lock_pair));
	sort_gives(search);
	number_nodes(search);
	add_edges(search);
	search->is_cut = graph->ignored || search->edges->len == EDGES_MAX;
	keep_inner_edges(search);
	if (!search->edges->len)
		return search;
	qsort(search->edges->data, search->edges->len, sizeof(struct lock_edge), compare_edges);
	make_pairs(search);
	return search;
}

void lockcycle_free(struct lockcycle_search *search)
{
	if (!search)
		return;
	g_array_unref(search->edges);
	g_array_unref(search->pairs);
	g_free(search->nodes);
	g_free(search->objects);
	g_free(search->is_held);
	g_free(search->first_give);
	g_free(search->gives);
	g_free(search->requests);
	g_free(search->first_pair);
	g_free(search->component);
	g_free(search->is_on_path);
	g_free(search);
}

bool lockcycle_mark(const struct lockcycle_search *search, bool *marks)
{
	for (unsigned i = 0; i < search->edges->len; i++)
		marks[search->requests[i]->number] = true;
	return search->edges->len;
}

bool lockcycle_find(struct lockcycle_search *search, lockcycle_fn fn, void *context)
{
	search->fn = fn;
	search->context = context;
	search->cycles_left = CYCLES_MAX;
	search->steps_left = STEPS_MAX;
	if (search->edges->len)
		walk_all(search);
	return !search->is_cut && search->cycles_left && search->steps_left;
}
