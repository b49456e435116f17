/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the chunks of one thread in, its events out, in its own order. For the reader only. */
#ifndef LIBTRACE_READER_THREAD_H
#define LIBTRACE_READER_THREAD_H

#include "libtrace/packed.h"
#include "libtrace/provider.h"

/* What the threads of a recording have in common. */
struct reader_layout {
	int *types; /* as packed_reader_new() wants them; NULL: not known yet. Owned by this */
	size_t type_count;
	uint64_t *unknown; /* counts events of types that this build does not know. Weak */
	bool is_out_of_memory;
};

/* A chunk that is not read to its end; defined in reader_thread.c. */
struct reader_chunk;

struct reader_thread {
	uint32_t writer;
	struct event *event; /* the next one, NULL: none is there. Its time_ns is not written */
	uint64_t ticks;	     /* its time */
	/* The rest is reader_thread.c's, but for what its user keeps in these. */
	struct reader_thread *next, *next_stuck;
	size_t place;
	uint64_t stuck_since;
	bool is_stuck, is_listed;

	bool is_broken;	   /* of the chunk in hand nothing more can be read */
	bool is_reading;   /* the first chunk is in hand */
	uint32_t sequence; /* of the chunk in hand, or that must be next */
	int32_t pid, tid;
	const uint32_t *at, *end;	   /* what is to be read of the chunk in hand */
	struct packed_reader *decoder;	   /* NULL without a chunk in hand. Owned by this */
	struct reader_chunk *first, *last; /* by sequence. Owned by this */
	/* The latest word that was emitted. */
	uint32_t emitted_sequence, emitted_end;
	struct reader_layout *layout;
	struct event loss;
};

enum reader_origin {
	READER_EMITTED,	 /* in the order of emission */
	READER_REMAINS,	 /* before all others; words stay where they are */
	READER_UNSTEADY, /* the same, but words do not stay */
};

/* NULL: no memory. layout must outlive it. */
struct reader_thread *reader_thread_new(uint32_t writer, struct reader_layout *layout);
void reader_thread_free(struct reader_thread *thread);

/*
 * Take a part of a chunk, which may be there in part or as a whole already: 0, -ENOMEM, or -EBADMSG
 * where it cannot be one. thread->event stays as it is.
 */
int reader_thread_add(struct reader_thread *thread, const struct batch *part,
		      enum reader_origin origin);

/* Go on as reader_thread_next() does, where that found no event. */
bool reader_thread_settle(struct reader_thread *thread, enum packed_found found);

/*
 * Go on to the next event, which may be events_lost or packets_lost; the latest one is done with.
 * Returns whether there is one. The layout must be known.
 */
static inline bool reader_thread_next(struct reader_thread *thread)
{
	enum packed_found found = packed_read(thread->decoder, &thread->at, thread->end,
					      &thread->event, &thread->ticks);

	if (found != PACKED_FOUND_EVENT)
		return reader_thread_settle(thread, found);
	thread->event->pid = thread->pid;
	thread->event->tid = thread->tid;
	return true;
}

/* There is no event, but something that comes later was emitted. Then *ticks is not after it. */
bool reader_thread_has_gap(const struct reader_thread *thread, uint64_t *ticks);

/*
 * There is no event, and what is missing will not come: tell so and go on behind it. is_over: no
 * part will come any more; otherwise only what comes before something emitted is missing. Returns
 * whether there is an event now.
 */
bool reader_thread_give_up(struct reader_thread *thread, bool is_over);

#endif
