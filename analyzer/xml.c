/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A streaming writer of XML 1.0. */
#include "analyzer/xml.h"

#include <assert.h>
#include <inttypes.h>

#include "analyzer/utf8.h"

void xml_init(struct xml *xml, FILE *out)
{
	*xml = (struct xml){ .out = out };
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
}

/* Of those that XML permits, C1 controls are only discouraged; a terminal may obey them. */
static bool is_forbidden(int32_t rune)
{
	return (rune < 0x20 && rune != '\t' && rune != '\n' && rune != '\r') ||
	       (rune >= 0x7f && rune <= 0x9f) || rune == 0xfffe || rune == 0xffff;
}

/* In an attribute blanks of other kinds would be read as spaces. */
static bool is_referred(int32_t rune, bool is_attribute)
{
	return rune == '&' || rune == '<' || rune == '>' || rune == '\r' ||
	       (is_attribute && (rune == '"' || rune == '\t' || rune == '\n'));
}

static void escape(FILE *out, const char *text, bool is_attribute)
{
	while (*text) {
		int32_t rune;
		size_t length = utf8_next(text, &rune);

		if (rune < 0 || is_forbidden(rune))
			fputs(UTF8_REPLACEMENT, out);
		else if (is_referred(rune, is_attribute))
			fprintf(out, "&#%" PRId32 ";", rune);
		else
			fwrite(text, 1, length, out);
		text += length;
	}
}

static void close_tag(struct xml *xml)
{
	if (xml->is_tag_open)
		putc('>', xml->out);
	xml->is_tag_open = false;
}

static void new_line(const struct xml *xml)
{
	fprintf(xml->out, "%s%*s", xml->depth ? "\n" : "", 2 * (int)xml->depth, "");
}

void xml_begin(struct xml *xml, const char *name)
{
	assert(xml->depth < XML_DEPTH_MAX);
	close_tag(xml);
	new_line(xml);
	fprintf(xml->out, "<%s", name);
	xml->names[xml->depth++] = name;
	xml->is_tag_open = true;
	xml->has_text = false;
}

void xml_end(struct xml *xml)
{
	assert(xml->depth > 0);
	const char *name = xml->names[--xml->depth];

	if (xml->is_tag_open) {
		fputs("/>", xml->out);
	} else {
		if (!xml->has_text)
			fprintf(xml->out, "\n%*s", 2 * (int)xml->depth, "");
		fprintf(xml->out, "</%s>", name);
	}
	xml->is_tag_open = xml->has_text = false;
	if (!xml->depth)
		putc('\n', xml->out);
}

void xml_attribute(struct xml *xml, const char *name, const char *value)
{
	assert(xml->is_tag_open);
	fprintf(xml->out, " %s=\"", name);
	escape(xml->out, value, true);
	putc('"', xml->out);
}

void xml_attribute_number(struct xml *xml, const char *name, uint64_t value)
{
	assert(xml->is_tag_open);
	fprintf(xml->out, " %s=\"%" PRIu64 "\"", name, value);
}

void xml_text(struct xml *xml, const char *text)
{
	close_tag(xml);
	xml->has_text = true;
	escape(xml->out, text, false);
}
