/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CTF traces that lie in or below a directory. For the reader only. */
#ifndef LIBTRACE_READER_FIND_H
#define LIBTRACE_READER_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "libtrace/error.h"
#include "libtrace/reader_metadata.h"

/* One trace: a directory with a file `metadata`. */
struct found_trace {
	char *path; /* Owned by this */
	struct metadata metadata;
};

/*
 * In the order of uuid and path: parts of one trace (LTTng's rotated chunks)
 * stand side by side, and the order is the same on every run.
 */
struct found_traces {
	struct found_trace *traces; /* Owned by this */
	size_t count;
	size_t size;
	size_t silent; /* traces passed over: nothing can be read of them */
	bool is_empty; /* the directory has no file at all in it or below */
};

/*
 * Fill ret, which found_traces_done() clears in any case. No trace is no error. A
 * program that ended while it registered with LTTng leaves a trace whose files are empty
 * or whose metadata stops before the first stream: such are counted and
 * passed over. Symbolic links below path are not followed.
 */
int reader_find(const char *path, struct found_traces *ret, struct error *err) MUST_CHECK;

void found_traces_done(struct found_traces *found);

#endif
