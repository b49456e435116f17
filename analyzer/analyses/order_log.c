/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry: a byte with the operation and a bit that says whether its thread is that of the entry
 * before it; the thread where it is not; the arguments. Numbers take seven bits of each byte.
 */
#include "analyzer/analyses/order_log.h"

#include <glib.h>

#define SAME_THREAD 0x80
#define ENTRY_MAX 16
#define ROOM_FIRST 4096
/* Beyond this nothing is predicted: some thousand million operations. */
#define SIZE_MAX_BYTES ((size_t)4 << 30)

/* How many arguments each operation has. */
static unsigned argument_count(enum order_op op)
{
	switch (op) {
	case ORDER_SUMMARY:
		return 0;
	case ORDER_RELEASE_OF:
	case ORDER_WOKEN:
	case ORDER_AWOKEN:
		return 2;
	default:
		return 1;
	}
}

void order_log_done(struct order_log *log)
{
	g_free(log->bytes);
	*log = (struct order_log){ 0 };
}

static bool make_room(struct order_log *log)
{
	if (log->size + ENTRY_MAX <= log->room)
		return true;
	if (log->room >= SIZE_MAX_BYTES || log->count == UINT32_MAX) {
		log->is_full = true;
		return false;
	}
	/* By a quarter: a log that doubles has half of its room for nothing. */
	log->room += log->room / 4 + ROOM_FIRST;
	log->bytes = g_realloc(log->bytes, log->room);
	return true;
}

static uint8_t *put(uint8_t *at, uint32_t number)
{
	for (; number >= 0x80; number >>= 7)
		*at++ = (uint8_t)(number | 0x80);
	*at++ = (uint8_t)number;
	return at;
}

void order_log_add(struct order_log *log, enum order_op op, uint32_t thread, uint32_t first,
		   uint32_t second)
{
	unsigned count = argument_count(op);

	if (log->is_full || !make_room(log))
		return;
	uint8_t *at = log->bytes + log->size;
	bool is_same = log->count && thread == log->thread;
	*at++ = (uint8_t)(op | (is_same ? SAME_THREAD : 0));
	if (!is_same)
		at = put(at, thread);
	if (count > 0)
		at = put(at, first);
	if (count > 1)
		at = put(at, second);
	log->size = (size_t)(at - log->bytes);
	log->thread = thread;
	log->count++;
}

static uint32_t get(const struct order_log *log, struct order_cursor *cursor)
{
	uint32_t number = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = log->bytes[cursor->at++];
		number |= (uint32_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return number;
}

bool order_log_read(const struct order_log *log, struct order_cursor *cursor,
		    struct order_entry *ret)
{
	if (cursor->at >= log->size)
		return false;
	uint8_t byte = log->bytes[cursor->at++];
	if (!(byte & SAME_THREAD))
		cursor->thread = get(log, cursor);
	ret->op = byte & ~SAME_THREAD;
	ret->thread = cursor->thread;
	ret->number = cursor->number++;
	ret->first = argument_count(ret->op) > 0 ? get(log, cursor) : 0;
	ret->second = argument_count(ret->op) > 1 ? get(log, cursor) : 0;
	return true;
}
