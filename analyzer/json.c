/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A streaming writer of JSON. */
#include "analyzer/json.h"

#include <assert.h>
#include <inttypes.h>

#include "analyzer/utf8.h"

void json_init(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out };
}

static void json_newline(const struct json *json)
{
	fprintf(json->out, "\n%*s", 2 * (int)json->depth, "");
}

static void json_escape(FILE *out, int32_t rune)
{
	switch (rune) {
	case '"':
	case '\\':
		fprintf(out, "\\%c", (char)rune);
		return;
	case '\n':
		fputs("\\n", out);
		return;
	case '\t':
		fputs("\\t", out);
		return;
	default:
		fprintf(out, "\\u%04" PRIx32, (uint32_t)rune);
	}
}

/* U+2028 and U+2029 end a line in JavaScript; `<` would end a script element in HTML. */
static bool json_is_escaped(int32_t rune)
{
	return rune < 0x20 || rune == '"' || rune == '\\' || rune == '<' ||
	       (rune >= 0x7f && rune <= 0x9f) || rune == 0x2028 || rune == 0x2029;
}

static void json_text(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		int32_t rune;
		size_t length = utf8_next(text, &rune);

		if (rune < 0)
			fputs(UTF8_REPLACEMENT, out);
		else if (json_is_escaped(rune))
			json_escape(out, rune);
		else
			fwrite(text, 1, length, out);
		text += length;
	}
	putc('"', out);
}

/* What stands in front of each value: a comma, a new line, the key. */
static void json_lead(struct json *json, const char *key)
{
	uint32_t level = json->depth ? UINT32_C(1) << (json->depth - 1) : 0;

	if (json->filled & level)
		putc(',', json->out);
	json->filled |= level;
	if (json->depth)
		json_newline(json);
	if (key) {
		json_text(json->out, key);
		fputs(": ", json->out);
	}
}

static void json_begin(struct json *json, const char *key, char bracket)
{
	assert(json->depth < JSON_DEPTH_MAX);
	json_lead(json, key);
	putc(bracket, json->out);
	json->filled &= ~(UINT32_C(1) << json->depth);
	json->depth++;
}

static void json_end(struct json *json, char bracket)
{
	assert(json->depth > 0);
	json->depth--;
	if (json->filled & UINT32_C(1) << json->depth)
		json_newline(json);
	putc(bracket, json->out);
	if (!json->depth)
		putc('\n', json->out);
}

void json_object_begin(struct json *json, const char *key)
{
	json_begin(json, key, '{');
}

void json_object_end(struct json *json)
{
	json_end(json, '}');
}

void json_array_begin(struct json *json, const char *key)
{
	json_begin(json, key, '[');
}

void json_array_end(struct json *json)
{
	json_end(json, ']');
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	json_lead(json, key);
	json_text(json->out, value);
}

void json_signed(struct json *json, const char *key, int64_t value)
{
	json_lead(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
	json_lead(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json_boolean(struct json *json, const char *key, bool value)
{
	json_lead(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	json_lead(json, key);
	fputs("null", json->out);
}
