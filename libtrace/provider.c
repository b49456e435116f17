/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider library: one LTTng-UST tracepoint an operation, or one a batch of them. */
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

static void provider_layout(bool uses_tsc, const char *names)
{
	lttng_ust_tracepoint(heddle, layout, provider_run, uses_tsc, names);
}

static void provider_batch(const struct batch *batch)
{
	lttng_ust_tracepoint(heddle, batch, provider_run, batch);
}

static void provider_collected(const struct arena_clock *clock)
{
	lttng_ust_tracepoint(heddle, collected, provider_run, clock);
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
	.layout = provider_layout,
	.batch = provider_batch,
	.collected = provider_collected,
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
