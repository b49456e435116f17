/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table in the traced program: what the preload library asks of the provider library. */
#ifndef LIBTRACE_PROVIDER_H
#define LIBTRACE_PROVIDER_H

#include "libtrace/arena.h"
#include "libtrace/event.h"

/* A part of a chunk of packed operations, see arena.h and packed.h. */
struct batch {
	int32_t pid, tid;
	uint32_t writer, sequence;
	uint32_t offset, count; /* which words of the chunk */
	bool is_last;		/* there will be no more of this chunk */
	struct arena_clock begin;
	uint64_t blocked_ns;
	const uint32_t *words; /* count of them, and room for one more */
};

/*
 * The provider is a library of its own, because it needs LTTng-UST and the
 * preload library may need nothing but libc. It exports one symbol,
 * `heddle_provider`.
 */
struct provider {
	/* sizeof(struct provider) of the provider's build, checked by the loader. */
	unsigned size;
	/*
	 * Write one event, if somebody records its type. May block while
	 * LTTng's buffers are full and the recording is lossless. Re-entrant, not
	 * async-cancel-safe.
	 */
	void (*emit)(const struct event *event);
	/*
	 * Call leave once, when the process ends and LTTng is about to take its tracepoints down:
	 * the last moment at which an event is sure to be recorded.
	 */
	void (*on_leave)(void (*leave)(void));
	/*
	 * For the collector, each an event of LTTng: what is needed to read batches, before the
	 * first (names: of the event types, a blank after each); a batch; all that was written
	 * before that moment is emitted.
	 */
	void (*layout)(bool uses_tsc, const char *names);
	void (*batch)(const struct batch *batch);
	void (*collected)(const struct arena_clock *clock);
	/* *enabled[type] is not 0 while somebody records that type; NULL for events of the tool. */
	const int *enabled[EVENT_COUNT];
};

#define PROVIDER_SYMBOL "heddle_provider"

#endif
