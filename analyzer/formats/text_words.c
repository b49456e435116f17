/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words, numbers and colours of the text report. */
#include "analyzer/formats/text.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/utf8.h"

void text_color(const struct text *text, enum text_color color)
{
	static const char *const codes[] = { "0", "1", "1;31", "1;33", "1;32" };

	if (text->options->has_color)
		fprintf(text->out, "\033[%sm", codes[color]);
}

/* Controls, and what hides characters or turns their order around. */
static bool text_is_hidden(int32_t rune)
{
	return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0xad || rune == 0x61c ||
	       (rune >= 0x200b && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
	       (rune >= 0x2060 && rune <= 0x206f) || rune == 0xfeff ||
	       (rune >= 0xe0000 && rune <= 0xe0fff);
}

char *text_clean(const char *name, unsigned max)
{
	if (!name)
		return g_strdup("?");
	GString *clean = g_string_new(NULL);
	size_t fits = 0;

	/* fits: how much to keep if it turns out to be too long. */
	for (unsigned count = 0; *name; count++) {
		int32_t rune;
		size_t length = utf8_next(name, &rune);

		if (count + 3 == max)
			fits = clean->len;
		if (count == max) {
			g_string_truncate(clean, fits);
			g_string_append(clean, "...");
			break;
		}
		if (rune < 0)
			g_string_append(clean, UTF8_REPLACEMENT);
		else if (text_is_hidden(rune))
			g_string_append_c(clean, '?');
		else
			g_string_append_len(clean, name, (gssize)length);
		name += length;
	}
	return g_string_free(clean, FALSE);
}

/* Of a native object's place, below which its name is all that is told. */
#define PLACE_MIN 8

/* Behind "lock `accounts` made at ", where the place begins; NULL: name has no such part. */
static const char *place_of(const char *name)
{
	const char *quote = strrchr(name, '`');
	const char *place = quote ? strstr(quote, " at ") : NULL;

	if (quote && !place)
		place = strstr(quote, " in ");
	return place ? place + strlen(" at ") : NULL;
}

/* The end of place, which is too long, in max characters: whole names of it, where they fit. */
static const char *place_tail(const char *place, long max)
{
	const char *tail = g_utf8_offset_to_pointer(place, g_utf8_strlen(place, -1) - max);
	const char *slash = strchr(tail, '/');

	return slash ? slash : tail;
}

/* clean is longer than max, and has a place: its name matters more. */
static char *cut_place(const char *clean, const char *place, long max)
{
	long room = max - 3 - g_utf8_strlen(clean, place - clean);

	if (room < PLACE_MIN)
		return text_clean(clean, (unsigned)max);
	return g_strdup_printf("%.*s...%s", (int)(place - clean), clean, place_tail(place, room));
}

char *text_clean_name(const char *name, unsigned max)
{
	char *clean = text_clean(name, TEXT_SENTENCE_MAX);
	long length = g_utf8_strlen(clean, -1);

	if (length <= (long)max)
		return clean;
	const char *place = place_of(clean);
	if (place) {
		char *short_place = cut_place(clean, place, max);
		g_free(clean);
		return short_place;
	}
	long head = (max - 3) / 3;
	const char *tail = g_utf8_offset_to_pointer(clean, length - ((long)max - 3 - head));
	char *cut = g_strdup_printf(
		"%.*s...%s", (int)(g_utf8_offset_to_pointer(clean, head) - clean), clean, tail);
	g_free(clean);
	return cut;
}

void text_wrap(const struct text *text, int indent, const char *sentences)
{
	g_autofree char *clean = text_clean(sentences, TEXT_SENTENCE_MAX);
	long column = 0;

	for (char *rest = clean, *word; (word = strsep(&rest, " "));) {
		long length = g_utf8_strlen(word, -1);

		if (!length)
			continue;
		if (column && column + 1 + length > TEXT_WIDTH) {
			putc('\n', text->out);
			column = 0;
		}
		fprintf(text->out, "%*s%s", column ? 1 : indent, "", word);
		column += (column ? 1 : indent) + length;
	}
	putc('\n', text->out);
}

/* Three digits, and never "1000 us": what rounds up to it is 1.00 ms. */
char *text_duration(int64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)ns;
	unsigned unit = 0;

	for (; unit < 3 && value >= 999.5; unit++)
		value /= 1000;
	int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return g_strdup_printf("%.*f %s", digits, value, units[unit]);
}

char *text_count(uint64_t count)
{
	char plain[24];
	int length = snprintf(plain, sizeof(plain), "%" PRIu64, count);
	GString *grouped = g_string_new(NULL);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			g_string_append_c(grouped, ',');
		g_string_append_c(grouped, plain[i]);
	}
	return g_string_free(grouped, FALSE);
}

char *text_counted(uint64_t count, const char *thing)
{
	g_autofree char *number = text_count(count);
	/* Processes, batches. */
	bool is_hissing = g_str_has_suffix(thing, "ss") || g_str_has_suffix(thing, "ch");
	const char *plural = is_hissing ? "es" : "s";

	return g_strdup_printf("%s %s%s", number, thing, count == 1 ? "" : plural);
}
