/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns for names of functions, files and locks. */
#include "analyzer/glob.h"

#include <stddef.h>

#include "analyzer/utf8.h"

/* How many bytes of text the first part of pattern takes, 0 where it does not fit. */
static size_t glob_step(const char **pattern, const char *text)
{
	const char *at = *pattern;
	int32_t rune;

	if (!*at || !*text)
		return 0;
	if (*at == '?') {
		*pattern = at + 1;
		return utf8_next(text, &rune);
	}
	if (*at == '\\' && at[1])
		at++;
	if (*at != *text)
		return 0;
	*pattern = at + 1;
	return 1;
}

bool glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	/* Only the last * need take more: what came before it fits as soon as it can. */
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
			continue;
		}
		size_t taken = glob_step(&pattern, text);
		if (!taken && !star)
			return false;
		if (!taken) {
			pattern = star;
			text = ++resume;
			continue;
		}
		text += taken;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
