/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of names, on models made from events about the runner's own code and data. */
#include "analyzer/names.h"

#include <dlfcn.h>
#include <string.h>

#include "tests/unit/landmarks.h"

#include <check.h>

Suite *suite_names(void);

#define FOREIGN 0x500000000000	/* no module is here */

static struct model *model;
static struct report *report;
static struct names *names;
static struct module self;

static void setup(void)
{
	model = model_new();
	report = report_new();
	names = names_new(report);
	self = landmark_module();
}

static void teardown(void)
{
	names_free(names);
	report_free(report);
	model_free(model);
}

static void ignore_step(void *context, const struct step *step)
{
	(void)context;
	(void)step;
}

static void apply(struct event event)
{
	static int64_t time_ns;

	event.time_ns = ++time_ns;
	event.pid = event.pid ? event.pid : 100;
	event.tid = event.tid ? event.tid : event.pid;
	model_apply(model, &event, ignore_step, NULL);
}

static void add_process(int32_t pid, const char *command)
{
	apply((struct event){ .type = EVENT_process_start, .pid = pid, .text = command });
	apply((struct event){ .type = EVENT_process_module, .pid = pid, .object = self.start,
			      .other = self.size, .text = self.path, .build_id = self.build_id });
}

static void add_module(uint64_t start, const char *path)
{
	apply((struct event){ .type = EVENT_process_module, .object = start, .other = 0x1000,
			      .text = path, .build_id = "" });
}

static void add_thread(int32_t tid, const void *routine, const char *name)
{
	apply((struct event){ .type = EVENT_thread_start, .tid = tid, .object = (uint64_t)tid,
			      .other = (uint64_t)tid << 12, .value = (int64_t)(intptr_t)routine });
	if (name)
		apply((struct event){ .type = EVENT_thread_name, .tid = tid,
				      .object = (uint64_t)tid << 12, .text = name });
}

static const struct process *process(guint i)
{
	const GPtrArray *processes = model_processes(model);

	ck_assert_uint_lt(i, processes->len);
	return g_ptr_array_index(processes, i);
}

static const char *thread_name(guint i)
{
	return names_thread(names, g_ptr_array_index(process(0)->threads, i));
}

static const char *thread_stable(guint i)
{
	return names_thread_stable(names, g_ptr_array_index(process(0)->threads, i));
}

static void add_mutex(uint64_t address, uint64_t init_site)
{
	apply((struct event){ .type = EVENT_mutex_init, .object = address, .site = init_site });
}

static void use_mutex(uint64_t address, uint64_t site)
{
	apply((struct event){ .type = EVENT_mutex_lock, .object = address, .site = site });
	apply((struct event){ .type = EVENT_mutex_unlock, .object = address, .site = site });
}

static void name_object(uint64_t address, const char *name)
{
	apply((struct event){ .type = EVENT_object_name, .object = address, .text = name });
}

static const struct object *object(guint i)
{
	ck_assert_uint_lt(i, process(0)->objects->len);
	return g_ptr_array_index(process(0)->objects, i);
}

static void assert_object(guint i, const char *name, const char *stable)
{
	ck_assert_str_eq(names_object(names, object(i)), name);
	ck_assert_str_eq(names_object_stable(names, object(i)), stable);
}

