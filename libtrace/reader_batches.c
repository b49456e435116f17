/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging of threads: a heap of them by the time of their next event.
 *
 * An event may be handed out when no earlier one can come. What was written before a clock that the
 * collector told of has come; but a thread reads its clock some time before it writes, so the limit
 * lies a good deal before that clock.
 *
 * A thread whose part is missing holds the others back until it is clear that the part is lost: the
 * collector goes over all chunks between two of its clocks, so what is missing between them is.
 */
#include "libtrace/reader_batches.h"

#include <search.h>

#include "libtrace/reader_clock.h"
#include "libtrace/reader_heap.h"
#include "libtrace/reader_holders.h"

/* How long a thread may take from its clock to its word. */
#define LATE_NS 200000000

/* By how much stamps of two CPUs may be out of order: a processor reads its clock ahead. */
#define INVERSION_NS 1000

/* After so many of the collector's clocks a missing part is lost. */
#define CLOCKS_TO_WAIT 2

struct reader_batches {
	struct reader_layout layout;
	struct reader_clock clock;
	struct holders holders;
	void *tree;		       /* of tsearch(): threads by writer */
	struct reader_thread *threads; /* all of them, linked. Owned by this */
	struct reader_thread *stuck;   /* those with a gap, and some that had one */
	size_t thread_count;
	struct reader_heap heap;    /* those with an event */
	struct reader_thread *held; /* whose event the caller has; NULL: none */
	/*
	 * Before `limit` all has come. Before `certain` the events of held, which is the first
	 * of the heap, are the next ones without a look at others.
	 */
	uint64_t limit, certain;
	uint64_t widest;    /* the limit without threads that are stuck */
	uint64_t inversion; /* INVERSION_NS in ticks */
	uint64_t collected; /* how many clocks the collector told of */
	bool is_over;
	int64_t latest_ns;
	/* To be told. */
	uint64_t lost_events, lost_packets;
	struct event loss;
};

struct reader_batches *reader_batches_new(int64_t offset_ns, uint64_t *unknown)
{
	struct reader_batches *batches = calloc(1, sizeof(*batches));

	if (!batches)
		return NULL;
	batches->clock.offset_ns = offset_ns;
	batches->layout.unknown = unknown;
	return batches;
}

static void keep_thread(void *thread)
{
	(void)thread;
}

void reader_batches_free(struct reader_batches *batches)
{
	if (!batches)
		return;
	tdestroy(batches->tree, keep_thread);
	for (struct reader_thread *thread = batches->threads, *next; thread; thread = next) {
		next = thread->next;
		reader_thread_free(thread);
	}
	reader_clock_done(&batches->clock);
	free(batches->layout.types);
	reader_heap_done(&batches->heap);
	free(batches);
}

/* Threads. */

static int compare_threads(const void *a, const void *b)
{
	const struct reader_thread *first = a, *second = b;

	return (first->writer > second->writer) - (first->writer < second->writer);
}

/* The thread of that number, made if need be. */
static struct reader_thread *thread_of(struct reader_batches *batches, uint32_t writer)
{
	const struct reader_thread key = { .writer = writer };
	struct reader_thread **known = tfind(&key, &batches->tree, compare_threads);

	if (known)
		return *known;
	struct reader_thread *thread = reader_thread_new(writer, &batches->layout);
	if (!thread)
		return NULL;
	if (reader_heap_reserve(&batches->heap, batches->thread_count + 1) < 0 ||
	    !tsearch(thread, &batches->tree, compare_threads)) {
		reader_thread_free(thread);
		return NULL;
	}
	thread->place = READER_NOWHERE;
	batches->thread_count++;
	thread->next = batches->threads;
	batches->threads = thread;
	return thread;
}

/* The limit that threads with a gap leave. */
static uint64_t batches_limit(const struct reader_batches *batches)
{
	uint64_t limit = batches->widest, ticks;

	for (struct reader_thread *thread = batches->stuck; thread; thread = thread->next_stuck)
		if (thread->is_stuck && reader_thread_has_gap(thread, &ticks) && ticks < limit)
			limit = ticks;
	return limit;
}

