/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of lines that people write. */
#include "analyzer/words.h"

#include <fcntl.h>
#include <stdbool.h>

#include "analyzer/utf8.h"

#define FILE_BYTES_MAX (16 << 20)

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* Append what stands in quotes; *at is behind the first one, and then behind the last. */
static int take_quoted(const char **at, GString *word, struct error *err)
{
	char quote = (*at)[-1];

	for (; **at && **at != quote; (*at)++) {
		if (quote == '"' && **at == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
			(*at)++;
		g_string_append_c(word, **at);
	}
	if (!**at)
		return fail(err, EINVAL, "a quote %c is not closed", quote);
	(*at)++;
	return 0;
}

static int take_word(const char **at, GPtrArray *words, struct error *err)
{
	g_autoptr(GString) word = g_string_new(NULL);
	int ret = 0;

	while (ret == 0 && **at && !is_blank(**at)) {
		char character = *(*at)++;

		if (character == '"' || character == '\'')
			ret = take_quoted(at, word, err);
		else if (character == '\\' && !**at)
			ret = fail(err, EINVAL, "a backslash stands before nothing");
		else
			g_string_append_c(word, character == '\\' ? *(*at)++ : character);
	}
	if (ret == 0)
		g_ptr_array_add(words, g_strdup(word->str));
	return ret;
}

int words_split(const char *line, GPtrArray *words, char **ret_comment, struct error *err)
{
	int ret = 0;

	*ret_comment = NULL;
	while (ret == 0) {
		while (is_blank(*line))
			line++;
		if (!*line)
			return 0;
		if (*line == '#') {
			*ret_comment = g_strstrip(g_strdup(line + 1));
			return 0;
		}
		ret = take_word(&line, words, err);
	}
	return ret;
}

char *words_quote(const char *word)
{
	bool is_plain = *word && *word != '#' && !strpbrk(word, " \t'\"\\");

	return is_plain ? g_strdup(word) : g_strdup_printf("\"%s\"", word);
}

char *words_clean(const char *text)
{
	GString *clean = g_string_new(NULL);

	while (*text) {
		int32_t rune;
		size_t length = utf8_next(text, &rune);

		if (rune < 0x20 || (rune >= 0x7f && rune <= 0x9f))
			g_string_append_c(clean, '?');
		else
			g_string_append_len(clean, text, (gssize)length);
		text += length;
	}
	return g_string_free(clean, FALSE);
}

/* A pipe too, so not by the size that the file says it has. */
static int read_all(const char *path, int fd, GString *text, struct error *err)
{
	char buffer[65536];
	ssize_t count;

	while ((count = read(fd, buffer, sizeof(buffer))) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
		if (memchr(buffer, '\0', (size_t)count))
			return fail(err, EINVAL, "'%s' is no text file: it holds a zero byte",
				    path);
		g_string_append_len(text, buffer, count);
		if (text->len > FILE_BYTES_MAX)
			return fail(err, EFBIG, "'%s' holds more than %d MiB", path,
				    FILE_BYTES_MAX >> 20);
	}
	return 0;
}

int words_read_lines(const char *path, int fd, char ***ret, struct error *err)
{
	g_autoptr(GString) text = g_string_new(NULL);
	int own = fd < 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 && own < 0)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	int code = read_all(path, fd < 0 ? own : fd, text, err);
	if (own >= 0)
		close(own);
	if (code < 0)
		return code;
	if (text->len && text->str[text->len - 1] == '\n')
		g_string_truncate(text, text->len - 1);
	*ret = g_strsplit(text->str, "\n", -1);
	return 0;
}
