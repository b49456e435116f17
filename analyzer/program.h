/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND's file: where it is, and whether it can be traced. */
#ifndef ANALYZER_PROGRAM_H
#define ANALYZER_PROGRAM_H

#include <stddef.h>

#include "libtrace/error.h"

/*
 * Find name as execvp() does. Returns 0 with its path (size bytes, best PATH_MAX),
 * -ENOENT, or -EACCES for something that cannot be executed.
 */
int program_find(const char *name, char *path, size_t size, struct error *err) MUST_CHECK;

/*
 * Can a library be preloaded into it? Follows scripts to their interpreters. Returns
 * 0 also where it cannot tell (not readable, no format that it knows), or -ENOTSUP
 * with the reason: statically linked, gains privileges, of another architecture, of
 * another C library.
 */
int program_check(const char *path, struct error *err) MUST_CHECK;

#endif
