/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of symbols, on the runner's own code and data and on copies of the runner's file. */
#include "analyzer/symbols.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtrace/tree.h"
#include "tests/unit/landmarks.h"

#include <check.h>

Suite *suite_symbols(void);

extern char **environ;

static struct symbols *symbols;
static struct module self;
static char folder[64];
static char copy_path[128];

static void setup(void)
{
	symbols = symbols_new();
	self = landmark_module();
	strcpy(folder, "/tmp/heddle-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(copy_path, sizeof(copy_path), "%s/copy", folder);
}

static void teardown(void)
{
	symbols_free(symbols);
	ck_assert_int_eq(tree_remove(folder), 0);
}

static struct module copy_module(void)
{
	struct module module = self;

	module.path = copy_path;
	return module;
}

static void assert_plain(const struct module *module)
{
	struct landmark_call call = landmark_plain();
	struct source_frames found = symbols_code(symbols, module, call.address - 1);

	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.frames[0].function, "landmark_plain");
	ck_assert_ptr_nonnull(found.frames[0].file);
	ck_assert(g_str_has_suffix(found.frames[0].file, "tests/unit/landmarks.c"));
	ck_assert_int_eq(found.frames[0].line, call.line);
	ck_assert(!found.frames[0].is_inlined);
}

static void assert_nothing(const struct module *module)
{
	struct landmark_call call = landmark_plain();
	struct symbol_data data;

	ck_assert_uint_eq(symbols_code(symbols, module, call.address - 1).count, 0);
	ck_assert_ptr_null(symbols_function(symbols, module, (uint64_t)&landmark_worker));
	ck_assert(!symbols_data(symbols, module, (uint64_t)&landmark_bank, &data));
}

START_TEST(call_has_function_and_line)
{
	assert_plain(&self);
	/* From the cache, too. */
	assert_plain(&self);
}
END_TEST

START_TEST(inlined_calls_are_frames)
{
	int outer_line = 0;
	struct landmark_call call = landmark_outer(&outer_line);
	struct source_frames found = symbols_code(symbols, &self, call.address - 1);

	ck_assert_uint_eq(found.count, 2);
	ck_assert_str_eq(found.frames[0].function, "landmark_inner");
	ck_assert_int_eq(found.frames[0].line, call.line);
	ck_assert(found.frames[0].is_inlined);
	ck_assert_str_eq(found.frames[1].function, "landmark_outer");
	ck_assert_int_eq(found.frames[1].line, outer_line);
	ck_assert_str_eq(found.frames[1].file, found.frames[0].file);
	ck_assert(!found.frames[1].is_inlined);
}
END_TEST

START_TEST(functions_by_their_first_address)
{
	uint64_t mangled = (uint64_t)&landmark_mangled;

	ck_assert_str_eq(symbols_function(symbols, &self, (uint64_t)&landmark_worker),
			 "landmark_worker");
	ck_assert_str_eq(symbols_function(symbols, &self, mangled), "bank::transfer");
	ck_assert_uint_eq(symbols_code(symbols, &self, mangled).count, 1);
	ck_assert_str_eq(symbols_code(symbols, &self, mangled).frames[0].function,
			 "bank::transfer(int)");
}
END_TEST

static const struct {
	const void *address;
	const char *name, *stable;
} parts[] = {
	{ &landmark_forks, "landmark_forks[0]", "landmark_forks[]" },
	{ &landmark_forks[2], "landmark_forks[2]", "landmark_forks[]" },
	{ (char *)&landmark_forks[2] + 3, "landmark_forks[2]+3", "landmark_forks[]" },
	{ &landmark_grid[1][2], "landmark_grid[1][2]", "landmark_grid[][]" },
	{ (char *)&landmark_words[1] + 4, "landmark_words[1]+4", "landmark_words[]" },
	{ &landmark_bank.lock, "landmark_bank.lock", "landmark_bank.lock" },
	{ (char *)&landmark_bank.lock + 8, "landmark_bank.lock+8", "landmark_bank.lock" },
	{ &landmark_bank.accounts[3].mutex, "landmark_bank.accounts[3].mutex",
	  "landmark_bank.accounts[].mutex" },
	{ &landmark_bank.accounts[3], "landmark_bank.accounts[3].balance",
	  "landmark_bank.accounts[].balance" },
	{ &landmark_bank.wrapped, "landmark_bank.wrapped", "landmark_bank.wrapped" },
	{ &landmark_bank.wrapped.after, "landmark_bank.wrapped.after",
	  "landmark_bank.wrapped.after" },
	{ &landmark_bank.array._M_elems[1], "landmark_bank.array[1]", "landmark_bank.array[]" },
};

