/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading of text events: lines out of large blocks. */
#include "libtrace/reader_text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define BLOCK_SIZE (256 * 1024)

struct reader_text {
	int fd;
	bool is_notes;
	bool is_ended;	/* all of the file is in bytes */
	bool is_cut;	/* the latest line is the last, and has no newline */
	bool has_event; /* some line was one */
	char *name;	/* for messages. Owned by this */
	char *bytes;	/* Owned by this */
	size_t size;
	size_t begin, end; /* what of bytes is not handed out yet */
	uint64_t line;	   /* number of the latest line */
	uint64_t done;	   /* bytes handed out */
	uint64_t total;
	struct event event;
	struct event_buffer buffer;
};

/* More bytes behind those that wait. Only called while a line may still grow. */
static int text_fill(struct reader_text *text, struct error *err)
{
	if (text->begin) {
		memmove(text->bytes, text->bytes + text->begin, text->end - text->begin);
		text->end -= text->begin;
		text->begin = 0;
	}
	if (text->size - text->end < BLOCK_SIZE) {
		size_t size = text->size + (text->size > BLOCK_SIZE ? text->size : BLOCK_SIZE);
		char *bytes = realloc(text->bytes, size);
		if (!bytes)
			return fail(err, ENOMEM, "out of memory");
		text->bytes = bytes;
		text->size = size;
	}
	ssize_t got;
	do
		got = read(text->fd, text->bytes + text->end, text->size - text->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail(err, errno, "cannot read %s: %s", text->name, strerror(errno));
	text->end += (size_t)got;
	text->is_ended = !got;
	return 0;
}

/*
 * The next line and its length without newline: 1, 0 at the end, or an error. A
 * line of more than READER_TEXT_LINE_MAX may come in parts.
 */
static int text_line(struct reader_text *text, const char **line, size_t *length, struct error *err)
{
	size_t waiting = text->end - text->begin;
	const char *newline = waiting ? memchr(text->bytes + text->begin, '\n', waiting) : NULL;

	while (!newline && !text->is_ended && waiting <= READER_TEXT_LINE_MAX) {
		int code = text_fill(text, err);
		if (code < 0)
			return code;
		size_t searched = waiting;
		waiting = text->end - text->begin;
		newline = memchr(text->bytes + searched, '\n', waiting - searched);
	}
	if (!waiting)
		return 0;
	*line = text->bytes + text->begin;
	*length = newline ? (size_t)(newline - *line) : waiting;
	text->is_cut = !newline;
	text->begin += *length + !!newline;
	text->done += *length + !!newline;
	text->line++;
	return 1;
}

/* Whether what does not read as an event does not even look like text. */
static bool is_binary(const char *line, size_t length)
{
	static const char in_text[] = { '\t', '\r', '\f', '\v', '\b', '\x1b' };

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < 0x20 && !memchr(in_text, line[i], sizeof(in_text)))
			return true;
	return false;
}

/* A line that is no event, as code and err say. */
static int text_refuse(const struct reader_text *text, const char *line, size_t length, int code,
		       struct error *err)
{
	if (text->is_notes && text->is_cut)
		return 0;
	if (!text->has_event && is_binary(line, length))
		return fail(err, EINVAL, "%s is neither a trace nor a text event file", text->name);
	return error_prefix(err, code, "%s line %llu", text->name, (unsigned long long)text->line);
}

int reader_text_next(struct reader_text *text, const struct event **ret, struct error *err)
{
	const char *line;
	size_t length;
	int code;

	while ((code = text_line(text, &line, &length, err)) > 0) {
		if (length > READER_TEXT_LINE_MAX)
			code = fail(err, EINVAL, "longer than 1 MiB");
		else
			code = event_parse(line, length, &text->event, &text->buffer, err);
		if (code < 0)
			return text_refuse(text, line, length, code, err);
		if (code) {
			text->has_event = true;
			*ret = &text->event;
			return 1;
		}
	}
	return code;
}

void reader_text_progress(const struct reader_text *text, uint64_t *read, uint64_t *total)
{
	*read = text->done;
	*total = text->total;
}

static int text_open_file(struct reader_text *text, const char *path, struct error *err)
{
	struct stat stat;

	if (!strcmp(path, "-")) {
		text->name = strdup("standard input");
		text->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		if (asprintf(&text->name, "'%s'", path) < 0)
			text->name = NULL;
		text->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (!text->name)
		return fail(err, ENOMEM, "out of memory");
	if (text->fd < 0 || fstat(text->fd, &stat) < 0)
		return fail(err, errno, "cannot read %s: %s", text->name, strerror(errno));
	text->total = S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size : 0;
	return 0;
}

int reader_text_open(const char *path, bool is_notes, struct reader_text **ret, struct error *err)
{
	struct reader_text *text = calloc(1, sizeof(*text));

	if (!text)
		return fail(err, ENOMEM, "out of memory");
	text->fd = -1;
	text->is_notes = is_notes;
	int code = text_open_file(text, path, err);
	if (code < 0) {
		reader_text_close(text);
		return code;
	}
	*ret = text;
	return 0;
}

void reader_text_close(struct reader_text *text)
{
	if (!text)
		return;
	if (text->fd >= 0)
		close(text->fd);
	event_buffer_done(&text->buffer);
	free(text->name);
	free(text->bytes);
	free(text);
}
