/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider library: one LTTng-UST tracepoint an operation. */
#include "libtrace/provider.h"

#include <stdlib.h>

#include "libtrace/recording.h"

#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "libtrace/tracepoints.h"

/* Number of the recording; a recording in a shared daemon keeps only its own. */
static uint64_t provider_run;

static void provider_emit(const struct event *event)
{
	switch (event->type) {
#define EVENT(name, shape, object, operation, meaning)                                             \
	case EVENT_##name:                                                                         \
		lttng_ust_tracepoint(heddle, name, event, provider_run);                           \
		break;
#include "libtrace/events.def"
	default:
		break;
	}
}

static void (*provider_leave)(void);

static void provider_on_leave(void (*leave)(void))
{
	provider_leave = leave;
}

extern const struct provider heddle_provider;

__attribute__((visibility("default"))) const struct provider heddle_provider = {
	.size = sizeof(struct provider),
	.emit = provider_emit,
	.on_leave = provider_on_leave,
	.enabled = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = &lttng_ust_tracepoint_heddle___##name.state,
#include "libtrace/events.def"
	},
};

static __attribute__((constructor)) void provider_init(void)
{
	const char *run = getenv(RECORDING_RUN_VARIABLE);

	provider_run = run ? strtoull(run, NULL, 10) : 0;
	/*
	 * Threads go on tracing while the program exits: LTTng must not take
	 * the tracepoints from under them.
	 */
	tracepoint_disable_destructors();
}

/* This library needs LTTng's, so it leaves before them. */
static __attribute__((destructor)) void provider_done(void)
{
	if (provider_leave)
		provider_leave();
}
