/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 of unknown quality: names come from the traced program. */
#ifndef ANALYZER_UTF8_H
#define ANALYZER_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Decode the character at text, which ends in NUL and is not at its end. Returns how many
 * bytes it takes, at least 1. *ret: the character, or -1 where the bytes are not
 * UTF-8 (overlong forms, surrogates and what lies above U+10FFFF included).
 */
size_t utf8_next(const char *text, int32_t *ret);

#endif