START_TEST(threads_by_name_routine_and_index)
{
	add_process(100, "./program");
	add_thread(101, landmark_worker, NULL);
	add_thread(102, landmark_worker, NULL);
	add_thread(103, landmark_worker, "philosopher");
	add_thread(104, landmark_worker, "philosopher");
	add_thread(105, NULL, "logger-7");
	add_thread(106, (void *)FOREIGN, NULL);
	add_thread(107, NULL, "landmark_worker #1");

	static const char *const expected[][2] = {
		{ "main", "main" },
		{ "landmark_worker #1", "landmark_worker" },
		{ "landmark_worker #2", "landmark_worker" },
		{ "philosopher #3", "philosopher" },
		{ "philosopher #4", "philosopher" },
		{ "logger-7", "logger-#" },
		{ "thread #6", "thread" },
		{ "landmark_worker #1 #7", "landmark_worker ##" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
		ck_assert_str_eq(thread_name(i), expected[i][0]);
		ck_assert_str_eq(thread_stable(i), expected[i][1]);
	}
}
END_TEST

START_TEST(threads_of_several_processes)
{
	add_process(100, "/usr/bin/make -j2 all");
	add_process(200, NULL);
	report->trace.processes = 2;
	ck_assert_str_eq(thread_name(0), "main [make 100]");
	ck_assert_str_eq(names_thread(names, process(1)->threads->pdata[0]), "main [200]");
	ck_assert_str_eq(thread_stable(0), "main");
}
END_TEST

START_TEST(objects_by_given_name)
{
	add_process(100, "./program");
	use_mutex(FOREIGN, 0);
	use_mutex(FOREIGN + 64, 0);
	use_mutex(FOREIGN + 128, 0);
	name_object(FOREIGN, "account 17");
	name_object(FOREIGN + 64, "log");
	name_object(FOREIGN + 128, "log");
	assert_object(0, "account 17", "account #");
	assert_object(1, "log #2", "log");
	assert_object(2, "log #3", "log");
}
END_TEST

START_TEST(objects_by_symbol)
{
	add_process(100, "./program");
	use_mutex((uint64_t)&landmark_forks[2], 0);
	use_mutex((uint64_t)&landmark_bank.accounts[3].mutex, 0);
	use_mutex((uint64_t)landmark_static(), 0);
	assert_object(0, "landmark_forks[2]", "landmark_forks[]");
	assert_object(1, "landmark_bank.accounts[3].mutex", "landmark_bank.accounts[].mutex");
	assert_object(2, "landmark_twin", "landmark_twin (landmarks.c)");
}
END_TEST

START_TEST(twins_are_told_apart)
{
	add_process(100, "./program");
	use_mutex((uint64_t)landmark_static(), 0);
	use_mutex((uint64_t)landmark_local(), 0);
	assert_object(0, "landmark_twin (landmarks.c)", "landmark_twin (landmarks.c)");
	assert_object(1, "landmark_twin (landmark_local)", "landmark_twin (landmark_local)");
}
END_TEST

START_TEST(generations_are_told_apart)
{
	uint64_t address = (uint64_t)&landmark_forks[0];

	add_process(100, "./program");
	for (int i = 0; i < 4; i++) {
		add_mutex(address, 0);
		apply((struct event){ .type = EVENT_mutex_destroy, .object = address });
	}
	assert_object(0, "landmark_forks[0]", "landmark_forks[]");
	assert_object(1, "landmark_forks[0] (2nd)", "landmark_forks[]");
	assert_object(2, "landmark_forks[0] (3rd)", "landmark_forks[]");
	assert_object(3, "landmark_forks[0] (4th)", "landmark_forks[]");
}
END_TEST

START_TEST(objects_by_place)
{
	struct landmark_call call = landmark_plain();

	add_process(100, "./program");
	add_mutex(FOREIGN, call.address);
	use_mutex(FOREIGN + 64, call.address);
	add_mutex(FOREIGN + 128, FOREIGN);
	apply((struct event){ .type = EVENT_cond_destroy, .object = FOREIGN + 192 });

	const char *made = names_object(names, object(0));
	g_autofree char *end = g_strdup_printf("tests/unit/landmarks.c:%d", call.line);
	ck_assert_msg(g_str_has_prefix(made, "mutex #1 made at "), "%s", made);
	ck_assert_msg(g_str_has_suffix(made, end), "%s", made);
	ck_assert_str_eq(names_object_stable(names, object(0)), "mutex made in landmark_plain");
	const char *used = names_object(names, object(1));
	ck_assert_msg(g_str_has_prefix(used, "mutex #2 first used at "), "%s", used);
	ck_assert_str_eq(names_object_stable(names, object(1)), "mutex");
	assert_object(2, "mutex #3 made at 0x500000000000", "mutex made in ?");
	assert_object(3, "condition #1", "condition");

	struct report_object row = names_report_object(names, object(2));
	ck_assert_uint_eq(row.id, object(2)->id);
	ck_assert_str_eq(row.kind, "mutex");
	ck_assert_str_eq(row.name, "mutex #3 made at 0x500000000000");
}
END_TEST

START_TEST(places_of_all_qualities)
{
	struct landmark_call call = landmark_plain();

	add_process(100, "./program");
	add_module(FOREIGN, "/opt/lib/libfoo.so.1");
	struct place place = { .process = (struct process *)process(0), .site = call.address };
	const char *text = names_place(names, place);
	ck_assert_msg(g_str_has_prefix(text, "landmark_plain ("), "%s", text);
	ck_assert_str_eq(names_place_stable(names, place), "landmark_plain");
	place.site = FOREIGN + 0x234;
	ck_assert_str_eq(names_place(names, place), "libfoo.so.1+0x234");
	ck_assert_str_eq(names_place_stable(names, place), "libfoo.so.1");
	place.site = 0x1136;
	ck_assert_str_eq(names_place(names, place), "0x1136");
	ck_assert_str_eq(names_place_stable(names, place), "?");
	ck_assert_str_eq(names_place(names, (struct place){ 0 }), "an unknown place");
	ck_assert_uint_eq(names_stack(names, (struct place){ 0 }).count, 0);
	/* A place without a process: from a damaged trace. */
	ck_assert_str_eq(names_place(names, (struct place){ .site = 0x1f }), "0x1f");
}
END_TEST

static struct stack stack_of(const uint64_t *frames, size_t count, uint64_t site)
{
	static uint64_t id = 1;

	apply((struct event){ .type = EVENT_process_stack, .object = ++id, .frames = frames,
			      .frame_count = count });
	return names_stack(names, (struct place){ (struct process *)process(0), site, id });
}

#define PRELOAD FOREIGN
#define LIBC (FOREIGN + 0x10000)

START_TEST(stacks_are_cleaned)
{
	int line;
	struct landmark_call outer = landmark_outer(&line), plain = landmark_plain();
	uint64_t frames[] = { PRELOAD + 8, outer.address, LIBC + 9, plain.address, LIBC + 4,
			      LIBC + 5 };

	add_process(100, "./program");
	add_module(PRELOAD, "/opt/heddle/libheddle-preload.so");
	add_module(LIBC, "/lib/x86_64-linux-gnu/libc.so.6.test");
	struct stack stack = stack_of(frames, G_N_ELEMENTS(frames), outer.address);

	ck_assert_uint_eq(stack.count, 4);
	ck_assert_str_eq(stack.frames[0].function, "landmark_inner");
	ck_assert(stack.frames[0].is_inlined);
	ck_assert_str_eq(stack.frames[1].function, "landmark_outer");
	ck_assert_int_eq(stack.frames[1].line, line);
	ck_assert_uint_eq(stack.frames[1].address, outer.address);
	ck_assert_uint_eq(stack.frames[1].offset, outer.address - self.start);
	ck_assert_str_eq(stack.frames[1].module, self.path);
	/* A callback that the C library calls stays. */
	ck_assert_uint_eq(stack.frames[2].address, LIBC + 9);
	ck_assert_uint_eq(stack.frames[2].offset, 9);
	ck_assert_ptr_null(stack.frames[2].function);
	ck_assert_str_eq(stack.frames[3].function, "landmark_plain");
}
END_TEST

/* Whether or not the C library's symbols are installed. */
START_TEST(start_of_thread_is_cut)
{
	pthread_t thread;
	void *below;
	Dl_info libc;

	ck_assert_int_eq(pthread_create(&thread, NULL, landmark_worker, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, &below), 0);
	ck_assert(dladdr(below, &libc));
	uint64_t frames[] = { landmark_plain().address, (uint64_t)below, (uint64_t)below };
	add_process(100, "./program");
	apply((struct event){ .type = EVENT_process_module, .object = (uint64_t)libc.dli_fbase,
			      .other = 0x400000, .text = libc.dli_fname });
	struct stack stack = stack_of(frames, 3, frames[0]);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_str_eq(stack.frames[0].function, "landmark_plain");
}
END_TEST

START_TEST(library_headers_are_no_places)
{
	struct landmark_call call = landmark_through_header();

	add_process(100, "./program");
	struct place place = { .process = (struct process *)process(0), .site = call.address };
	ck_assert_uint_eq(names_stack(names, place).count, 2);
	ck_assert_str_eq(names_stack(names, place).frames[0].file, "/usr/include/c++/landmarks");
	const char *text = names_place(names, place);
	ck_assert_msg(g_str_has_prefix(text, "landmark_through_header ("), "%s", text);
	ck_assert_msg(g_str_has_suffix(text, "tests/unit/landmarks.c:202)"), "%s", text);
	ck_assert_str_eq(names_place_stable(names, place), "landmark_through_header");
}
END_TEST

START_TEST(site_is_always_there)
{
	uint64_t ours[] = { PRELOAD + 8, PRELOAD + 16 }, others[] = { 0x30, 0, 0x40 };

	add_process(100, "./program");
	add_module(PRELOAD, "/opt/heddle/libheddle-preload.so");
	struct stack stack = stack_of(ours, 2, PRELOAD + 8);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_uint_eq(stack.frames[0].address, PRELOAD + 8);
	stack = stack_of(others, 3, 0x20);
	ck_assert_uint_eq(stack.count, 3);
	ck_assert_uint_eq(stack.frames[0].address, 0x20);
	ck_assert_uint_eq(stack.frames[2].address, 0x40);
	stack = names_stack(names, (struct place){ (struct process *)process(0), 0x50, 999999 });
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_uint_eq(stack.frames[0].address, 0x50);
}
END_TEST

static const struct {
	int64_t ns;
	const char *text;
} durations[] = {
	{ 0, "0 ns" }, { 999, "999 ns" }, { 1000, "1.00 us" }, { 1500, "1.50 us" },
	{ 9994, "9.99 us" }, { 9995, "10.0 us" }, { 99949, "99.9 us" }, { 99950, "100 us" },
	{ 999499, "999 us" }, { 999500, "1.00 ms" }, { 12345678, "12.3 ms" },
	{ 999999999, "1.00 s" }, { 3200000000, "3.20 s" }, { 75000000000, "75.0 s" },
	{ 119999999999, "120 s" }, { 120000000000, "2 min 0 s" }, { 125900000000, "2 min 5 s" },
	{ 7199000000000, "119 min 59 s" }, { 7200000000000, "2 h 0 min" },
	{ -1500, "-1.50 us" }, { INT64_MAX, "2562047 h 47 min" },
	{ INT64_MIN, "-2562047 h 47 min" },
};

START_TEST(durations_have_three_digits)
{
	ck_assert_str_eq(names_duration(names, durations[_i].ns), durations[_i].text);
}
END_TEST

Suite *suite_names(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = tcase_create("names");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, threads_by_name_routine_and_index);
	tcase_add_test(tests, threads_of_several_processes);
	tcase_add_test(tests, objects_by_given_name);
	tcase_add_test(tests, objects_by_symbol);
	tcase_add_test(tests, twins_are_told_apart);
	tcase_add_test(tests, generations_are_told_apart);
	tcase_add_test(tests, objects_by_place);
	tcase_add_test(tests, places_of_all_qualities);
	tcase_add_test(tests, stacks_are_cleaned);
	tcase_add_test(tests, start_of_thread_is_cut);
	tcase_add_test(tests, library_headers_are_no_places);
	tcase_add_test(tests, site_is_always_there);
	tcase_add_loop_test(tests, durations_have_three_digits, 0, G_N_ELEMENTS(durations));
	suite_add_tcase(suite, tests);
	return suite;
}
