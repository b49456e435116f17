/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All events of CTF traces and of a recording's buffers in one order: plain ones, and packed ones
 * of one or more recordings. For the reader only.
 */
#ifndef LIBTRACE_READER_MIX_H
#define LIBTRACE_READER_MIX_H

#include "libtrace/reader_ctf.h"
#include "libtrace/reader_remains.h"

struct reader_mix;

/*
 * ctf and remains may be NULL and belong to the mix then, whatever it returns. *foreign counts the
 * events passed over; it must outlive the mix.
 */
int reader_mix_open(struct reader_ctf *ctf, struct reader_remains *remains, uint64_t *foreign,
		    struct reader_mix **ret, struct error *err) MUST_CHECK;

/* As reader_next(). */
int reader_mix_next(struct reader_mix *mix, const struct event **ret, struct error *err) MUST_CHECK;

/* NULL is allowed. */
void reader_mix_close(struct reader_mix *mix);

#endif
