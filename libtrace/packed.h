/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packed operations: events of one thread as 32-bit words, in the machine's byte order.
 * doc/packed.md describes the format. The traced program writes it (packed.c, of libc alone), the
 * reader and the tests read it (packed_read.c).
 *
 * A chunk is a sequence of words that can be read without any other: clock and slots begin empty.
 * The clock is a count of ticks: TSC, or ns of CLOCK_MONOTONIC.
 *
 *	short	slot(10) delta(22)		the event in that slot, delta ticks after the one before
 *	wide	the same of a slot from PACKED_WIDE_MIN on; 1 word: the lower half of the event's object
 *	escape	1023(10) kind(6) argument(16)	what follows says which; words after it belong to it:
 *	  ADVANCE	argument: upper 16 bits of a number of ticks; 1 word: the lower 32
 *	  DEFINE	argument: a slot; then a body: what the slot means from now on; no event
 *	  EVENT		argument: 0; 1 word: delta; then a body: this event, in no slot
 *	  LOST		argument: 0; 1 word: so many events of this thread were lost here
 *	  WIDE		as DEFINE, of a slot from PACKED_WIDE_MIN on; of the body's object the upper
 *			half counts
 *
 *	body	type(16) fields(16), then the fields that its bits name, in this order:
 *		object, other, value, site, stack	2 words each, the lower half first
 *		text, build_id	1 word: bytes, without a NUL; then the bytes in whole words, the rest 0;
 *				a NUL among them, of a text that changed meanwhile, ends it
 *		frames		1 word: how many; 2 words each
 *
 * A record never begins with 0: slots are 1 to PACKED_SLOT_MAX. Types are numbers of the writer's
 * events.def; names for them travel with the trace.
 */
#ifndef LIBTRACE_PACKED_H
#define LIBTRACE_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libtrace/event.h"

#define PACKED_SLOT_MAX 1022
#define PACKED_WIDE_MIN 513
#define PACKED_ESCAPE 1023
#define PACKED_DELTA_BITS 22
#define PACKED_DELTA_MAX ((UINT32_C(1) << PACKED_DELTA_BITS) - 1)
#define PACKED_ADVANCE_MAX ((UINT64_C(1) << 48) - 1)

enum packed_escape {
	PACKED_ADVANCE = 1,
	PACKED_DEFINE = 2,
	PACKED_EVENT = 3,
	PACKED_LOST = 4,
	PACKED_WIDE = 5
};

enum packed_field {
	PACKED_OBJECT = 1,
	PACKED_OTHER = 2,
	PACKED_VALUE = 4,
	PACKED_SITE = 8,
	PACKED_STACK = 16,
	PACKED_TEXT = 32,
	PACKED_BUILD_ID = 64,
	PACKED_FRAMES = 128,
	PACKED_FIELDS_ALL = 255
};

/* Longer texts are cut; more frames are left out. */
#define PACKED_TEXT_MAX 4096
#define PACKED_FRAMES_MAX 64

/* No event takes more words, an ADVANCE before it included. */
#define PACKED_EVENT_WORDS_MAX                                                                     \
	(2 + 2 + 1 + 5 * 2 + 2 * (1 + PACKED_TEXT_MAX / 4) + 1 + 2 * PACKED_FRAMES_MAX)

/* slot 1 to PACKED_SLOT_MAX, delta up to PACKED_DELTA_MAX. */
static inline uint32_t packed_short(uint32_t slot, uint32_t delta)
{
	return slot << PACKED_DELTA_BITS | delta;
}

/*
 * Each writes at words, where there is room enough, and returns how many it wrote. They take no lock,
 * allocate nothing and call only memcpy, strnlen; the event's pid, tid and time_ns are not written.
 * A text that others may change meanwhile needs room for the longest: packed_size() is of before.
 */
size_t packed_put_advance(uint32_t *words, uint64_t ticks); /* up to PACKED_ADVANCE_MAX */
size_t packed_put_define(uint32_t *words, uint32_t slot, const struct event *event); /* or WIDE */
size_t packed_put_event(uint32_t *words, uint32_t delta, const struct event *event);
size_t packed_put_lost(uint32_t *words, uint32_t count);

/* How many words packed_put_event() takes for event, and packed_put_define() at most. */
size_t packed_size(const struct event *event);

/* Reads chunks of one thread, one after the other. */
struct packed_reader;

/*
 * types[number] is the event_type of each number of the writer, -1 for one that this build does not
 * know; it must outlive the reader. NULL: no memory.
 */
struct packed_reader *packed_reader_new(const int *types, size_t type_count);
void packed_reader_free(struct packed_reader *reader); /* NULL is allowed */

/* A chunk begins: its clock stands at ticks, and its slots are empty. */
void packed_reader_begin(struct packed_reader *reader, uint64_t ticks);

/* What one call of packed_read() found. */
enum packed_found {
	PACKED_FOUND_END, /* no word is left, or the rest is the beginning of a record */
	PACKED_FOUND_EVENT,
	PACKED_FOUND_LOST,    /* *ret, an events_lost: *ret->value of this thread were lost */
	PACKED_FOUND_UNKNOWN, /* an event of a type that this build does not know: *ret is of no use */
	PACKED_FOUND_DAMAGE, /* what follows in this chunk cannot be read, or there is no memory */
};

/*
 * Read on at *at, which moves behind what was read; end: the first word that is not there (yet). Of
 * a record that is there in part nothing is read, and *at stays before it; more words may follow
 * where it stopped. Damage is not passed over either.
 *
 * PACKED_FOUND_EVENT: *ret is the event and *ticks its time. Its pid, tid and time_ns are the
 * caller's to write. It lives, with its text and frames, until the next call with this reader.
 * Words may be hostile.
 */
enum packed_found packed_read(struct packed_reader *reader, const uint32_t **at,
			      const uint32_t *end, struct event **ret, uint64_t *ticks);

#endif
