/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of text as an event; the inverse of event_print.c, for hostile lines too. */
#include "libtrace/event.h"

#include <stddef.h>
#include <string.h>

#include "libtrace/slice.h"

/* What is left of the line, and what the line fills. */
struct parser {
	struct slice rest;
	struct event *event;
	struct event_buffer *buffer;
	size_t text_used;
	unsigned int given; /* bits of field_rows */
	struct error *err;
};

enum field_kind { FIELD_ADDRESS, FIELD_SIGNED, FIELD_STRING, FIELD_FRAMES };

#define ALWAYS SIZE_MAX

static const struct field_row {
	const char *name;
	enum field_kind kind;
	size_t offset;	/* in struct event */
	size_t carried; /* in struct event_fields, or ALWAYS */
} field_rows[] = {
#define OFFSETS(field) offsetof(struct event, field), offsetof(struct event_fields, field)
	{ "object", FIELD_ADDRESS, OFFSETS(object) },
	{ "other", FIELD_ADDRESS, OFFSETS(other) },
	{ "value", FIELD_SIGNED, OFFSETS(value) },
	{ "stack", FIELD_ADDRESS, OFFSETS(stack) },
	{ "text", FIELD_STRING, OFFSETS(text) },
	{ "build_id", FIELD_STRING, OFFSETS(build_id) },
	{ "frames", FIELD_FRAMES, OFFSETS(frames) },
	{ "site", FIELD_ADDRESS, offsetof(struct event, site), ALWAYS },
#undef OFFSETS
};

#define FIELD_ROWS (sizeof(field_rows) / sizeof(field_rows[0]))

/* "time pid/tid name" */
static int parse_head(struct parser *parser)
{
	struct event *event = parser->event;
	struct slice word = slice_word(&parser->rest);
	struct slice pid;

	if (!slice_time(word, &event->time_ns))
		return fail(parser->err, EINVAL, "'%s' is not a time like 12.000000345",
			    slice_show(word).text);
	word = slice_word(&parser->rest);
	struct slice tid = word;
	if (!slice_split(&tid, '/', &pid) || !slice_id(pid, &event->pid) ||
	    !slice_id(tid, &event->tid))
		return fail(parser->err, EINVAL, "'%s' is not a process and thread like 42/43",
			    slice_show(word).text);
	word = slice_word(&parser->rest);
	int type = event_type_by_name(word.at, (size_t)(word.end - word.at));
	if (type < 0)
		return fail(parser->err, EINVAL, "unknown event '%s'", slice_show(word).text);
	event->type = (enum event_type)type;
	return 0;
}

/*
 * All strings of a line fit into as many bytes as the line has: two quotes go
 * for one NUL. So the buffer never moves while a line is read.
 */
static int parser_reserve_text(struct parser *parser)
{
	struct event_buffer *buffer = parser->buffer;
	size_t need = (size_t)(parser->rest.end - parser->rest.at);

	if (parser->text_used || buffer->text_size >= need)
		return 0;
	char *text = realloc(buffer->text, need);
	if (!text)
		return fail(parser->err, ENOMEM, "out of memory");
	buffer->text = text;
	buffer->text_size = need;
	return 0;
}

/* The character behind a backslash; -1 for none. */
static int parse_escape(struct slice *rest)
{
	char c = rest->at < rest->end ? *rest->at++ : '\0';

	if (c == 'n')
		return '\n';
	if (c == 't')
		return '\t';
	if (c == '"' || c == '\\')
		return c;
	if (c != 'x' || rest->end - rest->at < 2)
		return -1;
	unsigned int high = slice_digit(rest->at[0]), low = slice_digit(rest->at[1]);
	rest->at += 2;
	return high < 16 && low < 16 && (high || low) ? (int)(high * 16 + low) : -1;
}

static int parse_string(struct parser *parser, const char *name, const char **ret)
{
	struct slice *rest = &parser->rest;

	if (rest->at == rest->end || *rest->at != '"')
		return fail(parser->err, EINVAL, "'%s' is not in double quotes", name);
	int code = parser_reserve_text(parser);
	if (code < 0)
		return code;
	rest->at++;
	*ret = parser->buffer->text + parser->text_used;
	while (rest->at < rest->end && *rest->at != '"') {
		int c = (unsigned char)*rest->at++;

		if (c < 0x20 || c == 0x7f)
			return fail(parser->err, EINVAL, "'%s' has a control character", name);
		if (c == '\\')
			c = parse_escape(rest);
		if (c < 0)
			return fail(parser->err, EINVAL, "'%s' has a bad escape", name);
		parser->buffer->text[parser->text_used++] = (char)c;
	}
	if (rest->at == rest->end)
		return fail(parser->err, EINVAL, "'%s' has no closing quote", name);
	rest->at++;
	parser->buffer->text[parser->text_used++] = '\0';
	if (rest->at < rest->end && !slice_is_blank(*rest->at))
		return fail(parser->err, EINVAL, "no blank behind '%s'", name);
	return 0;
}

