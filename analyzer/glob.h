/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns for names of functions, files and locks. */
#ifndef ANALYZER_GLOB_H
#define ANALYZER_GLOB_H

#include <stdbool.h>

/*
 * Whether pattern says all of text: * stands for any characters, ? for one, \ before a character
 * for that one alone. [ and ] are nothing special, for names have them. The time is at most the
 * product of both lengths, whatever the pattern is.
 */
bool glob_matches(const char *pattern, const char *text);

#endif
