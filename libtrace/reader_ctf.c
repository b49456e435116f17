/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging of CTF streams: a heap of the streams by the time of their next
 * message, and by their number where times tie. The message of the event that was handed out is
 * kept until the next call, so its strings need not be copied.
 */
#include "libtrace/reader_ctf.h"

#include "libtrace/reader_graph.h"

#define NS_PER_SECOND INT64_C(1000000000)

struct stream {
	bt_message_array_const messages; /* references are owned from at to count */
	size_t at, count;
	int64_t time_ns;	     /* of messages[at], or of the latest that had one */
	const bt_clock_class *clock; /* NULL: the stream has none. Weak */
	uint64_t frequency;
	int32_t pid; /* as the trace says for all its events, or 0 */
	/*
	 * The tracer's counters of lost events, lost packets: where they stand, less where they
	 * began, and the most that was told. They may go back: a packet is closed by whoever comes
	 * first, who may have read the counter long before.
	 */
	struct lost {
		int64_t count, told;
	} events, packets;
};

struct reader_ctf {
	struct reader_graph *graph; /* Owned by this */
	struct decoder *decoder;    /* Owned by this */
	struct stream *streams;	    /* Owned by this */
	size_t stream_count;
	struct stream **heap; /* Owned by this */
	size_t heap_count;
	bool is_raw;  /* times are clock values, without the clock's offset */
	bool is_held; /* the first stream's message is in the caller's hands */
	uint64_t foreign_events;
	struct event event;
};

/* Clocks. */

static int64_t clock_seconds(const bt_clock_class *clock)
{
	int64_t seconds;
	uint64_t cycles;

	bt_clock_class_get_offset(clock, &seconds, &cycles);
	return seconds;
}

/* LTTng gives the machine's boot id as the clock's UUID. */
static bool clock_agrees(const bt_clock_class *a, const bt_clock_class *b)
{
	bt_uuid first = bt_clock_class_get_uuid(a), second = bt_clock_class_get_uuid(b);
	int64_t apart;

	if (first && second)
		return !memcmp(first, second, 16);
	return !__builtin_sub_overflow(clock_seconds(a), clock_seconds(b), &apart) && apart >= -1 &&
	       apart <= 1;
}

static bool ctf_clocks_agree(const struct reader_ctf *ctf)
{
	const bt_clock_class *first = NULL;

	for (size_t i = 0; i < ctf->stream_count; i++) {
		const bt_clock_class *clock = ctf->streams[i].clock;

		if (clock && first && !clock_agrees(first, clock))
			return false;
		first = first ? first : clock;
	}
	return true;
}

static int64_t clock_value_ns(uint64_t value, uint64_t frequency)
{
	if (frequency != (uint64_t)NS_PER_SECOND) {
		unsigned __int128 scaled = (unsigned __int128)value * NS_PER_SECOND / frequency;
		value = scaled < INT64_MAX ? (uint64_t)scaled : INT64_MAX;
	}
	return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

static int64_t snapshot_time(const struct reader_ctf *ctf, const struct stream *stream,
			     const bt_clock_snapshot *snapshot)
{
	int64_t ns;

	if (!ctf->is_raw)
		return bt_clock_snapshot_get_ns_from_origin(snapshot, &ns) ==
				       BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK
			       ? ns
			       : stream->time_ns;
	return clock_value_ns(bt_clock_snapshot_get_value(snapshot), stream->frequency);
}

/* Streams. */

static void stream_drop(struct stream *stream)
{
	bt_message_put_ref(stream->messages[stream->at++]);
}

static int32_t trace_pid(const bt_trace *trace)
{
	const bt_value *pid = bt_trace_borrow_environment_entry_value_by_name_const(trace, "vpid");

	return pid && bt_value_is_signed_integer(pid) ? (int32_t)bt_value_integer_signed_get(pid)
						      : 0;
}

static void stream_begin(struct stream *stream, const bt_stream *source)
{
	stream->clock = bt_stream_class_borrow_default_clock_class_const(
		bt_stream_borrow_class_const(source));
	if (stream->clock)
		stream->frequency = bt_clock_class_get_frequency(stream->clock);
	stream->pid = trace_pid(bt_stream_borrow_trace_const(source));
}

/* Where events may have been lost: the time since which they may. NULL: unknown. */
static const bt_clock_snapshot *lost_since(const bt_message *message)
{
	bool is_events = bt_message_get_type(message) == BT_MESSAGE_TYPE_DISCARDED_EVENTS;
	const bt_stream_class *class = bt_stream_borrow_class_const(
		is_events ? bt_message_discarded_events_borrow_stream_const(message)
			  : bt_message_discarded_packets_borrow_stream_const(message));

	if (is_events && bt_stream_class_discarded_events_have_default_clock_snapshots(class))
		return bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(
			message);
	if (!is_events && bt_stream_class_discarded_packets_have_default_clock_snapshots(class))
		return bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(
			message);
	return NULL;
}

/* Whether message is one to hand out; then the stream's time is its time. */
static bool stream_look(const struct reader_ctf *ctf, struct stream *stream,
			const bt_message *message)
{
	const bt_clock_snapshot *snapshot;

	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		if (stream->clock)
			stream->time_ns = snapshot_time(
				ctf, stream,
				bt_message_event_borrow_default_clock_snapshot_const(message));
		return true;
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		snapshot = lost_since(message);
		if (snapshot)
			stream->time_ns = snapshot_time(ctf, stream, snapshot);
		return true;
	default:
		return false;
	}
}

