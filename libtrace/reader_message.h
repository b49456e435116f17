/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector's events say of packed operations, see tracepoints.h. For the reader only. */
#ifndef LIBTRACE_READER_MESSAGE_H
#define LIBTRACE_READER_MESSAGE_H

#include <babeltrace2/babeltrace.h>

#include "libtrace/provider.h"

enum packed_kind { PACKED_LAYOUT, PACKED_BATCH, PACKED_COLLECTED };

/* Their fields as the trace has them; 0 where it has not. */
struct message_fields {
	uint64_t run, uses_tsc, pid, tid, writer, sequence, offset, count, is_last, ticks, ns;
	const char *names;
	const bt_field *words; /* an array of unsigned numbers */
};

struct packed_message {
	enum packed_kind kind;
	uint64_t run;
	/* Of a layout. */
	bool uses_tsc;
	const char *names;
	/* Of a batch. Its words lie in memory. */
	bool is_damaged; /* its numbers cannot be, and part is not filled */
	struct batch part;
	struct arena_clock clock; /* that the collector told of */
	uint32_t *memory;	  /* room for the words of one chunk. Owned by this */
};

/* What fields say, any values. 0 or -ENOMEM. names is theirs, the rest is copied. */
int reader_message_fill(struct packed_message *message, enum packed_kind kind,
			const struct message_fields *fields, struct error *err) MUST_CHECK;

void reader_message_done(struct packed_message *message);

#endif
