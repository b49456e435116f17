/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of lines that people write, text files, and patterns. */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/glob.h"
#include "analyzer/words.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_words(void);

START_TEST(globs)
{
	static const struct {
		const char *pattern, *text;
		bool is_match;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "*", "", true },
		{ "**", "abc", true },
		{ "abc", "abc", true },
		{ "abc", "abcd", false },
		{ "a*c", "ac", true },
		{ "a*c", "abcabc", true },
		{ "a*c", "abcab", false },
		{ "*bc*", "abcd", true },
		{ "?", "", false },
		{ "?", "\xc3\xa4", true },
		{ "??", "\xc3\xa4", false },
		{ "?", "\xff", true },
		{ "a?", "ab", true },
		{ "forks[*]", "forks[2]", true },
		{ "forks[2]", "forks2", false },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "a\\", "a\\", true },
		{ "*.c", "a/b.c", true },
		{ "*aab", "aaab", true },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		ck_assert_msg(glob_matches(cases[i].pattern, cases[i].text) == cases[i].is_match,
			      "'%s' and '%s'", cases[i].pattern, cases[i].text);
}
END_TEST

/* What takes for ever where each * is tried at each place. */
START_TEST(globs_end_in_time)
{
	GString *pattern = g_string_new(NULL), *text = g_string_new(NULL);

	for (int i = 0; i < 1000; i++) {
		g_string_append(pattern, "*a");
		g_string_append(text, "aaaa");
	}
	g_string_append_c(pattern, 'b');
	ck_assert(!glob_matches(pattern->str, text->str));
	g_string_free(pattern, TRUE);
	g_string_free(text, TRUE);
}
END_TEST

static char *split(const char *line)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *comment = NULL;
	struct error err;

	if (words_split(line, words, &comment, &err) < 0)
		return g_strdup(err.text);
	GString *all = g_string_new(NULL);
	for (guint i = 0; i < words->len; i++)
		g_string_append_printf(all, "<%s>", (char *)words->pdata[i]);
	if (comment)
		g_string_append_printf(all, "#%s", comment);
	return g_string_free(all, FALSE);
}

START_TEST(words)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ " \t\r", "" },
		{ "a  bc\t", "<a><bc>" },
		{ "'a b' \"c d\"", "<a b><c d>" },
		{ "lock:\"a b\"c", "<lock:a bc>" },
		{ "'' \"\"", "<><>" },
		{ "\\# a\\ b", "<#><a b>" },
		{ "\"\\\"\\\\\\*\"", "<\"\\\\*>" },
		{ "'\\'", "<\\>" },
		{ "a#b # c # d ", "<a#b>#c # d" },
		{ "#", "#" },
		{ "# 'it is", "#'it is" },
		{ "'a", "a quote ' is not closed" },
		{ "a\"", "a quote \" is not closed" },
		{ "a\\", "a backslash stands before nothing" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = split(cases[i][0]);
		ck_assert_str_eq(got, cases[i][1]);
	}
}
END_TEST

START_TEST(quoted_words_come_back)
{
	static const char *const cases[] = { "a", "a b", "#a", "", "a#", "a(b) c" };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *quoted = words_quote(cases[i]);
		g_autofree char *got = split(quoted);
		g_autofree char *expected = g_strdup_printf("<%s>", cases[i]);
		ck_assert_str_eq(got, expected);
	}
}
END_TEST

START_TEST(clean_text_is_one_line)
{
	g_autofree char *clean = words_clean("a\nb\033\xff\xc3\xa4\x7f");

	ck_assert_str_eq(clean, "a?b??\xc3\xa4?");
}
END_TEST

/* The lines of a file that holds so many bytes of text, joined by |; or the sentence. */
static char *read_back(const char *text, size_t size)
{
	char path[] = "/tmp/test-words-XXXXXX";
	int fd = mkstemp(path);
	g_auto(GStrv) lines = NULL;
	struct error err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
	close(fd);
	int ret = words_read_lines(path, -1, &lines, &err);
	unlink(path);
	return ret < 0 ? g_strdup(err.text) : g_strjoinv("|", lines);
}

START_TEST(files_have_lines)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "a", "a" },
		{ "a\nb\n", "a|b" },
		{ "\n\na", "||a" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = read_back(cases[i][0], strlen(cases[i][0]));
		ck_assert_str_eq(got, cases[i][1]);
	}
}
END_TEST

START_TEST(other_files_are_refused)
{
	size_t size = (16 << 20) + 1;
	g_autofree char *zero = read_back("a\0b", 3);
	g_autofree char *large = g_malloc(size);
	g_auto(GStrv) lines = NULL;
	struct error err;

	ck_assert_ptr_nonnull(strstr(zero, " is no text file: it holds a zero byte"));
	memset(large, 'a', size);
	g_autofree char *too_large = read_back(large, size);
	ck_assert_ptr_nonnull(strstr(too_large, "holds more than 16 MiB"));
	ck_assert_int_eq(words_read_lines("/none", -1, &lines, &err), -ENOENT);
	ck_assert_int_eq(words_read_lines("/", -1, &lines, &err), -EISDIR);
	ck_assert_str_eq(err.text, "cannot read '/': Is a directory");
}
END_TEST

Suite *suite_words(void)
{
	Suite *suite = suite_create("words");
	TCase *tests = tcase_create("words");

	tcase_add_test(tests, globs);
	tcase_add_test(tests, globs_end_in_time);
	tcase_add_test(tests, words);
	tcase_add_test(tests, quoted_words_come_back);
	tcase_add_test(tests, clean_text_is_one_line);
	tcase_add_test(tests, files_have_lines);
	tcase_add_test(tests, other_files_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
