/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the table of rules: its texts have the form that printing relies on; look-ups. */
#include "analyzer/rules.h"

#include <string.h>

#include <check.h>

Suite *suite_rules(void);

static void assert_prose(const struct rule *rule, const char *prose)
{
	ck_assert_msg(prose && strlen(prose) > 10, "%s: no text", rule->name);
	ck_assert_msg(!strpbrk(prose, "\n\t"), "%s: not one line: %s", rule->name, prose);
	ck_assert_msg(!strstr(prose, "  "), "%s: two spaces: %s", rule->name, prose);
	ck_assert_msg(prose != rule->summary || prose[strlen(prose) - 1] != '.',
		      "%s: a full stop behind '%s'", rule->name, prose);
	ck_assert_msg(prose == rule->summary || strchr(".?", prose[strlen(prose) - 1]),
		      "%s: no full stop behind '%s'", rule->name, prose);
}

static void assert_code(const struct rule *rule, const char *code)
{
	ck_assert_msg(code && *code && code[strlen(code) - 1] == '\n', "%s: code '%s'", rule->name,
		      code);
	for (const char *line = code, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_msg(end - line <= 76, "%s: too wide: %s", rule->name, line);
	}
}

START_TEST(texts_have_their_form)
{
	for (const struct rule *rule = rules_table(); rule->name; rule++) {
		ck_assert_msg(strspn(rule->name, "abcdefghijklmnopqrstuvwxyz-") ==
				      strlen(rule->name),
			      "%s", rule->name);
		ck_assert_msg(rule->levels && !(rule->levels & 1U << LEVEL_NONE), "%s: levels",
			      rule->name);
		ck_assert_msg(strlen(rule->summary) <= 100 - 22 - 2 - 7 - 2, "%s: too wide: %s",
			      rule->name, rule->summary);
		assert_prose(rule, rule->summary);
		assert_prose(rule, rule->meaning);
		assert_prose(rule, rule->told);
		assert_prose(rule, rule->mending);
		assert_code(rule, rule->fault);
		assert_code(rule, rule->mended);
	}
}
END_TEST

START_TEST(names_are_found)
{
	for (const struct rule *rule = rules_table(); rule->name; rule++) {
		/* Itself, so that no name is there twice. */
		ck_assert_ptr_eq(rules_find(rule->name), rule);
		ck_assert_ptr_eq(rules_nearest(rule->name), rule);
	}
	ck_assert_ptr_null(rules_find("deadloc"));
	ck_assert_ptr_null(rules_find(""));
}
END_TEST

START_TEST(nearest_is_by_edits)
{
	char longest[4096];

	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_str_eq(rules_nearest("deadlok")->name, "deadlock");
	ck_assert_str_eq(rules_nearest("lockorder")->name, "lock-order");
	ck_assert_str_eq(rules_nearest("Self-deadlock")->name, "self-deadlock");
	ck_assert_str_eq(rules_nearest("unlock-not-owned")->name, "unlock-not-owner");
	ck_assert_ptr_nonnull(rules_nearest(""));
	ck_assert_ptr_nonnull(rules_nearest(longest));
}
END_TEST

START_TEST(levels_are_those_of_the_row)
{
	ck_assert(rules_allow("deadlock", LEVEL_ERROR));
	ck_assert(!rules_allow("deadlock", LEVEL_NOTE));
	ck_assert(rules_allow("double-init", LEVEL_NOTE));
	ck_assert(!rules_allow("double-init", LEVEL_NONE));
	ck_assert(!rules_allow("dead", LEVEL_ERROR));
}
END_TEST

Suite *suite_rules(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("rules");

	tcase_add_test(tests, texts_have_their_form);
	tcase_add_test(tests, names_are_found);
	tcase_add_test(tests, nearest_is_by_edits);
	tcase_add_test(tests, levels_are_those_of_the_row);
	suite_add_tcase(suite, tests);
	return suite;
}
