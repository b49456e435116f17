/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the reports of one run go: formats, files, and what cannot go together. */
#include <string.h>

#include "analyzer/targets.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_targets(void);

/* formats: each a --format, the last one NULL. 0 or the error. */
static int settle(struct targets *targets, const char *const *formats, const char *output,
		  struct error *err)
{
	*targets = (struct targets){ .count = 0 };
	for (; *formats; formats++) {
		int ret = targets_add(targets, *formats, err);
		if (ret < 0)
			return ret;
	}
	return targets_settle(targets, output, err);
}

#define FORMATS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* "text json:file": what targets hold. */
static void goes(const char *const *formats, const char *output, const char *expected)
{
	char told[256] = "";
	struct targets targets;
	struct error err;

	ck_assert_msg(settle(&targets, formats, output, &err) == 0, "%s", err.text);
	for (unsigned i = 0; i < targets.count; i++) {
		const struct target *target = &targets.rows[i];

		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s%s%s", i ? " " : "",
			 target->format->name, target->path ? ":" : "",
			 target->path ? target->path : "");
	}
	ck_assert_str_eq(told, expected);
}

static void refused(const char *const *formats, const char *output, const char *part)
{
	struct targets targets;
	struct error err;

	ck_assert_int_eq(settle(&targets, formats, output, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, part), "'%s' does not say '%s'", err.text, part);
}

START_TEST(each_has_its_place)
{
	goes(FORMATS(NULL), NULL, "text");
	goes(FORMATS(NULL), "out", "text:out");
	goes(FORMATS(NULL), "-", "text");
	goes(FORMATS("json"), "out", "json:out");
	goes(FORMATS("sarif:a.sarif", "text", "junit:b:c"), NULL, "sarif:a.sarif text junit:b:c");
	goes(FORMATS("text", "json:-"), "out", "text:out json");
	goes(FORMATS("text:a", "text:b"), NULL, "text:a text:b");
}
END_TEST

START_TEST(two_in_one_place_are_refused)
{
	refused(FORMATS("text", "json"), NULL, "text and json would both go to standard output");
	refused(FORMATS("text", "json"), NULL, "as in json:FILE");
	refused(FORMATS("text:-", "json"), "-", "both go to standard output");
	refused(FORMATS("text", "json"), "out", "both go to 'out'");
	refused(FORMATS("text:a", "json:./a"), NULL, "both go to 'a'");
	refused(FORMATS("text", "json:a"), "a", "both go to 'a'");
}
END_TEST

START_TEST(nonsense_is_refused)
{
	refused(FORMATS("json:a"), "out", "--output has nothing to write");
	refused(FORMATS("json:"), NULL, "'json:' needs the name of a file");
	refused(FORMATS(":a"), NULL, "no format ''");
	refused(FORMATS("js:a"), NULL, "no format 'js'");
	refused(FORMATS("jsonx"), NULL, "no format 'jsonx'");
	refused(FORMATS(""), NULL, "no format ''");
}
END_TEST

START_TEST(there_is_an_end)
{
	struct targets targets = { .count = 0 };
	struct error err;

	for (unsigned i = 0; i < TARGETS_MAX; i++)
		ck_assert_int_eq(targets_add(&targets, "text:out", &err), 0);
	ck_assert_int_eq(targets_add(&targets, "text:out", &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 16"));
}
END_TEST

START_TEST(files_are_checked)
{
	struct targets targets;
	struct error err;

	ck_assert_int_eq(settle(&targets, FORMATS("text", "json:/dev/null"), NULL, &err), 0);
	ck_assert_int_eq(targets_check(&targets, &err), 0);
	ck_assert_int_eq(settle(&targets, FORMATS("text", "json:/nonexistent/a"), NULL, &err), 0);
	ck_assert_int_eq(targets_check(&targets, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "'/nonexistent/a'"));
}
END_TEST

Suite *suite_targets(void)
{
	Suite *suite = suite_create("targets");
	TCase *tests = tcase_create("targets");

	tcase_add_test(tests, each_has_its_place);
	tcase_add_test(tests, two_in_one_place_are_refused);
	tcase_add_test(tests, nonsense_is_refused);
	tcase_add_test(tests, there_is_an_end);
	tcase_add_test(tests, files_are_checked);
	suite_add_tcase(suite, tests);
	return suite;
}
