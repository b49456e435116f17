/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as one line of text, formatted by hand: dumps are millions of lines. */
#include "libtrace/event.h"

#include <string.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* What one field may need at most: its name, "=", 20 digits or "0x" and 16. */
#define FIELD_MAX 64

struct line {
	FILE *out;
	size_t length;
	char bytes[4096];
};

static void line_flush(struct line *line)
{
	fwrite_unlocked(line->bytes, 1, line->length, line->out);
	line->length = 0;
}

/* Make room for what the next call puts: at most FIELD_MAX bytes. */
static inline void line_reserve(struct line *line)
{
	if (sizeof(line->bytes) - line->length < FIELD_MAX)
		line_flush(line);
}

static inline void line_char(struct line *line, char c)
{
	line->bytes[line->length++] = c;
}

static inline void line_copy(struct line *line, const char *text, size_t length)
{
	memcpy(line->bytes + line->length, text, length);
	line->length += length;
}

static void line_decimal(struct line *line, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	line_copy(line, digits + at, sizeof(digits) - at);
}

static void line_signed(struct line *line, int64_t number)
{
	if (number < 0)
		line_char(line, '-');
	line_decimal(line, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void line_hex(struct line *line, uint64_t number)
{
	int nibbles = number ? (67 - __builtin_clzll(number)) / 4 : 1;

	line_copy(line, "0x", 2);
	for (int i = nibbles - 1; i >= 0; i--)
		line_char(line, "0123456789abcdef"[number >> (4 * i) & 15]);
}

static void line_time(struct line *line, int64_t time_ns)
{
	uint64_t ns = time_ns < 0 ? -(uint64_t)time_ns : (uint64_t)time_ns;
	uint64_t fraction = ns % NS_PER_SECOND;
	char *decimals;

	if (time_ns < 0)
		line_char(line, '-');
	line_decimal(line, ns / NS_PER_SECOND);
	line_char(line, '.');
	decimals = line->bytes + line->length;
	for (int i = 8; i >= 0; i--, fraction /= 10)
		decimals[i] = '0' + fraction % 10;
	line->length += 9;
}

/* " key=": key is short, the caller has reserved. */
static inline void line_key(struct line *line, const char *key)
{
	line_char(line, ' ');
	line_copy(line, key, strlen(key));
	line_char(line, '=');
}

static inline void line_number(struct line *line, const char *key, uint64_t number)
{
	if (!number)
		return;
	line_reserve(line);
	line_key(line, key);
	line_hex(line, number);
}

static void line_escaped(struct line *line, unsigned char c)
{
	if (c == '"' || c == '\\') {
		line_char(line, '\\');
		line_char(line, (char)c);
	} else if (c == '\n') {
		line_copy(line, "\\n", 2);
	} else if (c == '\t') {
		line_copy(line, "\\t", 2);
	} else if (c < 0x20 || c >= 0x7f) {
		line_copy(line, "\\x", 2);
		line_char(line, "0123456789abcdef"[c >> 4]);
		line_char(line, "0123456789abcdef"[c & 15]);
	} else {
		line_char(line, (char)c);
	}
}

static void line_string(struct line *line, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	line_reserve(line);
	line_key(line, key);
	line_char(line, '"');
	for (; *text; text++) {
		line_reserve(line);
		line_escaped(line, (unsigned char)*text);
	}
	line_char(line, '"');
}

static void line_frames(struct line *line, const uint64_t *frames, size_t count)
{
	if (!count)
		return;
	line_reserve(line);
	line_key(line, "frames");
	for (size_t i = 0; i < count; i++) {
		line_reserve(line);
		if (i)
			line_char(line, ',');
		line_hex(line, frames[i]);
	}
}

static void line_fields(struct line *line, const struct event *event)
{
	const struct event_fields *has = event_fields(event->type);

	if (has->object)
		line_number(line, "object", event->object);
	if (has->other)
		line_number(line, "other", event->other);
	if (has->value && event->value) {
		line_reserve(line);
		line_key(line, "value");
		line_signed(line, event->value);
	}
	if (has->stack)
		line_number(line, "stack", event->stack);
	if (has->text)
		line_string(line, "text", event->text);
	if (has->build_id)
		line_string(line, "build_id", event->build_id);
	if (has->frames)
		line_frames(line, event->frames, event->frame_count);
	line_number(line, "site", event->site);
}

void event_print(const struct event *event, FILE *out)
{
	const char *name = event_info(event->type)->name;
	struct line line;

	line.out = out;
	line.length = 0;
	line_time(&line, event->time_ns);
	line_char(&line, ' ');
	line_signed(&line, event->pid);
	line_char(&line, '/');
	line_signed(&line, event->tid);
	line_char(&line, ' ');
	line_copy(&line, name, strlen(name));
	line_fields(&line, event);
	line_reserve(&line);
	line_char(&line, '\n');
	line_flush(&line);
}
