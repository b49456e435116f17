/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strongly connected components of a directed graph, and rings in them. */
#ifndef ANALYZER_ANALYSES_COMPONENTS_H
#define ANALYZER_ANALYSES_COMPONENTS_H

#include <glib.h>

/* Nodes 0 ... count - 1; targets[first[n]] ... targets[first[n + 1] - 1] are the edges of n. */
struct digraph {
	unsigned count;
	unsigned *first;   /* count + 1. Owned by this */
	unsigned *targets; /* Owned by this */
};

struct digraph_edge {
	unsigned from, to;
};

/* Edges of one node keep their order. Both ends must be below count. */
void digraph_init(struct digraph *graph, unsigned count, const struct digraph_edge *edges,
		  unsigned edge_count);
/* The same with each edge turned round. */
void digraph_init_reverse(struct digraph *graph, const struct digraph *other);
void digraph_done(struct digraph *graph);

/*
 * Number the components: component[n] is that of node n. Returns how many there are. Each edge
 * between two components goes from a higher number to a lower one.
 */
unsigned components_find(const struct digraph *graph, unsigned *component);

/*
 * The shortest way from start back to start, inside its component: start first; NULL where there
 * is none. from: scratch by node, all bits set; one will do for one ring in each component.
 */
GArray *digraph_ring(const struct digraph *graph, const unsigned *component, unsigned *from,
		     unsigned start);

#endif
