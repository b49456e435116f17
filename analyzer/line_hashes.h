/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tells a line of a source file from the others when lines above it come and go: GitHub's
 * primaryLocationLineHash. Known to nobody but sources.c.
 */
#ifndef ANALYZER_LINE_HASHES_H
#define ANALYZER_LINE_HASHES_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct line_hash {
	uint64_t hash;	     /* of the 100 characters from the start of the line on */
	unsigned occurrence; /* the how-manieth line of the file with that hash it is, from 1 */
	unsigned length;     /* of the line without its end, in units of UTF-16 */
};

/*
 * One struct line_hash a line of text, which is followed by a NUL at text[size] and may hold others.
 * Unref the result. Blanks and tabs do not count, ends of lines are alike.
 */
GArray *line_hashes(const char *text, size_t size);

#endif