START_TEST(parts_of_variables)
{
	struct symbol_data data;

	ck_assert(symbols_data(symbols, &self, (uint64_t)parts[_i].address, &data));
	ck_assert_str_eq(data.name, parts[_i].name);
	ck_assert_str_eq(data.stable, parts[_i].stable);
	ck_assert_ptr_null(data.scope);
}
END_TEST

START_TEST(twins_have_scopes)
{
	struct symbol_data data;

	ck_assert(symbols_data(symbols, &self, (uint64_t)landmark_static(), &data));
	ck_assert_str_eq(data.name, "landmark_twin");
	ck_assert_str_eq(data.scope, "landmarks.c");
	ck_assert(symbols_data(symbols, &self, (uint64_t)landmark_local(), &data));
	ck_assert_str_eq(data.name, "landmark_twin");
	ck_assert_str_eq(data.scope, "landmark_local");
}
END_TEST

START_TEST(what_is_no_variable_has_no_name)
{
	struct symbol_data data;

	ck_assert(!symbols_data(symbols, &self, self.start + 1, &data));
	ck_assert(!symbols_data(symbols, &self, self.start + self.size + 4096, &data));
	ck_assert(!symbols_data(symbols, &self, 0, &data));
	ck_assert(!symbols_data(symbols, &self, (uint64_t)&landmark_worker, &data));
	ck_assert_uint_eq(symbols_code(symbols, &self, UINT64_MAX).count, 0);
}
END_TEST

START_TEST(rebuilt_file_gives_nothing)
{
	struct module other = self;

	ck_assert_uint_gt(strlen(self.build_id), 0);
	other.build_id = "0123456789abcdef";
	assert_nothing(&other);
	other.build_id = "";
	assert_plain(&other);
}
END_TEST

static const char *const no_files[] = {
	"",
	"relative/path",
	"linux-vdso.so.1",
	"/",
	"/dev/zero",
	"/nonexistent/file (deleted)",
	"/etc/passwd",
};

START_TEST(no_file_gives_nothing)
{
	struct module module = self;

	module.path = no_files[_i];
	assert_nothing(&module);
}
END_TEST

/* Opening a pipe to read waits for a writer. */
START_TEST(pipe_is_not_waited_for)
{
	struct module module = copy_module();

	ck_assert_int_eq(mkfifo(copy_path, 0600), 0);
	assert_nothing(&module);
}
END_TEST

static bool run(const char *const *command)
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, command[0], NULL, NULL, (char *const *)command, environ) != 0)
		return false;
	return waitpid(pid, &status, 0) == pid && status == 0;
}

START_TEST(stripped_file_gives_nothing)
{
	const char *const strip[] = { "strip", "-o", copy_path, self.path, NULL };
	struct module module = copy_module();

	ck_assert(run(strip));
	assert_nothing(&module);
}
END_TEST

START_TEST(symbols_without_debug_information)
{
	const char *const strip[] = { "strip", "-g", "-o", copy_path, self.path, NULL };
	struct module module = copy_module();
	struct landmark_call call = landmark_plain();
	struct symbol_data data;

	ck_assert(run(strip));
	struct source_frames found = symbols_code(symbols, &module, call.address - 1);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.frames[0].function, "landmark_plain");
	ck_assert_ptr_null(found.frames[0].file);
	ck_assert_int_eq(found.frames[0].line, 0);
	ck_assert(symbols_data(symbols, &module, (uint64_t)&landmark_bank.lock, &data));
	ck_assert_str_eq(data.name, "landmark_bank+16");
	ck_assert_str_eq(data.stable, "landmark_bank");
	ck_assert(symbols_data(symbols, &module, (uint64_t)landmark_local(), &data));
	ck_assert(g_str_has_suffix(data.name, "landmark_twin"));
}
END_TEST

