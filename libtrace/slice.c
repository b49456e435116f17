/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and numbers of a hostile line: no byte behind its end is read, no number wraps. */
#include "libtrace/slice.h"

#include <stddef.h>
#include <string.h>

#define NS_PER_SECOND UINT64_C(1000000000)

struct slice_shown slice_show(struct slice slice)
{
	size_t length = (size_t)(slice.end - slice.at);
	struct slice_shown shown = { "" };
	size_t i;

	for (i = 0; i < length && i < sizeof(shown.text) - 4; i++)
		shown.text[i] = slice.at[i] >= 0x20 && slice.at[i] < 0x7f ? slice.at[i] : '?';
	if (i < length)
		memcpy(shown.text + i, "...", 3);
	return shown;
}

bool slice_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void slice_skip_blanks(struct slice *slice)
{
	while (slice->at < slice->end && slice_is_blank(*slice->at))
		slice->at++;
}

struct slice slice_word(struct slice *slice)
{
	slice_skip_blanks(slice);
	struct slice word = { slice->at, slice->at };

	while (word.end < slice->end && !slice_is_blank(*word.end))
		word.end++;
	slice->at = word.end;
	return word;
}

bool slice_split(struct slice *slice, char c, struct slice *head)
{
	size_t length = (size_t)(slice->end - slice->at);
	const char *found = length ? memchr(slice->at, c, length) : NULL;

	if (!found)
		return false;
	*head = (struct slice){ slice->at, found };
	slice->at = found + 1;
	return true;
}

unsigned int slice_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

static bool slice_digits(struct slice slice, uint64_t base, uint64_t *ret)
{
	uint64_t number = 0;

	if (slice.at == slice.end)
		return false;
	for (; slice.at < slice.end; slice.at++) {
		uint64_t digit = slice_digit(*slice.at);

		if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	*ret = number;
	return true;
}

bool slice_unsigned(struct slice slice, uint64_t *ret)
{
	if (slice.end - slice.at > 2 && slice.at[0] == '0' && slice.at[1] == 'x') {
		slice.at += 2;
		return slice_digits(slice, 16, ret);
	}
	return slice_digits(slice, 10, ret);
}

static bool slice_take_minus(struct slice *slice)
{
	bool is_negative = slice->at < slice->end && *slice->at == '-';

	slice->at += is_negative;
	return is_negative;
}

static bool signed_of(uint64_t magnitude, bool is_negative, int64_t *ret)
{
	if (magnitude > (uint64_t)INT64_MAX + is_negative)
		return false;
	*ret = (int64_t)(is_negative ? -magnitude : magnitude);
	return true;
}

bool slice_signed(struct slice slice, int64_t *ret)
{
	bool is_negative = slice_take_minus(&slice);
	uint64_t magnitude;

	return slice_unsigned(slice, &magnitude) && signed_of(magnitude, is_negative, ret);
}

bool slice_time(struct slice slice, int64_t *ret)
{
	bool is_negative = slice_take_minus(&slice);
	struct slice whole;
	uint64_t seconds, fraction, ns;

	if (!slice_split(&slice, '.', &whole) || slice.end - slice.at > 9 ||
	    !slice_digits(whole, 10, &seconds) || !slice_digits(slice, 10, &fraction))
		return false;
	for (ptrdiff_t i = slice.end - slice.at; i < 9; i++)
		fraction *= 10;
	return !__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) &&
	       !__builtin_add_overflow(ns, fraction, &ns) && signed_of(ns, is_negative, ret);
}

bool slice_id(struct slice slice, int32_t *ret)
{
	bool is_negative = slice_take_minus(&slice);
	uint64_t magnitude;
	int64_t id;

	if (!slice_digits(slice, 10, &magnitude) || !signed_of(magnitude, is_negative, &id) ||
	    id < INT32_MIN || id > INT32_MAX)
		return false;
	*ret = (int32_t)id;
	return true;
}
