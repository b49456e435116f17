/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reports in a format, as strings and against files. */
#include "tests/unit/rendering.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/registry.h"
#include "tests/unit/sample.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

const struct format *rendering_find(const char *name)
{
	for (const struct format *const *format = registry_formats(); *format; format++)
		if (!strcmp((*format)->name, name))
			return *format;
	ck_abort_msg("no format %s", name);
}

char *rendering_of(const char *name, const struct report *report,
		   const struct format_options *options)
{
	struct error err;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(rendering_find(name)->write(out, report, options, &err), 0);
	fclose(out);
	return text;
}

/* The texts of the rules have a test of their own. */
static void cut_rules(GString *string)
{
	static const char begin[] = "\"rules\": [\n", end[] = "\n          ]\n";
	const char *rules = strstr(string->str, begin);
	const char *rest = rules ? strstr(rules, end) : NULL;

	if (rest)
		g_string_erase(string, rules + strlen(begin) - string->str,
			       rest - rules - (gssize)strlen(begin));
}

/* Nor do they know how many rules there are. */
static void cut_quiet_tests(GString *string)
{
	g_auto(GStrv) lines = g_strsplit(string->str, "\n", -1);
	g_autoptr(GRegex) tests = g_regex_new(" tests=\"[0-9]+\"", 0, 0, NULL);

	if (!strstr(string->str, "<testsuites "))
		return;
	g_string_truncate(string, 0);
	for (char **line = lines; *line; line++) {
		g_autofree char *kept =
			g_regex_replace(tests, *line, -1, 0, " tests=\"@TESTS@\"", 0, NULL);

		if (!g_str_has_suffix(*line, "name=\"no finding\"/>"))
			g_string_append_printf(string, "%s%s", kept, line[1] ? "\n" : "");
	}
}

/* The golden files say @VERSION@, so that a release does not touch them. */
static char *without_version(const char *text)
{
	GString *string = g_string_new(text);

	cut_rules(string);
	cut_quiet_tests(string);
	g_string_replace(string, "\"semanticVersion\": \"" PACKAGE_VERSION "\"",
			 "\"semanticVersion\": \"@VERSION@\"", 1);
	g_string_replace(string, "\"version\": \"" PACKAGE_VERSION "\"",
			 "\"version\": \"@VERSION@\"", 1);
	return g_string_free(string, FALSE);
}

static void check_golden(const char *file, const char *text)
{
	const char *srcdir = getenv("srcdir");
	g_autofree char *path =
		g_build_filename(srcdir ? srcdir : ".", "tests", "data", file, NULL);
	g_autofree char *actual = without_version(text);
	g_autofree char *expected = NULL;

	if (getenv("GOLDEN_UPDATE"))
		ck_assert(g_file_set_contents(path, actual, -1, NULL));
	ck_assert_msg(g_file_get_contents(path, &expected, NULL, NULL), "cannot read %s", path);
	for (size_t i = 0, line = 1; actual[i] || expected[i]; line += actual[i++] == '\n')
		ck_assert_msg(actual[i] == expected[i], "%s:%zu differs:\n%.2000s", path, line,
			      actual + (i > 200 ? i - 200 : 0));
}

void rendering_check(const char *name, const char *file, const struct format_options *options)
{
	struct report *report = sample_report();
	g_autofree char *text = rendering_of(name, report, options);

	check_golden(file, text);
	report_free(report);
}
