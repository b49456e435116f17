/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each line's hash, over the characters that follow: a polynomial, so no character is forgotten. */
#include "analyzer/line_hashes.h"

#include <stdbool.h>

#include "analyzer/utf8.h"

#define WINDOW 100
#define MULTIPLIER 37
#define END_MARK 65535
#define REPLACEMENT 0xfffd

struct line_reader {
	GArray *units;	/* uint16_t: characters that count, in UTF-16 */
	GArray *starts; /* guint: of the lines in units */
	GArray *lines;	/* struct line_hash */
	unsigned length;
	bool is_inside; /* the line has a character that counts */
	bool was_return;
};

static void add_unit(struct line_reader *reader, int32_t unit)
{
	const uint16_t value = (uint16_t)unit;

	if (!reader->is_inside)
		g_array_append_val(reader->starts, reader->units->len);
	reader->is_inside = true;
	g_array_append_val(reader->units, value);
}

static void end_line(struct line_reader *reader)
{
	const struct line_hash line = { .length = reader->length };

	g_array_append_val(reader->lines, line);
	reader->length = 0;
	reader->is_inside = false;
}

static void read_rune(struct line_reader *reader, int32_t rune)
{
	bool ends_return = reader->was_return && rune == '\n';

	reader->was_return = rune == '\r';
	if (ends_return)
		return;
	if (rune == '\r' || rune == '\n') {
		add_unit(reader, '\n');
		end_line(reader);
		return;
	}
	reader->length += rune > 0xffff ? 2 : 1;
	if (rune == ' ' || rune == '\t')
		return;
	if (rune > 0xffff) {
		add_unit(reader, 0xd800 + ((rune - 0x10000) >> 10));
		add_unit(reader, 0xdc00 + ((rune - 0x10000) & 0x3ff));
	} else {
		add_unit(reader, rune);
	}
}

static uint64_t hash_from(const GArray *units, guint start)
{
	uint64_t hash = 0;

	for (guint i = start; i < start + WINDOW; i++)
		hash = hash * MULTIPLIER + (i < units->len ? g_array_index(units, uint16_t, i) : 0);
	return hash;
}

static void set_hashes(struct line_reader *reader)
{
	g_autoptr(GHashTable)
		counts = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, NULL);
	guint count = MIN(reader->starts->len, reader->lines->len);

	for (guint i = 0; i < count; i++) {
		struct line_hash *line = &g_array_index(reader->lines, struct line_hash, i);

		line->hash = hash_from(reader->units, g_array_index(reader->starts, guint, i));
		guint seen = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &line->hash)) + 1;
		/* Lines do not move any more. */
		g_hash_table_insert(counts, &line->hash, GUINT_TO_POINTER(seen));
		line->occurrence = seen;
	}
}

GArray *line_hashes(const char *text, size_t size)
{
	struct line_reader reader = {
		.units = g_array_new(FALSE, FALSE, sizeof(uint16_t)),
		.starts = g_array_new(FALSE, FALSE, sizeof(guint)),
		.lines = g_array_new(FALSE, FALSE, sizeof(struct line_hash)),
	};

	for (size_t at = 0; at < size;) {
		int32_t rune;

		at += utf8_next(text + at, &rune);
		read_rune(&reader, rune < 0 ? REPLACEMENT : rune);
	}
	/* The end is a character too: a last line without its newline has one, another line has not. */
	add_unit(&reader, END_MARK);
	end_line(&reader);
	set_hashes(&reader);
	g_array_unref(reader.units);
	g_array_unref(reader.starts);
	return reader.lines;
}
