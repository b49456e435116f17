/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A trace in, struct event out, in time order. */
#ifndef LIBTRACE_READER_H
#define LIBTRACE_READER_H

#include <stdint.h>

#include "libtrace/error.h"
#include "libtrace/event.h"

/* What the reader saw, valid at any time while it is open. */
struct reader_counts {
	uint64_t events;      /* handed out, events_lost and packets_lost not counted */
	uint64_t lost_events; /* said to be lost by the trace */
	uint64_t lost_packets;
	uint64_t foreign_events; /* in the trace, but not heddle's */
	uint64_t bytes_read;	 /* of a text trace; 0 for CTF */
	uint64_t bytes_total;	 /* 0 where unknown */
};

struct reader;

/*
 * Times. Of a text trace: as it says, in the order of its lines. Of CTF: the value of the trace's
 * clock in ns, without the clock's offset from the epoch. With LTTng that is CLOCK_MONOTONIC, as in
 * recorder.txt. Where the traces below one path have different clocks (another UUID, for which
 * LTTng takes the boot id; without UUIDs, offsets more than a second apart) it is ns from the
 * clocks' origin for all of them. A recording has one clock. CTF events come in time order.
 *
 * Packed operations (packed.h) have the time of their own clock, in ns of CLOCK_MONOTONIC. They
 * come in time order, too, but for those that were written more than 200 ms after they were
 * stamped: such a one comes when it is found. A release that another processor's clock stamped up
 * to 1 us after the acquire that it made possible comes before it and has its time.
 *
 * What the trace says it lost comes as events_lost and packets_lost, stamped with the time since
 * which it was lost; value is 1 where the trace does not say how many. A process of which LTTng
 * wrote nothing that can be read counts as one lost packet. So does what is missing of packed
 * operations up to where reading can go on: a chunk, or the rest of it.
 */

/*
 * Open a recording (a directory with `recorder.txt` and perhaps `ctf`, and `buffers` where the
 * recorder died or still runs: then what can be read of `ctf` is enough), a directory
 * below which CTF traces lie, or a file of text events ("-" is standard input). Errors: the
 * path cannot be read, or it holds no events of heddle (-ENODATA); the recorder's
 * alone are enough. Reading CTF switches Babeltrace's log off for the process, and may raise
 * its limit of open files.
 */
int reader_open(const char *path, struct reader **ret, struct error *err) MUST_CHECK;

/*
 * The next event in *ret: 1 an event, 0 the end, or a negative errno with one sentence
 * that names the trace (and the line of a text file); then there is no more. In a
 * recording recording_start comes first and recording_end last whatever the stamps; it has
 * no end where the recorder died. The event, its strings and frames belong to
 * the reader until the next call.
 */
int reader_next(struct reader *reader, const struct event **ret, struct error *err) MUST_CHECK;

const struct reader_counts *reader_counts(const struct reader *reader);

/* NULL is allowed. */
void reader_close(struct reader *reader);

#endif
