/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The graph is one source.ctf.fs a trace and one sink of our own with an input port a
 * stream. It does without filter.utils.muxer, which looks at every stream for
 * every message; the CTF reader merges the streams by a heap. A pull
 * runs the graph once, and the sink then takes one batch from the stream asked for.
 */
#include "libtrace/reader_graph.h"

#include <ctype.h>
#include <sys/resource.h>

/* What else of the process may be open besides the streams. */
#define SPARE_FILES 256

struct reader_graph {
	char *path;			 /* Owned by this */
	bt_graph *graph;		 /* Owned by this */
	const bt_port_output **ports;	 /* one a stream. The array is owned by this */
	bt_message_iterator **iterators; /* one a stream. Owned by this */
	size_t stream_count;
	struct {
		size_t stream; /* from which the sink shall take */
		bt_message_array_const messages;
		uint64_t count;
		bool has_ended;
	} pull;
};

static void cleanup_plugin(const bt_plugin **plugin)
{
	bt_plugin_put_ref(*plugin);
}

static void cleanup_value(bt_value **value)
{
	bt_value_put_ref(*value);
}

/*
 * How much of a cause is for people: its first line, up to a list of the
 * library's own variables (": name=value, ...") and without a full stop.
 */
static int cause_length(const char *said)
{
	size_t length = strcspn(said, "\n");

	for (const char *at = said; (at = strstr(at, ": ")) && at < said + length; at++)
		if (at[2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-")] == '=')
			length = (size_t)(at - said);
	while (length && strchr(".: ", said[length - 1]))
		length--;
	return (int)length;
}

/* For roots that say nothing to a user: all that Babeltrace knew went to its log. */
static const char *cause_in_plain_words(const char *said)
{
	static const struct {
		const char *begins, *plain;
	} rows[] = {
		{ "Cannot create trace for", "its metadata is damaged" },
		{ "User function returned EOF", "a packet is cut off" },
		{ "No event class with ID", "it has an event that its metadata does not tell of" },
		{ "No stream class with ID", "it has a stream that its metadata does not tell of" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(said, rows[i].begins, strlen(rows[i].begins)))
			return rows[i].plain;
	return said;
}

/* Babeltrace's causes run from the root to us, and the root is the one that tells most. */
static int graph_fail(const struct reader_graph *graph, struct error *err)
{
	const bt_error *causes = bt_current_thread_take_error();
	const char *said = "";

	if (causes && bt_error_get_cause_count(causes))
		said = bt_error_cause_get_message(bt_error_borrow_cause_by_index(causes, 0));
	said = cause_in_plain_words(said);
	int length = cause_length(said);
	int code = length ? fail(err, EBADMSG, "cannot read trace '%s': %c%.*s", graph->path,
				 tolower((unsigned char)said[0]), length - 1, said + 1)
			  : fail(err, EBADMSG, "cannot read trace '%s'", graph->path);
	if (causes)
		bt_error_release(causes);
	return code;
}

static int graph_no_memory(struct error *err)
{
	bt_current_thread_clear_error();
	return fail(err, ENOMEM, "out of memory");
}

/* The sink. */

static bt_component_class_initialize_method_status
sink_initialize(bt_self_component_sink *self, bt_self_component_sink_configuration *configuration,
		const bt_value *params, void *data)
{
	struct reader_graph *graph = data;
	char name[32];

	(void)configuration;
	(void)params;
	bt_self_component_set_data(bt_self_component_sink_as_self_component(self), graph);
	for (size_t i = 0; i < graph->stream_count; i++) {
		snprintf(name, sizeof(name), "in%zu", i);
		bt_self_component_add_port_status status =
			bt_self_component_sink_add_input_port(self, name, NULL, NULL);
		if (status != BT_SELF_COMPONENT_ADD_PORT_STATUS_OK)
			return (bt_component_class_initialize_method_status)status;
	}
	return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

static bt_component_class_sink_graph_is_configured_method_status
sink_configured(bt_self_component_sink *self)
{
	struct reader_graph *graph =
		bt_self_component_get_data(bt_self_component_sink_as_self_component(self));

	for (size_t i = 0; i < graph->stream_count; i++) {
		bt_message_iterator_create_from_sink_component_status status =
			bt_message_iterator_create_from_sink_component(
				self, bt_self_component_sink_borrow_input_port_by_index(self, i),
				&graph->iterators[i]);
		if (status != BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK)
			return (bt_component_class_sink_graph_is_configured_method_status)status;
	}
	return BT_COMPONENT_CLASS_SINK_GRAPH_IS_CONFIGURED_METHOD_STATUS_OK;
}

static bt_component_class_sink_consume_method_status sink_consume(bt_self_component_sink *self)
{
	struct reader_graph *graph =
		bt_self_component_get_data(bt_self_component_sink_as_self_component(self));
	bt_message_iterator_next_status status = bt_message_iterator_next(
		graph->iterators[graph->pull.stream], &graph->pull.messages, &graph->pull.count);

	/* The end of one stream is not the end of the sink. */
	if (status == BT_MESSAGE_ITERATOR_NEXT_STATUS_END) {
		graph->pull.has_ended = true;
		return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_OK;
	}
	return (bt_component_class_sink_consume_method_status)status;
}

static int graph_add_sink(struct reader_graph *graph, struct error *err)
{
	bt_component_class_sink *class = bt_component_class_sink_create("heddle", sink_consume);
	const bt_component_sink *sink;

	if (!class)
		return graph_no_memory(err);
	bt_component_class_sink_set_initialize_method(class, sink_initialize);
	bt_component_class_sink_set_graph_is_configured_method(class, sink_configured);
	bt_graph_add_component_status added =
		bt_graph_add_sink_component_with_initialize_method_data(
			graph->graph, class, "heddle", NULL, graph, BT_LOGGING_LEVEL_NONE, &sink);
	bt_component_class_sink_put_ref(class);
	if (added != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
		return graph_fail(graph, err);
	for (size_t i = 0; i < graph->stream_count; i++)
		if (bt_graph_connect_ports(graph->graph, graph->ports[i],
					   bt_component_sink_borrow_input_port_by_index_const(sink,
											      i),
					   NULL) != BT_GRAPH_CONNECT_PORTS_STATUS_OK)
			return graph_fail(graph, err);
	return 0;
}

/* The sources. */

static int port_compare(const void *a, const void *b)
{
	const bt_port_output *const *first = a, *const *second = b;

	return strcmp(bt_port_get_name(bt_port_output_as_port_const(*first)),
		      bt_port_get_name(bt_port_output_as_port_const(*second)));
}

/* The source found the streams in the order of the file system: sort them. */
static int graph_add_ports(struct reader_graph *graph, const bt_component_source *source,
			   struct error *err)
{
	uint64_t count = bt_component_source_get_output_port_count(source);
	const bt_port_output **ports =
		reallocarray(graph->ports, graph->stream_count + count + 1, sizeof(*ports));

	if (!ports)
		return graph_no_memory(err);
	graph->ports = ports;
	for (uint64_t i = 0; i < count; i++)
		ports[graph->stream_count + i] =
			bt_component_source_borrow_output_port_by_index_const(source, i);
	if (count)
		qsort(ports + graph->stream_count, count, sizeof(*ports), port_compare);
	graph->stream_count += count;
	return 0;
}

/* count directories of one trace. */
static int graph_add_trace(struct reader_graph *graph, const bt_component_class_source *class,
			   const struct found_trace *parts, size_t count, struct error *err)
{
	__attribute__((cleanup(cleanup_value))) bt_value *params = bt_value_map_create();
	const bt_component_source *source;
	bt_value *inputs;

	if (!params || bt_value_map_insert_empty_array_entry(params, "inputs", &inputs) !=
			       BT_VALUE_MAP_INSERT_ENTRY_STATUS_OK)
		return graph_no_memory(err);
	for (size_t i = 0; i < count; i++)
		if (bt_value_array_append_string_element(inputs, parts[i].path) !=
		    BT_VALUE_ARRAY_APPEND_ELEMENT_STATUS_OK)
			return graph_no_memory(err);
	if (bt_graph_add_source_component(graph->graph, class, parts->path, params,
					  BT_LOGGING_LEVEL_NONE,
					  &source) != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
		return graph_fail(graph, err);
	return graph_add_ports(graph, source, err);
}

static int graph_add_traces(struct reader_graph *graph, const struct found_traces *found,
			    struct error *err)
{
	__attribute__((cleanup(cleanup_plugin))) const bt_plugin *plugin = NULL;
	const bt_component_class_source *class = NULL;
	size_t next;

	if (bt_plugin_find("ctf", BT_TRUE, BT_FALSE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) ==
	    BT_PLUGIN_FIND_STATUS_OK)
		class = bt_plugin_borrow_source_component_class_by_name_const(plugin, "fs");
	if (!class) {
		bt_current_thread_clear_error();
		return fail(err, ENOPKG, "cannot read trace '%s': Babeltrace has no source.ctf.fs",
			    graph->path);
	}
	for (size_t i = 0; i < found->count; i = next) {
		const struct found_trace *trace = &found->traces[i];

		for (next = i + 1; next < found->count && trace->metadata.uuid[0]; next++)
			if (strcmp(found->traces[next].metadata.uuid, trace->metadata.uuid))
				break;
		int code = graph_add_trace(graph, class, trace, next - i, err);
		if (code < 0)
			return code;
	}
	return 0;
}

/* Every stream keeps its file open. Where the limit cannot be raised Babeltrace fails. */
static void graph_raise_file_limit(size_t streams)
{
	struct rlimit limit;
	rlim_t need = streams + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
		return;
	limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int graph_build(struct reader_graph *graph, const char *path,
		       const struct found_traces *found, struct error *err)
{
	graph->path = strdup(path);
	graph->graph = bt_graph_create(0);
	if (!graph->path || !graph->graph)
		return graph_no_memory(err);
	int code = graph_add_traces(graph, found, err);
	if (code < 0 || !graph->stream_count)
		return code;
	graph_raise_file_limit(graph->stream_count);
	graph->iterators = calloc(graph->stream_count, sizeof(bt_message_iterator *));
	if (!graph->iterators)
		return graph_no_memory(err);
	return graph_add_sink(graph, err);
}

int reader_graph_open(const char *path, const struct found_traces *found, struct reader_graph **ret,
		      struct error *err)
{
	struct reader_graph *graph = calloc(1, sizeof(*graph));

	if (!graph)
		return graph_no_memory(err);
	bt_logging_set_global_level(BT_LOGGING_LEVEL_NONE);
	int code = graph_build(graph, path, found, err);
	if (code < 0) {
		reader_graph_close(graph);
		return code;
	}
	*ret = graph;
	return 0;
}

size_t reader_graph_streams(const struct reader_graph *graph)
{
	return graph->stream_count;
}

int reader_graph_pull(struct reader_graph *graph, size_t stream, bt_message_array_const *ret,
		      struct error *err)
{
	bt_graph_run_once_status status;

	graph->pull.stream = stream;
	graph->pull.has_ended = false;
	do
		status = bt_graph_run_once(graph->graph);
	while (status == BT_GRAPH_RUN_ONCE_STATUS_AGAIN);
	if (status == BT_GRAPH_RUN_ONCE_STATUS_MEMORY_ERROR)
		return graph_no_memory(err);
	if (status != BT_GRAPH_RUN_ONCE_STATUS_OK)
		return graph_fail(graph, err);
	*ret = graph->pull.messages;
	return graph->pull.has_ended ? 0 : (int)graph->pull.count;
}

void reader_graph_close(struct reader_graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; graph->iterators && i < graph->stream_count; i++)
		bt_message_iterator_put_ref(graph->iterators[i]);
	bt_graph_put_ref(graph->graph);
	free(graph->ports);
	free(graph->iterators);
	free(graph->path);
	free(graph);
}