static int stream_fill(struct reader_ctf *ctf, struct stream *stream, struct error *err)
{
	int count = reader_graph_pull(ctf->graph, (size_t)(stream - ctf->streams),
				      &stream->messages, err);

	stream->at = 0;
	stream->count = count > 0 ? (size_t)count : 0;
	return count;
}

/* Go on to a message that is to be handed out: 1, 0 at the end, or an error. */
static int stream_settle(struct reader_ctf *ctf, struct stream *stream, struct error *err)
{
	int code;

	do {
		for (; stream->at < stream->count; stream_drop(stream))
			if (stream_look(ctf, stream, stream->messages[stream->at]))
				return 1;
		code = stream_fill(ctf, stream, err);
	} while (code > 0);
	return code;
}

/* The heap. */

static bool stream_is_before(const struct stream *a, const struct stream *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a < b;
}

static void heap_sink(struct reader_ctf *ctf, size_t at)
{
	struct stream *moving = ctf->heap[at];

	for (size_t child; (child = 2 * at + 1) < ctf->heap_count; at = child) {
		if (child + 1 < ctf->heap_count &&
		    stream_is_before(ctf->heap[child + 1], ctf->heap[child]))
			child++;
		if (!stream_is_before(ctf->heap[child], moving))
			break;
		ctf->heap[at] = ctf->heap[child];
	}
	ctf->heap[at] = moving;
}

/* The first stream's message is done with. */
static int ctf_advance(struct reader_ctf *ctf, struct error *err)
{
	stream_drop(ctf->heap[0]);
	int code = stream_settle(ctf, ctf->heap[0], err);

	if (code < 0) {
		ctf->heap_count = 0;
		return code;
	}
	if (!code)
		ctf->heap[0] = ctf->heap[--ctf->heap_count];
	if (ctf->heap_count)
		heap_sink(ctf, 0);
	return 0;
}

/*
 * A stream tells of its clock in its first message, and what times mean depends on
 * all clocks: so every stream is opened before the first event is looked at.
 */
static int ctf_start(struct reader_ctf *ctf, struct error *err)
{
	for (size_t i = 0; i < ctf->stream_count; i++) {
		struct stream *stream = &ctf->streams[i];
		int code = stream_fill(ctf, stream, err);

		if (code < 0)
			return code;
		if (stream->count &&
		    bt_message_get_type(stream->messages[0]) == BT_MESSAGE_TYPE_STREAM_BEGINNING)
			stream_begin(stream, bt_message_stream_beginning_borrow_stream_const(
						     stream->messages[0]));
	}
	ctf->is_raw = ctf->is_raw || ctf_clocks_agree(ctf);
	for (size_t i = 0; i < ctf->stream_count; i++) {
		int code = stream_settle(ctf, &ctf->streams[i], err);

		if (code < 0)
			return code;
		if (code)
			ctf->heap[ctf->heap_count++] = &ctf->streams[i];
	}
	for (size_t i = ctf->heap_count / 2; i-- > 0;)
		heap_sink(ctf, i);
	return 0;
}

static int ctf_build(struct reader_ctf *ctf, const char *path, const struct found_traces *found,
		     struct error *err)
{
	int code = reader_graph_open(path, found, &ctf->graph, err);

