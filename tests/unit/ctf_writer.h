/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small CTF traces written by hand, for what no tracer would write. */
#ifndef TESTS_UNIT_CTF_WRITER_H
#define TESTS_UNIT_CTF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libtrace/provider.h"

/* A temporary directory; the result is static. */
const char *scratch_new(void);

/* Remove it with all in it. */
void scratch_remove(void);

/* "DIRECTORY/name" in the temporary directory; the latest eight results are valid. */
const char *scratch_path(const char *name);

/* Make the file (and the directories above it) in the temporary directory. */
void scratch_file(const char *name, const void *bytes, size_t length);
void scratch_text(const char *name, const char *text);

/* Copy the directory from (a path) into the temporary directory as name. */
void scratch_copy(const char *from, const char *name);

/* The path of a trace of tests/data; the result is static. */
const char *stored_trace(const char *name);

/*
 * Metadata of a trace: clock and context are pieces of TSDL, e.g.
 * "freq = 1000; uuid = ..." and "struct { integer { size = 32; } vpid; }"; NULL leaves them
 * out. events: complete event blocks. name: the trace's directory.
 */
void ctf_metadata(const char *name, const char *environment, const char *clock, const char *context,
		  const char *events);

/* A stream of one packet: events as they are appended. */
struct ctf_stream {
	uint8_t bytes[256 * 1024];
	size_t length;
	uint64_t time_ns; /* of a collector's latest event */
	uint64_t run;	  /* which its events say; 0: 1 */
};

/* An event's head; the values of its context and payload follow. */
void ctf_event(struct ctf_stream *stream, uint32_t id, uint64_t time);
void ctf_u8(struct ctf_stream *stream, uint8_t value);
void ctf_u32(struct ctf_stream *stream, uint32_t value);
void ctf_u64(struct ctf_stream *stream, uint64_t value);
void ctf_string(struct ctf_stream *stream, const char *value);

/* Write it as "name/stream". */
void ctf_stream_write(const char *name, const struct ctf_stream *stream);

/*
 * The same for the trace of a collector, its events at times that rise by 1 us.
 */
void ctf_packed_metadata(const char *name);
void ctf_layout(struct ctf_stream *stream, bool uses_tsc, const char *names);
void ctf_batch(struct ctf_stream *stream, const struct batch *batch);
void ctf_collected(struct ctf_stream *stream, uint64_t ticks, int64_t ns);
/* An event of the program in it: mutex_destroy. */
void ctf_plain(struct ctf_stream *stream, uint64_t object);

#endif
