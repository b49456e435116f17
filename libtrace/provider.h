/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table in the traced program: what the preload library asks of the provider library. */
#ifndef LIBTRACE_PROVIDER_H
#define LIBTRACE_PROVIDER_H

#include "libtrace/event.h"

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
	/* *enabled[type] is not 0 while somebody records that type; NULL for events of the tool. */
	const int *enabled[EVENT_COUNT];
};

#define PROVIDER_SYMBOL "heddle_provider"

#endif
