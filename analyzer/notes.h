/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* recorder.txt of a recording: what the recorder itself has to say, as text events. */
#ifndef ANALYZER_NOTES_H
#define ANALYZER_NOTES_H

#include <stdint.h>
#include <stdio.h>

#include "analyzer/directory.h"
#include "libtrace/collector.h"
#include "libtrace/error.h"
#include "libtrace/event.h"

struct notes {
	FILE *file; /* Owned by this; NULL: not open */
	const struct directory *directory;
};

/* directory must outlive notes; it has no such file yet. */
int notes_open(struct notes *notes, const struct directory *directory,
	       struct error *err) MUST_CHECK;
void notes_close(struct notes *notes);

/* An event of any process. It is in the file after notes_flush(). */
int notes_add(struct notes *notes, const struct event *event, struct error *err) MUST_CHECK;
int notes_flush(struct notes *notes, struct error *err) MUST_CHECK;

/* One event of our own, which is in the file when this returns. Times are of CLOCK_MONOTONIC. */
int notes_write(struct notes *notes, enum event_type type, int64_t time_ns, int64_t value,
		const char *text, struct error *err) MUST_CHECK;

/* What the recording cost. cpu_ns: what COMMAND used. */
int notes_write_costs(struct notes *notes, int64_t time_ns, const struct collector_result *result,
		      int64_t cpu_ns, struct error *err) MUST_CHECK;

#endif
