/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing packed operations, in the traced program: libc alone, no memory, no lock. */
#include "libtrace/packed.h"

#include <string.h>

#define ARGUMENT_BITS 16

static uint32_t *put_escape(uint32_t *at, enum packed_escape kind, uint32_t argument)
{
	*at = (uint32_t)PACKED_ESCAPE << PACKED_DELTA_BITS | (uint32_t)kind << ARGUMENT_BITS |
	      argument;
	return at + 1;
}

static uint32_t *put_number(uint32_t *at, uint64_t number)
{
	at[0] = (uint32_t)number;
	at[1] = (uint32_t)(number >> 32);
	return at + 2;
}

static size_t text_length(const char *text)
{
	return text ? strnlen(text, PACKED_TEXT_MAX) : 0;
}

static size_t text_words(size_t length)
{
	return (length + sizeof(uint32_t) - 1) / sizeof(uint32_t);
}

static uint32_t *put_text(uint32_t *at, const char *text)
{
	size_t length = text_length(text);
	size_t words = text_words(length);

	*at++ = (uint32_t)length;
	if (words)
		at[words - 1] = 0;
	memcpy(at, text, length);
	return at + words;
}

static size_t frame_count(const struct event *event)
{
	if (!event->frames)
		return 0;
	return event->frame_count < PACKED_FRAMES_MAX ? event->frame_count : PACKED_FRAMES_MAX;
}

static uint32_t *put_frames(uint32_t *at, const struct event *event)
{
	size_t count = frame_count(event);

	*at++ = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		at = put_number(at, event->frames[i]);
	return at;
}

static bool has_text(const char *text)
{
	return text && *text;
}

/* Bits of what the event has; which fields its type carries is the reader's to know. */
static uint32_t event_bits(const struct event *event)
{
	uint32_t bits = 0;

	if (event->object)
		bits |= PACKED_OBJECT;
	if (event->other)
		bits |= PACKED_OTHER;
	if (event->value)
		bits |= PACKED_VALUE;
	if (event->site)
		bits |= PACKED_SITE;
	if (event->stack)
		bits |= PACKED_STACK;
	if (has_text(event->text))
		bits |= PACKED_TEXT;
	if (has_text(event->build_id))
		bits |= PACKED_BUILD_ID;
	if (frame_count(event))
		bits |= PACKED_FRAMES;
	return bits;
}

static uint32_t *put_body(uint32_t *at, const struct event *event)
{
	uint32_t bits = event_bits(event);

	*at++ = (uint32_t)event->type << 16 | bits;
	if (bits & PACKED_OBJECT)
		at = put_number(at, event->object);
	if (bits & PACKED_OTHER)
		at = put_number(at, event->other);
	if (bits & PACKED_VALUE)
		at = put_number(at, (uint64_t)event->value);
	if (bits & PACKED_SITE)
		at = put_number(at, event->site);
	if (bits & PACKED_STACK)
		at = put_number(at, event->stack);
	if (bits & PACKED_TEXT)
		at = put_text(at, event->text);
	if (bits & PACKED_BUILD_ID)
		at = put_text(at, event->build_id);
	if (bits & PACKED_FRAMES)
		at = put_frames(at, event);
	return at;
}

size_t packed_put_advance(uint32_t *words, uint64_t ticks)
{
	uint32_t *at = put_escape(words, PACKED_ADVANCE, (uint32_t)(ticks >> 32) & 0xffff);

	*at++ = (uint32_t)ticks;
	return (size_t)(at - words);
}

size_t packed_put_define(uint32_t *words, uint32_t slot, const struct event *event)
{
	enum packed_escape kind = slot < PACKED_WIDE_MIN ? PACKED_DEFINE : PACKED_WIDE;

	return (size_t)(put_body(put_escape(words, kind, slot), event) - words);
}

size_t packed_put_event(uint32_t *words, uint32_t delta, const struct event *event)
{
	uint32_t *at = put_escape(words, PACKED_EVENT, 0);

	*at++ = delta;
	return (size_t)(put_body(at, event) - words);
}

size_t packed_put_lost(uint32_t *words, uint32_t count)
{
	uint32_t *at = put_escape(words, PACKED_LOST, 0);

	*at++ = count;
	return (size_t)(at - words);
}

static size_t text_size(const char *text)
{
	return has_text(text) ? 1 + text_words(text_length(text)) : 0;
}

size_t packed_size(const struct event *event)
{
	size_t numbers =
		!!event->object + !!event->other + !!event->value + !!event->site + !!event->stack;
	size_t frames = frame_count(event);

	return 3 + 2 * numbers + text_size(event->text) + text_size(event->build_id) +
	       (frames ? 1 + 2 * frames : 0);
}