static int parse_frames(struct parser *parser, struct slice list)
{
	struct event_buffer *buffer = parser->buffer;
	struct slice whole = list, one;
	size_t most = (size_t)(list.end - list.at) / 2 + 1;
	size_t count = 0;

	if (most > buffer->frame_size) {
		uint64_t *frames = reallocarray(buffer->frames, most, sizeof(*frames));
		if (!frames)
			return fail(parser->err, ENOMEM, "out of memory");
		buffer->frames = frames;
		buffer->frame_size = most;
	}
	for (bool is_last = false; !is_last; count++) {
		is_last = !slice_split(&list, ',', &one);
		if (!slice_unsigned(is_last ? list : one, &buffer->frames[count]))
			return fail(parser->err, EINVAL, "'%s' is not a list of frames",
				    slice_show(whole).text);
	}
	parser->event->frames = buffer->frames;
	parser->event->frame_count = count;
	return 0;
}

static int parse_value(struct parser *parser, const struct field_row *row)
{
	void *target = (char *)parser->event + row->offset;

	if (row->kind == FIELD_STRING)
		return parse_string(parser, row->name, target);
	struct slice word = { parser->rest.at, parser->rest.at };
	if (word.at < parser->rest.end && !slice_is_blank(*word.at))
		word = slice_word(&parser->rest);
	if (row->kind == FIELD_FRAMES)
		return parse_frames(parser, word);
	if (row->kind == FIELD_SIGNED ? !slice_signed(word, target) : !slice_unsigned(word, target))
		return fail(parser->err, EINVAL, "'%s' is not a number: '%s'", row->name,
			    slice_show(word).text);
	return 0;
}

static const struct field_row *field_by_name(struct slice name)
{
	size_t length = (size_t)(name.end - name.at);

	for (size_t i = 0; i < FIELD_ROWS; i++)
		if (strlen(field_rows[i].name) == length &&
		    !memcmp(field_rows[i].name, name.at, length))
			return &field_rows[i];
	return NULL;
}

static bool event_carries(const struct event *event, const struct field_row *row)
{
	const char *fields = (const char *)event_fields(event->type);

	return row->carried == ALWAYS || *(const bool *)(fields + row->carried);
}

/* "name=value" */
static int parse_field(struct parser *parser)
{
	struct slice before = parser->rest;
	struct slice word = slice_word(&before);
	struct slice name;

	if (!slice_split(&word, '=', &name))
		return fail(parser->err, EINVAL, "'%s' is not a field like name=value",
			    slice_show(word).text);
	const struct field_row *row = field_by_name(name);
	if (!row || !event_carries(parser->event, row))
		return fail(parser->err, EINVAL, "event '%s' has no field '%s'",
			    event_info(parser->event->type)->name, slice_show(name).text);
	unsigned int bit = 1u << (row - field_rows);
	if (parser->given & bit)
		return fail(parser->err, EINVAL, "field '%s' given twice", row->name);
	parser->given |= bit;
	parser->rest.at = word.at;
	return parse_value(parser, row);
}

int event_parse(const char *line, size_t length, struct event *event, struct event_buffer *buffer,
		struct error *err)
{
	struct parser parser = {
		.rest = { line, line + length },
		.event = event,
		.buffer = buffer,
		.err = err,
	};
	int code;

	slice_skip_blanks(&parser.rest);
	if (parser.rest.at == parser.rest.end || *parser.rest.at == '#')
		return 0;
	*event = (struct event){ 0 };
	code = parse_head(&parser);
	if (code < 0)
		return code;
	const struct event_fields *has = event_fields(event->type);
	event->text = has->text ? "" : NULL;
	event->build_id = has->build_id ? "" : NULL;
	while (slice_skip_blanks(&parser.rest), parser.rest.at < parser.rest.end) {
		code = parse_field(&parser);
		if (code < 0)
			return code;
	}
	return 1;
}

void event_buffer_done(struct event_buffer *buffer)
{
	free(buffer->text);
	free(buffer->frames);
	*buffer = (struct event_buffer){ 0 };
}
