/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 of unknown quality: names come from the traced program. */
#include "analyzer/utf8.h"

/* A row for each length: bits of the first byte that say it, and the smallest character it may hold. */
static const struct {
	unsigned char mask, bits;
	int32_t minimum;
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

size_t utf8_next(const char *text, int32_t *ret)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t tail = 0;

	*ret = -1;
	while (tail < FORM_COUNT && (bytes[0] & forms[tail].mask) != forms[tail].bits)
		tail++;
	if (tail == FORM_COUNT)
		return 1;
	int32_t rune = bytes[0] & (unsigned char)~forms[tail].mask;
	for (size_t i = 1; i <= tail; i++) {
		/* The NUL at the end is no continuation either, so nothing behind it is read. */
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		rune = rune << 6 | (bytes[i] & 0x3f);
	}
	if (rune < forms[tail].minimum || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 1;
	*ret = rune;
	return tail + 1;
}