	if (code < 0)
		return code;
	ctf->stream_count = reader_graph_streams(ctf->graph);
	ctf->streams = calloc(ctf->stream_count + 1, sizeof(*ctf->streams));
	ctf->heap = calloc(ctf->stream_count + 1, sizeof(*ctf->heap));
	ctf->decoder = decoder_new();
	if (!ctf->streams || !ctf->heap || !ctf->decoder)
		return fail(err, ENOMEM, "out of memory");
	return ctf_start(ctf, err);
}

int reader_ctf_open(const char *path, const struct found_traces *found, bool is_recording,
		    struct reader_ctf **ret, struct error *err)
{
	struct reader_ctf *ctf = calloc(1, sizeof(*ctf));

	if (!ctf)
		return fail(err, ENOMEM, "out of memory");
	ctf->is_raw = is_recording;
	int code = ctf_build(ctf, path, found, err);
	if (code < 0) {
		reader_ctf_close(ctf);
		return code;
	}
	*ret = ctf;
	return 0;
}

/* Returns whether there is something to tell. */
static bool lost_event(struct stream *stream, struct event *event)
{
	const bt_message *message = stream->messages[stream->at];
	bool is_events = bt_message_get_type(message) == BT_MESSAGE_TYPE_DISCARDED_EVENTS;
	struct lost *lost = is_events ? &stream->events : &stream->packets;
	uint64_t count = 1;

	/* Where the trace does not say how many, the count stays as it is. */
	if (is_events)
		(void)bt_message_discarded_events_get_count(message, &count);
	else
		(void)bt_message_discarded_packets_get_count(message, &count);
	/* A difference of two counters, negative ones as unsigned numbers. */
	if (__builtin_add_overflow(lost->count, (int64_t)count, &lost->count))
		lost->count = INT64_MAX;
	int64_t more = lost->count > lost->told ? lost->count - lost->told : 0;
	if (!more && lost->told)
		return false;
	event->type = is_events ? EVENT_events_lost : EVENT_packets_lost;
	event->value = more ? more : 1;
	lost->told += event->value;
	return true;
}

static int ctf_decode(struct reader_ctf *ctf, struct stream *stream,
		      const struct packed_message **ret, struct error *err)
{
	const bt_message *message = stream->messages[stream->at];

	ctf->event = (struct event){ .time_ns = stream->time_ns, .pid = stream->pid };
	if (bt_message_get_type(message) != BT_MESSAGE_TYPE_EVENT)
		return lost_event(stream, &ctf->event) ? DECODED_EVENT : DECODED_NOTHING;
	int code = decoder_event(ctf->decoder, bt_message_event_borrow_event_const(message),
				 &ctf->event, ret, err);
	ctf->foreign_events += code == DECODED_NOTHING;
	return code;
}

int reader_ctf_next(struct reader_ctf *ctf, const struct event **ret,
		    const struct packed_message **message, struct error *err)
{
	int code = ctf->is_held ? ctf_advance(ctf, err) : 0;

	ctf->is_held = false;
	while (!code && ctf->heap_count) {
		code = ctf_decode(ctf, ctf->heap[0], message, err);
		if (code)
			break;
		code = ctf_advance(ctf, err);
	}
	ctf->is_held = code > 0;
	*ret = &ctf->event;
	return code;
}

int64_t reader_ctf_offset(const struct reader_ctf *ctf)
{
	const struct stream *stream = ctf->is_held ? ctf->heap[0] : NULL;
	const bt_message *message = stream ? stream->messages[stream->at] : NULL;
	int64_t offset;

	if (!message || ctf->is_raw || !stream->clock ||
	    bt_message_get_type(message) != BT_MESSAGE_TYPE_EVENT)
		return 0;
	uint64_t value = bt_clock_snapshot_get_value(
		bt_message_event_borrow_default_clock_snapshot_const(message));
	int64_t raw_ns = clock_value_ns(value, stream->frequency);
	return __builtin_sub_overflow(stream->time_ns, raw_ns, &offset) ? 0 : offset;
}

uint64_t reader_ctf_foreign(const struct reader_ctf *ctf)
{
	return ctf->foreign_events;
}

void reader_ctf_close(struct reader_ctf *ctf)
{
	if (!ctf)
		return;
	for (size_t i = 0; ctf->streams && i < ctf->stream_count; i++)
		while (ctf->streams[i].at < ctf->streams[i].count)
			stream_drop(&ctf->streams[i]);
	decoder_free(ctf->decoder);
	reader_graph_close(ctf->graph);
	free(ctf->streams);
	free(ctf->heap);
	free(ctf);
}
