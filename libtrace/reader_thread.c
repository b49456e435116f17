/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The chunks of one thread. Each is read from its first word on as far as words are there without a
 * gap; parts behind a gap wait in their place. A chunk is forgotten once it is read.
 */
#include "libtrace/reader_thread.h"

#include <stdlib.h>

/* A part belongs to one of so many latest chunks, or it is nonsense. */
#define LOOK_BACK_MAX 1024

#define FIRST_WORDS 64

/* Words behind a gap. */
struct span {
	uint32_t begin, end;
	struct span *next;
};

struct reader_chunk {
	struct reader_chunk *previous, *next;
	uint32_t sequence;
	int32_t pid, tid;
	uint64_t ticks;	 /* at which it begins */
	uint32_t filled; /* so many words are there, counted from the first */
	uint32_t length; /* where it is known that there will not be more, as is_last says */
	bool is_last;
	const uint32_t *words;
	uint32_t *owned;    /* words, or NULL: they are somebody else's. Owned by this */
	uint32_t size;	    /* of owned */
	struct span *spans; /* by begin, without overlaps. Owned by this */
};

static void chunk_free(struct reader_chunk *chunk)
{
	for (struct span *span = chunk->spans, *next; span; span = next) {
		next = span->next;
		free(span);
	}
	free(chunk->owned);
	free(chunk);
}

struct reader_thread *reader_thread_new(uint32_t writer, struct reader_layout *layout)
{
	struct reader_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	thread->writer = writer;
	thread->layout = layout;
	thread->sequence = 1;
	return thread;
}

void reader_thread_free(struct reader_thread *thread)
{
	for (struct reader_chunk *chunk = thread->first, *next; chunk; chunk = next) {
		next = chunk->next;
		chunk_free(chunk);
	}
	packed_reader_free(thread->decoder);
	free(thread);
}

/* Parts. */

static struct reader_chunk *chunk_new(struct reader_thread *thread, struct reader_chunk *previous,
				      const struct batch *part)
{
	struct reader_chunk *chunk = calloc(1, sizeof(*chunk));

	if (!chunk)
		return NULL;
	chunk->sequence = part->sequence;
	chunk->pid = part->pid;
	chunk->tid = part->tid;
	chunk->ticks = part->begin.ticks;
	chunk->previous = previous;
	chunk->next = previous ? previous->next : thread->first;
	*(previous ? &previous->next : &thread->first) = chunk;
	*(chunk->next ? &chunk->next->previous : &thread->last) = chunk;
	return chunk;
}

/* The chunk of part, made if need be. */
static int chunk_of(struct reader_thread *thread, const struct batch *part,
		    struct reader_chunk **ret)
{
	struct reader_chunk *chunk = thread->last;

	for (int i = 0; chunk && chunk->sequence > part->sequence; chunk = chunk->previous)
		if (++i > LOOK_BACK_MAX)
			return -EBADMSG;
	if (!chunk || chunk->sequence < part->sequence)
		chunk = chunk_new(thread, chunk, part);
	*ret = chunk;
	return chunk ? 0 : -ENOMEM;
}

/* Room for words up to end, all its own. */
static int chunk_reserve(struct reader_thread *thread, struct reader_chunk *chunk, uint32_t end)
{
	uint32_t size = chunk->size ? chunk->size : FIRST_WORDS;

	if (chunk->owned && end <= chunk->size)
		return 0;
	while (size < end)
		size *= 2;
	bool is_in_hand = thread->is_reading && chunk == thread->first;
	size_t done = is_in_hand ? (size_t)(thread->at - chunk->words) : 0;
	uint32_t *words = reallocarray(chunk->owned, size, sizeof(*words));
	if (!words)
		return -ENOMEM;
	if (!chunk->owned && chunk->filled)
		memcpy(words, chunk->words, chunk->filled * sizeof(*words));
	if (is_in_hand) {
		thread->at = words + done;
		thread->end = words + chunk->filled;
	}
	chunk->words = chunk->owned = words;
	chunk->size = size;
	return 0;
}

