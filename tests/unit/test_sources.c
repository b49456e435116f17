/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source tree: which files lie in it, and what is known of their lines. */
#include "analyzer/sources.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_sources(void);

static char top[32];

static void put(const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(top, name, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	ck_assert_int_eq(g_mkdir_with_parents(directory, 0755), 0);
	ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static void setup(void)
{
	strcpy(top, "/tmp/test-sources-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	put("tree/src/bank.c", "int a;\nint b;\n");
	put("tree/.git", "gitdir: elsewhere\n");
	put("other/away.c", "int c;\n");
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(symlink("tree", "link"), 0);
	ck_assert_int_eq(symlink("../../other/away.c", "tree/src/out.c"), 0);
	ck_assert_int_eq(mkfifo("tree/pipe.c", 0600), 0);
}

static void teardown(void)
{
	static const char *const names[] = { "tree/src/bank.c", "tree/src/out.c", "tree/src",
					     "tree/.git",	"tree/pipe.c",	  "tree",
					     "other/away.c",	"other",	  "link" };

	ck_assert_int_eq(chdir(top), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		ck_assert_int_eq(g_remove(names[i]), 0);
	ck_assert_int_eq(rmdir(top), 0);
}

/* What the file of a frame is called in the tree, "" for not at all. */
static void named(struct sources *sources, const char *directory, const char *file,
		  const char *expected)
{
	g_autofree char *full_directory =
		directory && directory[0] == '@' ? g_strconcat(top, directory + 1, NULL) : NULL;
	g_autofree char *full_file = file[0] == '@' ? g_strconcat(top, file + 1, NULL) : NULL;
	const struct frame frame = {
		.directory = full_directory ? full_directory : directory,
		.file = full_file ? full_file : file,
		.line = 1,
	};
	const char *path = sources_path(sources, &frame);

	ck_assert_str_eq(path ? path : "", expected);
}

START_TEST(files_of_the_tree_have_names)
{
	struct sources *sources = sources_new("tree");

	named(sources, NULL, "@/tree/src/bank.c", "src/bank.c");
	named(sources, "@/tree/build", "../src/bank.c", "src/bank.c");
	named(sources, "@/tree/build/", "./../src//bank.c", "src/bank.c");
	named(sources, "@/link/src", "bank.c", "src/bank.c");
	/* Gone since, or built elsewhere and mapped: names alone. */
	named(sources, "@/tree/build", "../src/gone.c", "src/gone.c");
	named(sources, ".", "src/bank.c", "src/bank.c");
	named(sources, NULL, "src/gone.c", "src/gone.c");
	sources_free(sources);
}
END_TEST

START_TEST(others_have_none)
{
	struct sources *sources = sources_new("tree");

	named(sources, NULL, "@/other/away.c", "");
	named(sources, "@/tree", "../other/away.c", "");
	named(sources, NULL, "../other/away.c", "");
	named(sources, NULL, "/usr/include/stdio.h", "");
	named(sources, NULL, "@/tree/src/out.c", "");
	named(sources, NULL, "@/treehouse/a.c", "");
	named(sources, NULL, "@/tree", "");
	named(sources, "@/tree", "", "");
	ck_assert_ptr_null(sources_path(sources, &(struct frame){ .line = 1 }));
	sources_free(sources);
}
END_TEST

START_TEST(a_root_may_be_a_link)
{
	struct sources *sources = sources_new("link");

	named(sources, NULL, "@/tree/src/bank.c", "src/bank.c");
	named(sources, NULL, "@/link/src/gone.c", "src/gone.c");
	sources_free(sources);
}
END_TEST

START_TEST(the_root_is_the_one_of_git)
{
	ck_assert_int_eq(chdir("tree/src"), 0);
	struct sources *sources = sources_new(NULL);
	named(sources, NULL, "@/tree/src/bank.c", "src/bank.c");
	ck_assert_str_eq(sources_relative(sources, "bank.c"), "src/bank.c");
	ck_assert_str_eq(sources_relative(sources, "../run"), "run");
	ck_assert_ptr_null(sources_relative(sources, "/usr/bin/run"));
	sources_free(sources);
}
END_TEST

START_TEST(without_git_it_is_the_current_one)
{
	ck_assert_int_eq(chdir("other"), 0);
	struct sources *sources = sources_new(NULL);
	named(sources, NULL, "@/other/away.c", "away.c");
	named(sources, NULL, "@/tree/src/bank.c", "");
	sources_free(sources);
}
END_TEST

START_TEST(lines_are_read_once)
{
	struct sources *sources = sources_new("tree");
	const struct line_hash *line = sources_line(sources, "src/bank.c", 2);

	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(line->length, 6);
	put("tree/src/bank.c", "");
	ck_assert_ptr_eq(sources_line(sources, "src/bank.c", 2), line);
	/* Behind the last newline there is an empty line. */
	ck_assert_uint_eq(sources_line(sources, "src/bank.c", 3)->length, 0);
	ck_assert_ptr_null(sources_line(sources, "src/bank.c", 4));
	ck_assert_ptr_null(sources_line(sources, "src/bank.c", 0));
	ck_assert_ptr_null(sources_line(sources, "src/bank.c", -1));
	ck_assert_ptr_null(sources_line(sources, "src", 1));
	ck_assert_ptr_null(sources_line(sources, "src/gone.c", 1));
	/* Nobody writes into it. */
	ck_assert_ptr_null(sources_line(sources, "pipe.c", 1));
	sources_free(sources);
}
END_TEST

/* Of each line as GitHub's form has it, and its length, in one string. */
static void check_hashes(const char *text, size_t size, const char *expected)
{
	g_autoptr(GArray) lines = line_hashes(text, size);
	g_autoptr(GString) all = g_string_new(NULL);

	for (guint i = 0; i < lines->len; i++) {
		const struct line_hash *line = &g_array_index(lines, struct line_hash, i);
		g_string_append_printf(all, "%" PRIx64 ":%u %u\n", line->hash, line->occurrence,
				       line->length);
	}
	ck_assert_str_eq(all->str, expected);
}

#define HASHES(text, expected) check_hashes(text, sizeof(text) - 1, expected)

/* Expected: what Microsoft's SARIF tool gives as the rolling hashes of such files. */
START_TEST(hashes_are_github_s)
{
	HASHES("", "c129715d7a2bc9a3:1 0\n");
	HASHES("a", "53b5d4aabe50d64:1 1\n");
	HASHES("int a;\nint b;\n",
	       "ce87b61c11481a6:1 6\nbd39bb1f00ad510d:1 6\nc129715d7a2bc9a3:1 0\n");
	HASHES("a\r\nb\rc\n\nx\n",
	       "cc62e1c7d617dadf:1 1\nf530bdd352e068e8:1 1\nfa6450f83c343fb4:1 1\n9b880b129a60314b:1 0\n828973aa50c68d6d:1 1\nc129715d7a2bc9a3:1 0\n");
	HASHES("  x \t y\n\t\n \nz",
	       "1593541377fb7b7c:1 7\nd14e489d3d22223d:1 1\n483058b3d6ce6067:1 1\n76dcabf80cb35c79:1 1\n");
	HASHES("a\na\na\n",
	       "e5109e06824fe778:1 1\nee4468fa4a9bc719:1 1\n243cbaa4685aab12:1 1\nc129715d7a2bc9a3:1 0\n");
	HASHES("a\r \nb\n",
	       "818c3a85b988abe4:1 1\nbf4c4d48992e2ca5:1 1\nade70578248be16f:1 1\nc129715d7a2bc9a3:1 0\n");
	HASHES("gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92 e\xcc\x81\n\xe4\xb8\xad\n",
	       "ca5c9d611d7ae5e5:1 10\n10720af92cebf62e:1 1\nc129715d7a2bc9a3:1 0\n");
}
END_TEST

START_TEST(lines_alike_are_counted)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = 0; i < 60; i++)
		g_string_append(text, "x\n");
	g_autoptr(GArray) lines = line_hashes(text->str, text->len);
	const struct line_hash *rows = (const struct line_hash *)(void *)lines->data;
	for (unsigned i = 1; i < 10; i++) {
		ck_assert_uint_eq(rows[i].hash, rows[0].hash);
		ck_assert_uint_eq(rows[i].occurrence, i + 1);
	}
	/* Near the end the rest of the file tells them apart. */
	ck_assert_uint_ne(rows[58].hash, rows[59].hash);
	ck_assert_uint_eq(rows[59].occurrence, 1);
}
END_TEST

/* What stands above a line is not in its hash. */
START_TEST(a_hash_survives_lines_above)
{
	static const char below[] = "void f(void)\n{\n\tlock(&a);\n}\n";
	g_autofree char *text = g_strconcat("#include <a.h>\n\n", below, NULL);
	g_autoptr(GArray) before = line_hashes(below, strlen(below));
	g_autoptr(GArray) after = line_hashes(text, strlen(text));

	for (guint i = 0; i < before->len; i++)
		ck_assert_uint_eq(g_array_index(before, struct line_hash, i).hash,
				  g_array_index(after, struct line_hash, i + 2).hash);
}
END_TEST

Suite *suite_sources(void)
{
	Suite *suite = suite_create("sources");
	TCase *files = tcase_create("files"), *lines = tcase_create("lines");

	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_test(files, files_of_the_tree_have_names);
	tcase_add_test(files, others_have_none);
	tcase_add_test(files, a_root_may_be_a_link);
	tcase_add_test(files, the_root_is_the_one_of_git);
	tcase_add_test(files, without_git_it_is_the_current_one);
	tcase_add_test(files, lines_are_read_once);
	tcase_add_test(lines, hashes_are_github_s);
	tcase_add_test(lines, lines_alike_are_counted);
	tcase_add_test(lines, a_hash_survives_lines_above);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, lines);
	return suite;
}
