/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source tree that reports for other programs speak of: names of files relative to its root,
 * and its lines. Names come from debug information, which may say anything: what does not lie in
 * the tree, symbolic links followed, has no name here, and nothing outside is read.
 */
#ifndef ANALYZER_SOURCES_H
#define ANALYZER_SOURCES_H

#include "analyzer/line_hashes.h"
#include "analyzer/report.h"

struct sources;

/*
 * root: a directory; NULL: the nearest one from the current directory upwards that has a ".git", else the
 * current one.
 */
struct sources *sources_new(const char *root);
void sources_free(struct sources *sources); /* NULL is allowed */

/*
 * The file of a frame, relative to the root; NULL where it is unknown or not in the tree. It need
 * not exist. Lives until sources_free().
 */
const char *sources_path(struct sources *sources, const struct frame *frame);

/* The same of a path, relative to the current directory or absolute. */
const char *sources_relative(struct sources *sources, const char *path);

/* A line, from 1, of a path that sources_path() gave; NULL where it cannot be read. Likewise. */
const struct line_hash *sources_line(struct sources *sources, const char *path, int line);

#endif
