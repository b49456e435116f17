/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line on a terminal that says what takes so long, and goes away again. */
#ifndef ANALYZER_PROGRESS_H
#define ANALYZER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "libtrace/reader.h"

/* Lives in the caller's frame; nothing is to be freed. */
struct progress {
	FILE *out; /* NULL: nothing is ever shown */
	bool is_shown;
	int64_t start_ns, latest_ns; /* CLOCK_MONOTONIC */
};

/* out: as a rule stderr. Nothing is shown where it is not a terminal. */
void progress_init(struct progress *progress, FILE *out);

/* Show text (no newline) in place of what is shown now. */
void progress_show(struct progress *progress, const char *text);

/*
 * Show how far a trace is read: the first time a second after progress_init(), then five
 * times a second at most. To be called every few ten thousand events.
 */
void progress_read(struct progress *progress, const struct reader_counts *counts);

/* Take the line away; to be called before anything else is written. */
void progress_clear(struct progress *progress);

/* What progress_read() writes. size bytes at text, always ended by NUL. */
void progress_text(char *text, size_t size, const struct reader_counts *counts);

#endif