/* Words from begin to end are there now, begin is behind a gap. */
static int spans_add(struct reader_chunk *chunk, uint32_t begin, uint32_t end)
{
	struct span **at = &chunk->spans;

	while (*at && (*at)->end < begin)
		at = &(*at)->next;
	struct span *span = *at;
	if (!span || span->begin > end) {
		span = malloc(sizeof(*span));
		if (!span)
			return -ENOMEM;
		*span = (struct span){ begin, end, *at };
		*at = span;
		return 0;
	}
	span->begin = begin < span->begin ? begin : span->begin;
	span->end = end > span->end ? end : span->end;
	for (struct span *next; (next = span->next) && next->begin <= span->end; free(next)) {
		span->end = next->end > span->end ? next->end : span->end;
		span->next = next->next;
	}
	return 0;
}

/* Words up to end are there now, and those that they join. */
static void chunk_fill(struct reader_thread *thread, struct reader_chunk *chunk, uint32_t end)
{
	chunk->filled = end;
	for (struct span *span; (span = chunk->spans) && span->begin <= chunk->filled; free(span)) {
		chunk->filled = span->end > chunk->filled ? span->end : chunk->filled;
		chunk->spans = span->next;
	}
	if (thread->is_reading && chunk == thread->first)
		thread->end = thread->is_broken ? thread->at : chunk->words + chunk->filled;
}

static int chunk_take(struct reader_thread *thread, struct reader_chunk *chunk,
		      const struct batch *part, enum reader_origin origin)
{
	uint32_t begin = part->offset, end = part->offset + part->count;

	if (end <= chunk->filled)
		return 0;
	if (origin == READER_REMAINS && begin == 0 && !chunk->words) {
		chunk->words = part->words;
		chunk_fill(thread, chunk, end);
		return 0;
	}
	if (begin < chunk->filled)
		begin = chunk->filled;
	if (chunk_reserve(thread, chunk, end) < 0)
		return -ENOMEM;
	memcpy(chunk->owned + begin, part->words + (begin - part->offset),
	       (end - begin) * sizeof(*chunk->owned));
	if (begin > chunk->filled)
		return spans_add(chunk, begin, end);
	chunk_fill(thread, chunk, end);
	return 0;
}

int reader_thread_add(struct reader_thread *thread, const struct batch *part,
		      enum reader_origin origin)
{
	struct reader_chunk *chunk = NULL;

	if (!part->sequence || part->count > ARENA_CHUNK_WORDS ||
	    part->offset > ARENA_CHUNK_WORDS - part->count)
		return -EBADMSG;
	uint32_t end = part->offset + part->count;
	if (origin == READER_EMITTED && part->sequence >= thread->emitted_sequence) {
		if (part->sequence > thread->emitted_sequence || end > thread->emitted_end)
			thread->emitted_end = end;
		thread->emitted_sequence = part->sequence;
	}
	if (part->sequence < thread->sequence)
		return 0;
	int code = chunk_of(thread, part, &chunk);
	if (!code)
		code = chunk_take(thread, chunk, part, origin);
	if (!code && part->is_last) {
		chunk->is_last = true;
		chunk->length = end > chunk->length ? end : chunk->length;
	}
	return code;
}

/* Reading. */

/* The chunk in hand is done with, or the one that must be next is given up. */
static void chunk_leave(struct reader_thread *thread)
{
	struct reader_chunk *chunk = thread->first;

	if (chunk && chunk->sequence == thread->sequence) {
		thread->first = chunk->next;
		*(chunk->next ? &chunk->next->previous : &thread->last) = NULL;
		chunk_free(chunk);
	}
	thread->sequence++;
	thread->is_reading = thread->is_broken = false;
	thread->at = thread->end = NULL;
	if (!thread->first) {
		packed_reader_free(thread->decoder);
		thread->decoder = NULL;
	}
}

static bool thread_tell_loss(struct reader_thread *thread, int64_t packets)
{
	thread->loss = (struct event){
		.type = EVENT_packets_lost, .value = packets, .pid = thread->pid, .tid = thread->tid
	};
	thread->event = &thread->loss;
	return true;
}

