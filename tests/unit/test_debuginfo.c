/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of file names and demangled names; what needs a file is in test_symbols.c. */
#include "analyzer/debuginfo.h"

#include "analyzer/demangle.h"

#include <check.h>

Suite *suite_debuginfo(void);

static const struct {
	const char *file, *directory, *unit, *expected;
} paths[] = {
	{ "/home/u/p/tests/x.c", "/home/u/p", "tests/x.c", "tests/x.c" },
	{ "/home/u/p/./x.c", "/home/u/p", "./x.c", "x.c" },
	{ "/home/u/p/x.c", "/home/u/p", "/home/u/p/x.c", "/home/u/p/x.c" },
	{ "/home/u/p/x.c", "/home/u/p/", "x.c", "x.c" },
	{ "/home/u/p/build/../x.c", "/home/u/p/build", "../x.c", "../x.c" },
	{ "/home/u/program/x.c", "/home/u/p", "x.c", "/home/u/program/x.c" },
	{ "/usr/include/stdio.h", "/home/u/p", "x.c", "/usr/include/stdio.h" },
	{ "./nptl/./nptl/lock.c", "./nptl", "./nptl/lock.c", "nptl/lock.c" },
	{ "x.c", NULL, NULL, "x.c" },
	{ "././a/././/b.c", NULL, NULL, "a/b.c" },
	{ "a.b/..c/d.", NULL, NULL, "a.b/..c/d." },
	{ "", "", "", "" },
};

START_TEST(paths_are_as_given_to_the_compiler)
{
	GStringChunk *strings = g_string_chunk_new(64);

	ck_assert_str_eq(debuginfo_path(strings, paths[_i].file, paths[_i].directory,
					paths[_i].unit),
			 paths[_i].expected);
	g_string_chunk_free(strings);
}
END_TEST

START_TEST(names_are_demangled)
{
	g_autofree char *function = demangle("_ZNSt6vectorIiSaIiEE9push_backERKi", true);
	g_autofree char *short_one = demangle("_ZN4bank8transferEi", false);
	g_autofree char *rust = demangle("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", true);

	ck_assert_str_eq(function, "std::vector<int, std::allocator<int> >::push_back(int const&)");
	ck_assert_str_eq(short_one, "bank::transfer");
	ck_assert_str_eq(rust, "core::fmt::Write::write_fmt");
	ck_assert_ptr_null(demangle("transfer", true));
	ck_assert_ptr_null(demangle("", true));
}
END_TEST

Suite *suite_debuginfo(void)
{
	Suite *suite = suite_create("debuginfo");
	TCase *tests = tcase_create("debuginfo");

	tcase_add_loop_test(tests, paths_are_as_given_to_the_compiler, 0, G_N_ELEMENTS(paths));
	tcase_add_test(tests, names_are_demangled);
	suite_add_tcase(suite, tests);
	return suite;
}
