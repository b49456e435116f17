/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a report goes: standard output, or a file that is there whole or not at all. */
#ifndef ANALYZER_OUTPUT_H
#define ANALYZER_OUTPUT_H

#include <stdio.h>

#include "libtrace/error.h"

/* Lives in the caller's frame. */
struct output {
	FILE *file;
	const char *name; /* Weak: as the user gave it, or "standard output" */
	char *path;	  /* Owned by this; NULL: file is standard output or a device */
	char *temporary;  /* Owned by this; NULL likewise */
};

/*
 * Whether output_open() is likely to succeed: to be asked before work that takes long. NULL:
 * standard output.
 */
int output_check(const char *path, struct error *err) MUST_CHECK;

/*
 * path NULL is standard output. A regular file is written under another name beside it and takes
 * its place in output_close(); anything else (a device, a pipe) is written directly.
 */
int output_open(struct output *output, const char *path, struct error *err) MUST_CHECK;

/*
 * Everything has reached the file, or an error says why not. In any case output is done with;
 * standard output stays open.
 */
int output_close(struct output *output, struct error *err) MUST_CHECK;

/* Give up: no trace of it stays. */
void output_discard(struct output *output);

#endif
