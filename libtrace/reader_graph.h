/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Babeltrace's graph: the streams of CTF traces, pulled one by one. For the CTF reader only. */
#ifndef LIBTRACE_READER_GRAPH_H
#define LIBTRACE_READER_GRAPH_H

#include <babeltrace2/babeltrace.h>

#include "libtrace/reader_find.h"

struct reader_graph;

/*
 * Open all traces of found. path is what the user gave, for messages. The
 * order of the streams is the same on every run. Babeltrace's log is switched
 * off for the whole process, and the limit of open files raised where the
 * streams need it.
 */
int reader_graph_open(const char *path, const struct found_traces *found, struct reader_graph **ret,
		      struct error *err) MUST_CHECK;

size_t reader_graph_streams(const struct reader_graph *graph);

/*
 * The next messages of a stream: their number, 0 at its end, or an error, after
 * which the graph can only be closed. The references are the caller's, the array is the
 * graph's until the next pull from that stream.
 */
int reader_graph_pull(struct reader_graph *graph, size_t stream, bt_message_array_const *ret,
		      struct error *err) MUST_CHECK;

/* NULL is allowed. All references to messages must have been put. */
void reader_graph_close(struct reader_graph *graph);

#endif