/* thread has come to a gap, or over it. */
static void thread_mind_gap(struct reader_batches *batches, struct reader_thread *thread,
			    bool is_stuck)
{
	thread->is_stuck = is_stuck;
	thread->stuck_since = batches->collected;
	if (!thread->is_listed) {
		thread->is_listed = true;
		thread->next_stuck = batches->stuck;
		batches->stuck = thread;
	}
	batches->limit = batches_limit(batches);
}

/* Whether thread has an event is new. */
static void thread_look(struct reader_batches *batches, struct reader_thread *thread,
			bool has_event)
{
	uint64_t ticks;

	if (!has_event && batches->is_over)
		has_event = reader_thread_give_up(thread, true);
	if (has_event && thread->place == READER_NOWHERE)
		reader_heap_add(&batches->heap, thread);
	else if (has_event)
		reader_heap_move(&batches->heap, thread);
	else if (thread->place != READER_NOWHERE)
		reader_heap_remove(&batches->heap, thread);
	bool is_stuck = !has_event && reader_thread_has_gap(thread, &ticks);
	if (is_stuck != thread->is_stuck)
		thread_mind_gap(batches, thread, is_stuck);
}

/* The event that was handed out is done with. */
static void batches_take_back(struct reader_batches *batches)
{
	struct reader_thread *thread = batches->held;

	batches->held = NULL;
	batches->certain = 0;
	if (thread)
		thread_look(batches, thread, reader_thread_next(thread));
}

/* What the trace says. */

static int layout_fill(struct reader_layout *layout, const char *names)
{
	/* One more than may be: a NULL says that nothing is known. */
	layout->types = calloc(strlen(names) + 1, sizeof(*layout->types));
	if (!layout->types)
		return -ENOMEM;
	while (*names) {
		size_t length = strcspn(names, " ");

		layout->types[layout->type_count++] = event_type_by_name(names, length);
		names += length + !!names[length];
	}
	return 0;
}

int reader_batches_layout(struct reader_batches *batches, bool uses_tsc, const char *names)
{
	if (batches->layout.types)
		return 0;
	if (layout_fill(&batches->layout, names) < 0)
		return -ENOMEM;
	batches->clock.is_ns = !uses_tsc;
	for (struct reader_thread *thread = batches->threads; thread; thread = thread->next)
		thread_look(batches, thread, reader_thread_next(thread));
	return 0;
}

int reader_batches_part(struct reader_batches *batches, const struct batch *part,
			enum reader_origin origin)
{
	struct reader_thread *thread = thread_of(batches, part->writer);

	if (!thread)
		return -ENOMEM;
	batches_take_back(batches);
	reader_clock_spare(&batches->clock, &part->begin);
	int code = reader_thread_add(thread, part, origin);
	if (code == -EBADMSG)
		batches->lost_packets++;
	else if (!code && batches->layout.types && !thread->event)
		thread_look(batches, thread, reader_thread_next(thread));
	return code == -EBADMSG ? 0 : code;
}

void reader_batches_spare(struct reader_batches *batches, const struct arena_clock *clock)
{
	reader_clock_spare(&batches->clock, clock);
}

void reader_batches_lost(struct reader_batches *batches, enum event_type type, uint64_t count)
{
	*(type == EVENT_events_lost ? &batches->lost_events : &batches->lost_packets) += count;
}

/* What must have come by now is lost. */
static void batches_give_up(struct reader_batches *batches)
{
	struct reader_thread **at = &batches->stuck, *thread;

	while ((thread = *at)) {
		if (thread->is_stuck &&
		    batches->collected - thread->stuck_since >= CLOCKS_TO_WAIT) {
			bool has_event = reader_thread_give_up(thread, false);

			thread->is_stuck = false;
			thread_look(batches, thread, has_event);
		}
		if (thread->is_stuck) {
			at = &thread->next_stuck;
		} else {
			thread->is_listed = false;
			*at = thread->next_stuck;
		}
	}
}

int reader_batches_collected(struct reader_batches *batches, const struct arena_clock *clock)
{
	batches_take_back(batches);
	if (reader_clock_add(&batches->clock, clock) < 0)
		return -ENOMEM;
	batches->collected++;
	uint64_t late = reader_clock_span(&batches->clock, LATE_NS);
	uint64_t inversion = reader_clock_span(&batches->clock, INVERSION_NS);

	batches->inversion = inversion != UINT64_MAX ? inversion : 0;
	batches->widest = clock->ticks > late ? clock->ticks - late : 0;
	batches_give_up(batches);
	batches->limit = batches_limit(batches);
	return 0;
}

