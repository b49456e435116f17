/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The events of CTF traces, in time order. For the reader only. */
#ifndef LIBTRACE_READER_CTF_H
#define LIBTRACE_READER_CTF_H

#include <stdbool.h>

#include "libtrace/reader.h"
#include "libtrace/reader_decode.h"
#include "libtrace/reader_find.h"

struct reader_ctf;

/*
 * Open the traces of found, which lie in path. is_recording: one recorder made
 * all of them, so their clocks agree whatever they say. See reader.h for times.
 */
int reader_ctf_open(const char *path, const struct found_traces *found, bool is_recording,
		    struct reader_ctf **ret, struct error *err) MUST_CHECK;

/*
 * As reader_next(), with enum decoded: DECODED_MESSAGE for what the collector says of packed
 * operations, in *message, which lives as long as an event. What the trace says it lost
 * comes as events_lost and packets_lost.
 */
int reader_ctf_next(struct reader_ctf *ctf, const struct event **ret,
		    const struct packed_message **message, struct error *err) MUST_CHECK;

/* What the latest event's or message's time has more than the value of its trace's clock. */
int64_t reader_ctf_offset(const struct reader_ctf *ctf);

/* Events passed over so far. */
uint64_t reader_ctf_foreign(const struct reader_ctf *ctf);

/* NULL is allowed. */
void reader_ctf_close(struct reader_ctf *ctf);

#endif
