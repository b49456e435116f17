/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packed operations of one recording: parts of chunks in, events out. For the reader only. */
#ifndef LIBTRACE_READER_BATCHES_H
#define LIBTRACE_READER_BATCHES_H

#include "libtrace/provider.h"
#include "libtrace/reader_thread.h"

struct reader_batches;

/*
 * offset_ns is added to all times. *unknown counts the events of types that this build does not
 * know; it must outlive the batches. NULL: no memory.
 */
struct reader_batches *reader_batches_new(int64_t offset_ns, uint64_t *unknown);
void reader_batches_free(struct reader_batches *batches); /* NULL is allowed */

/*
 * What the trace says, in its order. Each may be nonsense. All end the life of the event that
 * was handed out. 0 or -ENOMEM.
 */

/* How to read parts; only the first counts. Those that came before wait for it. */
int reader_batches_layout(struct reader_batches *batches, bool uses_tsc, const char *names);

/* One that cannot be one is a loss. */
int reader_batches_part(struct reader_batches *batches, const struct batch *part,
			enum reader_origin origin);

/* Everything written before that clock was read has come. */
int reader_batches_collected(struct reader_batches *batches, const struct arena_clock *clock);

/* A clock of the recording, for where it has hardly another. */
void reader_batches_spare(struct reader_batches *batches, const struct arena_clock *clock);

/* Something is lost, nobody knows when: of type events_lost or packets_lost. */
void reader_batches_lost(struct reader_batches *batches, enum event_type type, uint64_t count);

/* There is no more. */
void reader_batches_end(struct reader_batches *batches);

/*
 * The next event in *ret: 1, 0 there is none as yet, or -ENOMEM. They come in the order of time, of
 * one time in that of the threads' numbers, but for those that come very late; each thread's
 * come in its own order. Where a lock is acquired up to 1 us before the stamp of its release, the
 * release comes first, with the time of the acquire. The event lives until the next call.
 */
int reader_batches_next(struct reader_batches *batches, const struct event **ret);

/* All events before that time were handed out or are there; INT64_MAX at the end. */
int64_t reader_batches_limit_ns(struct reader_batches *batches);

#endif
