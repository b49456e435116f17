/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of a line of text that nobody vouches for: its words and numbers. */
#ifndef LIBTRACE_SLICE_H
#define LIBTRACE_SLICE_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes from at up to end; no NUL ends them. */
struct slice {
	const char *at;
	const char *end;
};

/* A slice that is fit for a message: short, and without control characters. */
struct slice_shown {
	char text[48];
};

struct slice_shown slice_show(struct slice slice);

bool slice_is_blank(char c);
void slice_skip_blanks(struct slice *slice);

/* Cut off the next word; it may be empty at the end of the line. */
struct slice slice_word(struct slice *slice);

/* Cut slice at the first c: *head is before it, the rest behind it. */
bool slice_split(struct slice *slice, char c, struct slice *head);

/* What a hexadecimal digit is worth, 16 for another character. */
unsigned int slice_digit(char c);

/*
 * Each reads all of the slice, and is false, with *ret as it was, where that is no such
 * number or does not fit. Decimal, or hexadecimal with 0x in front; a minus for the
 * signed one.
 */
bool slice_unsigned(struct slice slice, uint64_t *ret);
bool slice_signed(struct slice slice, int64_t *ret);

/* Decimal only: seconds, a point and 1 to 9 decimals, as nanoseconds; a process or thread. */
bool slice_time(struct slice slice, int64_t *ret);
bool slice_id(struct slice slice, int32_t *ret);

#endif
