/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text events of a file, one a line, in the order of the lines. For the reader only. */
#ifndef LIBTRACE_READER_TEXT_H
#define LIBTRACE_READER_TEXT_H

#include <stdbool.h>

#include "libtrace/reader.h"

/* A longer line is an error. */
#define READER_TEXT_LINE_MAX (1024 * 1024)

struct reader_text;

/*
 * Open path, "-" is standard input. is_notes: the recorder wrote it and may
 * have died over its last line, so a last line that is cut off is passed over.
 */
int reader_text_open(const char *path, bool is_notes, struct reader_text **ret,
		     struct error *err) MUST_CHECK;

/* As reader_next(). */
int reader_text_next(struct reader_text *text, const struct event **ret,
		     struct error *err) MUST_CHECK;

/* How far it is: bytes of the lines handed out, and of the file, 0 where unknown. */
void reader_text_progress(const struct reader_text *text, uint64_t *read, uint64_t *total);

/* NULL is allowed. */
void reader_text_close(struct reader_text *text);

#endif
