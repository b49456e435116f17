/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of lines that people write: of suppressions, of option files, of HEDDLE_OPTIONS. */
#ifndef ANALYZER_WORDS_H
#define ANALYZER_WORDS_H

#include <glib.h>

#include "libtrace/error.h"

/*
 * Append the words of line to words, which frees its elements with g_free(), as a shell would take
 * them: blanks separate, '...' is literal, in "..." a backslash does something only before " and
 * \, elsewhere it makes the next character plain. A # where a word could begin starts a comment.
 * ret_comment: what follows it without blanks at its ends, to be freed; NULL without a comment.
 */
int words_split(const char *line, GPtrArray *words, char **ret_comment,
		struct error *err) MUST_CHECK;

/* word so that words_split() gives it back, if it holds no quote or backslash. To be freed. */
char *words_quote(const char *word);

/* text fit for a line of a file: control characters and what is not UTF-8 as ?. To be freed. */
char *words_clean(const char *text);

/*
 * The lines of a text file, without their ends, or a sentence why it is none: not readable, a
 * directory, of more than 16 MiB, with a zero byte. To be freed with g_strfreev(). fd: path, opened
 * already, which stays open; -1: it is to be opened.
 */
int words_read_lines(const char *path, int fd, char ***ret, struct error *err) MUST_CHECK;

#endif
