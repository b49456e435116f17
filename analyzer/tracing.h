/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What records while COMMAND runs: the LTTng session, and the collector that writes into it. */
#ifndef ANALYZER_TRACING_H
#define ANALYZER_TRACING_H

#include <limits.h>
#include <stdbool.h>

#include "analyzer/directory.h"
#include "analyzer/progress.h"
#include "analyzer/record.h"
#include "libtrace/collector.h"
#include "libtrace/error.h"
#include "libtrace/session.h"

struct tracing {
	struct session *session;     /* Owned by this */
	struct collector *collector; /* Owned by this; NULL: --plain */
	char buffers[PATH_MAX];	     /* of the collector */
	bool is_progress_shown;
	bool has_collected; /* what the collector did is known */
	struct collector_result collected;
};

/* Record into directory. After an error there is nothing to end. */
int tracing_start(struct tracing *tracing, const struct record_options *options,
		  const struct directory *directory, const char *provider,
		  struct error *err) MUST_CHECK;

/*
 * COMMAND has ended: wait until all is written. broken: why that cannot be, and err says it; 0:
 * nothing is known. Returns 0, or broken or another -errno with a sentence: something is
 * missing, and the buffers stay where they may hold it.
 */
int tracing_end(struct tracing *tracing, int broken, struct progress *progress,
		struct error *err) MUST_CHECK;

/* The same where nothing of it is of use. */
void tracing_abandon(struct tracing *tracing);

/* Whether something of COMMAND was recorded. After the end; traces without an event are removed. */
bool tracing_has_events(const struct tracing *tracing, const struct directory *directory);

#endif
