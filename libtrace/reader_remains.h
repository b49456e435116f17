/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a recorder that died left in its buffers, see arena.h. For the reader only. */
#ifndef LIBTRACE_READER_REMAINS_H
#define LIBTRACE_READER_REMAINS_H

#include "libtrace/reader_batches.h"

struct reader_remains;

/* Those of a recording's directory; *ret is NULL where there are none. */
int reader_remains_open(const char *directory, struct reader_remains **ret,
			struct error *err) MUST_CHECK;

/*
 * Give batches all that is in them; it must be new, and be freed before the remains are closed.
 * What cannot be read is a loss. 0 or -ENOMEM.
 */
int reader_remains_feed(struct reader_remains *remains, struct reader_batches *batches) MUST_CHECK;

/* NULL is allowed. */
void reader_remains_close(struct reader_remains *remains);

#endif
