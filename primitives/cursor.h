/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads bytes from first to last and never beyond the end: what is not there is 0, and
 * is_bad says so.
 */
#ifndef PRIMITIVES_CURSOR_H
#define PRIMITIVES_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at, *end;
	bool is_bad;
};

static inline uint64_t cursor_bytes(struct cursor *cursor, uint64_t size)
{
	uint64_t value = 0;

	if (size > sizeof(value) || size > (uint64_t)(cursor->end - cursor->at)) {
		cursor->is_bad = true;
		return 0;
	}
	for (uint64_t i = 0; i < size; i++)
		value |= (uint64_t)*cursor->at++ << 8 * i;
	return value;
}

static inline void cursor_skip(struct cursor *cursor, uint64_t size)
{
	if (size > (uint64_t)(cursor->end - cursor->at))
		cursor->is_bad = true;
	else
		cursor->at += size;
}

/* LEB128; is_signed: the highest bit given stands for all above it. */
static inline uint64_t cursor_leb(struct cursor *cursor, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte = 0x80;

	while (byte & 0x80 && shift < 64 && !cursor->is_bad) {
		byte = (uint8_t)cursor_bytes(cursor, 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	}
	if (is_signed && byte & 0x40 && shift < 64)
		value |= -(UINT64_C(1) << shift);
	return value;
}

#endif