void reader_batches_end(struct reader_batches *batches)
{
	batches_take_back(batches);
	batches->is_over = true;
	for (struct reader_thread *thread = batches->threads; thread; thread = thread->next) {
		if (!batches->layout.types)
			batches->lost_packets += !!thread->first;
		else if (!thread->event)
			thread_look(batches, thread, reader_thread_next(thread));
	}
}

/* Events. */

int64_t reader_batches_limit_ns(struct reader_batches *batches)
{
	if (batches->is_over)
		return INT64_MAX;
	return batches->limit ? reader_clock_ns(&batches->clock, batches->limit) : INT64_MIN;
}

/* ticks: the time that it is told with. */
static inline const struct event *hand_out(struct reader_batches *batches,
					   struct reader_thread *thread, uint64_t ticks)
{
	batches->latest_ns = reader_clock_ns(&batches->clock, ticks);
	thread->event->time_ns = batches->latest_ns;
	holders_note(&batches->holders, thread->event, thread->writer);
	return thread->event;
}

/* The first of the heap, or one close behind it that must come before. */
static struct reader_thread *batches_first(struct reader_batches *batches)
{
	struct reader_thread *first = batches->heap.threads[0];

	if (!holders_may_be_early(first->event))
		return first;
	for (size_t i = 1; i < 3 && i < batches->heap.count; i++) {
		struct reader_thread *other = batches->heap.threads[i];

		if (other->ticks - first->ticks <= batches->inversion &&
		    holders_must_release(&batches->holders, first->event, other->event,
					 other->writer))
			return other;
	}
	return first;
}

/* How far the first of the heap can go on without a look at the others. */
static uint64_t batches_certain(const struct reader_batches *batches)
{
	uint64_t ticks = batches->is_over ? UINT64_MAX : batches->limit;

	for (size_t i = 1; i < 3 && i < batches->heap.count; i++) {
		uint64_t other = batches->heap.threads[i]->ticks;
		uint64_t close = other > batches->inversion ? other - batches->inversion : 0;

		ticks = close < ticks ? close : ticks;
	}
	return ticks;
}

static const struct event *batches_tell_loss(struct reader_batches *batches)
{
	bool is_events = batches->lost_events;
	uint64_t *count = is_events ? &batches->lost_events : &batches->lost_packets;

	batches->loss = (struct event){
		.type = is_events ? EVENT_events_lost : EVENT_packets_lost,
		.value = *count < INT64_MAX ? (int64_t)*count : INT64_MAX,
		.time_ns = batches->heap.count ? reader_clock_ns(&batches->clock,
								 batches->heap.threads[0]->ticks)
					       : batches->latest_ns,
	};
	*count = 0;
	return &batches->loss;
}

static int batches_choose(struct reader_batches *batches, const struct event **ret)
{
	bool is_next = batches->heap.count &&
		       (batches->is_over || batches->heap.threads[0]->ticks < batches->limit);

	if (batches->layout.is_out_of_memory)
		return -ENOMEM;
	if ((batches->lost_events || batches->lost_packets) && (is_next || batches->is_over)) {
		*ret = batches_tell_loss(batches);
		return 1;
	}
	if (!is_next)
		return 0;
	struct reader_thread *first = batches->heap.threads[0];
	batches->held = batches_first(batches);
	batches->certain = batches->held == first ? batches_certain(batches) : 0;
	*ret = hand_out(batches, batches->held, first->ticks);
	return 1;
}

int reader_batches_next(struct reader_batches *batches, const struct event **ret)
{
	struct reader_thread *thread = batches->held;

	if (thread) {
		bool has_event = reader_thread_next(thread);

		if (has_event && thread->ticks < batches->certain) {
			*ret = hand_out(batches, thread, thread->ticks);
			return 1;
		}
		batches->held = NULL;
		thread_look(batches, thread, has_event);
	}
	return batches_choose(batches, ret);
}
