/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The traces below a recording's output, one a process, as files. */
#ifndef LIBTRACE_TRACES_H
#define LIBTRACE_TRACES_H

#include <stddef.h>

/*
 * Remove each trace below ctf that holds no event and lost none: those of
 * processes that belong to another recording, or load no provider. Returns
 * how many are left.
 */
size_t traces_prune(const char *ctf);

#endif