/* Take the next chunk in hand: false, it is not there, or nothing of it. */
static bool chunk_begin(struct reader_thread *thread)
{
	const struct reader_layout *layout = thread->layout;
	const struct reader_chunk *chunk = thread->first;

	if (!chunk || chunk->sequence != thread->sequence || (!chunk->filled && !chunk->is_last))
		return false;
	if (!thread->decoder)
		thread->decoder = packed_reader_new(layout->types, layout->type_count);
	if (!thread->decoder) {
		thread->layout->is_out_of_memory = true;
		return false;
	}
	packed_reader_begin(thread->decoder, chunk->ticks);
	thread->ticks = chunk->ticks;
	thread->pid = chunk->pid;
	thread->tid = chunk->tid;
	thread->at = chunk->words;
	thread->end = chunk->words + chunk->filled;
	thread->is_reading = true;
	return true;
}

static bool chunk_is_over(const struct reader_chunk *chunk)
{
	return chunk->is_last && chunk->filled >= chunk->length;
}

/* No word is left in hand. Returns whether there is another chunk to read now. */
static bool thread_go_on(struct reader_thread *thread)
{
	if (thread->is_reading) {
		if (!chunk_is_over(thread->first))
			return false;
		chunk_leave(thread);
	}
	return chunk_begin(thread);
}

/* What is in hand cannot be read: a loss, unless it is known. */
static bool chunk_break(struct reader_thread *thread)
{
	bool is_known = thread->is_broken;

	thread->is_broken = true;
	thread->at = thread->end;
	return !is_known && thread_tell_loss(thread, 1);
}

/* Words are left of a chunk of which there will not be more. */
static bool chunk_is_cut_off(const struct reader_thread *thread)
{
	return thread->at != thread->end && chunk_is_over(thread->first);
}

bool reader_thread_settle(struct reader_thread *thread, enum packed_found found)
{
	while (found != PACKED_FOUND_EVENT && found != PACKED_FOUND_LOST) {
		thread->event = NULL;
		if (found == PACKED_FOUND_UNKNOWN) {
			++*thread->layout->unknown;
		} else if (found == PACKED_FOUND_DAMAGE || chunk_is_cut_off(thread)) {
			if (chunk_break(thread))
				return true;
		} else if (!thread_go_on(thread)) {
			return false;
		}
		found = packed_read(thread->decoder, &thread->at, thread->end, &thread->event,
				    &thread->ticks);
	}
	thread->event->pid = thread->pid;
	thread->event->tid = thread->tid;
	return true;
}

bool reader_thread_has_gap(const struct reader_thread *thread, uint64_t *ticks)
{
	const struct reader_chunk *chunk = thread->first;
	uint32_t filled = 0;

	if (thread->event || !chunk || thread->emitted_sequence < thread->sequence)
		return false;
	*ticks = chunk->ticks;
	if (chunk->sequence == thread->sequence) {
		filled = chunk->filled;
		*ticks = thread->is_reading ? thread->ticks : chunk->ticks;
	}
	return thread->emitted_sequence > thread->sequence || thread->emitted_end > filled;
}

bool reader_thread_give_up(struct reader_thread *thread, bool is_over)
{
	uint64_t ticks;

	while (thread->first && !thread->layout->is_out_of_memory &&
	       (is_over || reader_thread_has_gap(thread, &ticks))) {
		const struct reader_chunk *chunk = thread->first;
		uint32_t missing = chunk->sequence - thread->sequence;
		bool is_end = !missing && !chunk->spans && !chunk->next;
		bool is_told = is_end || thread->is_broken;

		if (!thread->is_reading) {
			thread->pid = chunk->pid;
			thread->tid = chunk->tid;
			thread->ticks = chunk->ticks;
		}
		if (missing)
			thread->sequence = chunk->sequence;
		else
			chunk_leave(thread);
		if (!is_told)
			return thread_tell_loss(thread, missing ? missing : 1);
		if (reader_thread_next(thread))
			return true;
	}
	return false;
}
