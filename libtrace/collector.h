/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that writes what is in the buffers of a recording into its LTTng session. Apart from
 * the recorder, because LTTng hangs when its daemon does, and only a process can be
 * ended then.
 */
#ifndef LIBTRACE_COLLECTOR_H
#define LIBTRACE_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libtrace/arena.h"
#include "libtrace/error.h"
#include "libtrace/sweep.h"

struct collector;

struct collector_options {
	const char *buffers;  /* path of the file, to be made */
	const char *provider; /* path of the provider library */
	const char *home;     /* LTTNG_HOME of the session, NULL: leave it */
	uint64_t run;
	uint64_t max_bytes; /* of batches; more make it ARENA_DETAIL_SUMMARY. 0: no limit */
	struct arena_settings settings;
};

/* What it did, up to its end. */
struct collector_result {
	struct sweep_counts counts;
	int64_t event_ps;      /* what one event cost its thread at least */
	int64_t summary_ns;    /* when max_bytes was reached, CLOCK_MONOTONIC; 0: it was not */
	int32_t allocate_code; /* an errno: why the buffers could not grow; 0: they could */
	uint64_t lost;	       /* events of threads that found no room in the end */
};

/*
 * Make the buffers and start the process. It is a child of this one and leads a session (setsid)
 * of its own. On success it records: COMMAND may start. After an error nothing is left. For a
 * process without other threads; the LTTng session must have been started.
 */
int collector_start(const struct collector_options *options, struct collector **ret,
		    struct error *err) MUST_CHECK;

pid_t collector_pid(const struct collector *collector);

/* The buffers, mapped until collector_free(). The collector's. */
struct arena *collector_arena(const struct collector *collector);

/* Becomes readable when the process ends. The collector's. */
int collector_pidfd(const struct collector *collector);

/*
 * Becomes readable when traced threads have told of rings of waits (waits.h). The collector's. Then
 * collector_take_news() takes what is there to hear; false: nothing more will come.
 */
int collector_news_fd(const struct collector *collector);
bool collector_take_news(const struct collector *collector);

/* Whether it runs. */
bool collector_is_alive(const struct collector *collector);

/*
 * Nobody writes the trace any more: traced programs go on unrecorded, and the process is killed.
 * What is in the buffers then stays there.
 */
void collector_give_up(struct collector *collector);

/*
 * COMMAND has ended: let the process write all that is left. go_on is called about ten times a second
 * while it does; when it returns false the process is killed. Returns 0 with result: it is done, and
 * is to be there until the session has stopped; -EPIPE: the process died, -ETIMEDOUT: it was killed.
 */
int collector_finish(struct collector *collector, bool (*go_on)(void *argument), void *argument,
		     struct collector_result *result, struct error *err) MUST_CHECK;

/* Kills the process where it still runs. The file of the buffers is removed or stays. */
void collector_free(struct collector *collector, bool removes_buffers); /* NULL is allowed */

#endif