START_TEST(separate_debug_file_is_used)
{
	char debug[160], link[200];
	const char *const keep[] = { "objcopy", "--only-keep-debug", self.path, debug, NULL };
	const char *const strip[] = { "objcopy", "--strip-all", link, self.path, copy_path, NULL };
	struct module module = copy_module();

	snprintf(debug, sizeof(debug), "%s.debug", copy_path);
	snprintf(link, sizeof(link), "--add-gnu-debuglink=%s", debug);
	ck_assert(run(keep));
	ck_assert(run(strip));
	assert_plain(&module);
}
END_TEST

static void write_copy(const char *bytes, size_t size)
{
	ck_assert(g_file_set_contents(copy_path, bytes, (gssize)size, NULL));
}

/* Whatever comes out: it must come back. */
static void ask_everything(void)
{
	struct module module = copy_module();
	struct symbols *own = symbols_new();
	struct landmark_call call = landmark_plain();
	struct symbol_data data;
	int line;

	module.build_id = "";
	symbols_code(own, &module, call.address - 1);
	symbols_code(own, &module, landmark_outer(&line).address - 1);
	symbols_function(own, &module, (uint64_t)&landmark_worker);
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		symbols_data(own, &module, (uint64_t)parts[i].address, &data);
	symbols_data(own, &module, (uint64_t)landmark_local(), &data);
	symbols_free(own);
}

START_TEST(truncated_file_is_survived)
{
	g_autofree char *bytes = NULL;
	gsize size;

	ck_assert(g_file_get_contents(self.path, &bytes, &size, NULL));
	write_copy(bytes, size * (gsize)_i / 12);
	ask_everything();
}
END_TEST

START_TEST(corrupt_file_is_survived)
{
	g_autofree char *bytes = NULL;
	gsize size;
	uint32_t random = 12345 + (uint32_t)_i;

	ck_assert(g_file_get_contents(self.path, &bytes, &size, NULL));
	for (int i = 0; i < 200; i++) {
		random = random * 1664525 + 1013904223;
		bytes[((uint64_t)random * size) >> 32] = (char)(random >> 7);
	}
	write_copy(bytes, size);
	ask_everything();
}
END_TEST

START_TEST(no_server_is_asked)
{
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
	symbols_free(symbols_new());
	ck_assert_ptr_null(getenv("DEBUGINFOD_URLS"));
	symbols_free(NULL);
}
END_TEST

static TCase *case_copies(void)
{
	TCase *tests = tcase_create("copies");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, stripped_file_gives_nothing);
	tcase_add_test(tests, symbols_without_debug_information);
	tcase_add_test(tests, separate_debug_file_is_used);
	tcase_add_test(tests, pipe_is_not_waited_for);
	tcase_add_loop_test(tests, truncated_file_is_survived, 0, 12);
	tcase_add_loop_test(tests, corrupt_file_is_survived, 0, 20);
	return tests;
}

Suite *suite_symbols(void)
{
	Suite *suite = suite_create("symbols");
	TCase *tests = tcase_create("symbols");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, call_has_function_and_line);
	tcase_add_test(tests, inlined_calls_are_frames);
	tcase_add_test(tests, functions_by_their_first_address);
	tcase_add_loop_test(tests, parts_of_variables, 0, G_N_ELEMENTS(parts));
	tcase_add_test(tests, twins_have_scopes);
	tcase_add_test(tests, what_is_no_variable_has_no_name);
	tcase_add_test(tests, rebuilt_file_gives_nothing);
	tcase_add_loop_test(tests, no_file_gives_nothing, 0, G_N_ELEMENTS(no_files));
	tcase_add_test(tests, no_server_is_asked);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, case_copies());
	return suite;
}
