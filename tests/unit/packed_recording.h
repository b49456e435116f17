/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packed recording "r" in the temporary directory: written, and read. */
#ifndef TESTS_UNIT_PACKED_RECORDING_H
#define TESTS_UNIT_PACKED_RECORDING_H

#include "libtrace/reader.h"
#include "tests/unit/ctf_writer.h"
#include "tests/unit/packed_writer.h"

/* Where its clock begins, in ticks and in ns; then 2 ticks are 1 ns. */
#define START 1000000

/* More ticks than an event may come late. */
#define LATE UINT64_C(400000000)

/* Of each event of packed_recording_fill(). */
#define WORDS 5

struct packed_recording {
	struct reader *reader;
	const struct event *event; /* the latest */
	struct error err;
	struct ctf_stream stream;   /* of the collector */
	struct packed_writer chunk; /* the latest */
};

extern struct packed_recording packed;

/* A checked fixture: the recording has notes and the metadata of a collector's trace. */
void packed_recording_setup(void);
void packed_recording_teardown(void);

/* The chunk is that of a thread, with events at START + 100 * i about object i. */
void packed_recording_fill(uint32_t writer, uint32_t sequence, int first, int count);

/* Words from begin to end of the chunk go to the trace; or all, and there will not be more. */
void packed_recording_emit(uint32_t begin, uint32_t end, bool is_last);
void packed_recording_emit_all(void);

/* The collector's clock, so many ticks after its start. */
void packed_recording_collected(uint64_t ticks);

/* Open it, and read the note of its start. */
void packed_recording_open(void);

/* The next event is that about object, at that time; is packets_lost; or there is none. */
void packed_recording_expect(uint64_t time_ns, uint64_t object);
void packed_recording_expect_lost(int64_t packets);
void packed_recording_expect_end(void);

/* The next ones are those of packed_recording_fill(). */
void packed_recording_expect_run(int first, int count);

#endif
