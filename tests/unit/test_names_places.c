/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of places and stacks in words, on models made from events about the runner's own code and data. */
#include "analyzer/names.h"

#include <dlfcn.h>
#include <string.h>

#include "tests/unit/named_trace.h"

#include <check.h>

Suite *suite_names_places(void);

START_TEST(places_of_all_qualities)
{
	struct landmark_call call = landmark_plain();

	named_trace_add_process(100, "./program");
	named_trace_add_module(FOREIGN, "/opt/lib/libfoo.so.1");
	struct place place = { .process = (struct process *)named_trace_process(0),
			       .site = call.address };
	const char *text = names_place(named.names, place);
	ck_assert_msg(g_str_has_prefix(text, "landmark_plain ("), "%s", text);
	ck_assert_str_eq(names_place_stable(named.names, place), "landmark_plain");
	place.site = FOREIGN + 0x234;
	ck_assert_str_eq(names_place(named.names, place), "libfoo.so.1+0x234");
	ck_assert_str_eq(names_place_stable(named.names, place), "libfoo.so.1");
	place.site = 0x1136;
	ck_assert_str_eq(names_place(named.names, place), "0x1136");
	ck_assert_str_eq(names_place_stable(named.names, place), "?");
	ck_assert_str_eq(names_place(named.names, (struct place){ 0 }), "an unknown place");
	ck_assert_uint_eq(names_stack(named.names, (struct place){ 0 }).count, 0);
	/* A place without a process: from a damaged trace. */
	ck_assert_str_eq(names_place(named.names, (struct place){ .site = 0x1f }), "0x1f");
}
END_TEST

static struct stack stack_of(const uint64_t *frames, size_t count, uint64_t site)
{
	static uint64_t id = 1;

	named_trace_apply((struct event){ .type = EVENT_process_stack,
					  .object = ++id,
					  .frames = frames,
					  .frame_count = count });
	return names_stack(named.names,
			   (struct place){ (struct process *)named_trace_process(0), site, id });
}

#define PRELOAD FOREIGN
#define NATIVE FOREIGN
#define LIBC (FOREIGN + 0x10000)

START_TEST(stacks_are_cleaned)
{
	int line;
	struct landmark_call outer = landmark_outer(&line), plain = landmark_plain();
	uint64_t frames[] = { PRELOAD + 8,   outer.address, LIBC + 9,
			      plain.address, LIBC + 4,	    LIBC + 5 };

	named_trace_add_process(100, "./program");
	named_trace_add_module(PRELOAD, "/opt/heddle/libheddle-preload.so");
	named_trace_add_module(LIBC, "/lib/x86_64-linux-gnu/libc.so.6.test");
	struct stack stack = stack_of(frames, G_N_ELEMENTS(frames), outer.address);

	ck_assert_uint_eq(stack.count, 4);
	ck_assert_str_eq(stack.frames[0].function, "landmark_inner");
	ck_assert(stack.frames[0].is_inlined);
	ck_assert_str_eq(stack.frames[1].function, "landmark_outer");
	ck_assert_int_eq(stack.frames[1].line, line);
	ck_assert_uint_eq(stack.frames[1].address, outer.address);
	ck_assert_uint_eq(stack.frames[1].offset, outer.address - named.self.start);
	ck_assert_str_eq(stack.frames[1].module, named.self.path);
	/* A callback that the C library calls stays. */
	ck_assert_uint_eq(stack.frames[2].address, LIBC + 9);
	ck_assert_uint_eq(stack.frames[2].offset, 9);
	ck_assert_ptr_null(stack.frames[2].function);
	ck_assert_str_eq(stack.frames[3].function, "landmark_plain");
}
END_TEST

/* What waits within the native library, and what it runs a thread by. */
START_TEST(native_library_is_hidden)
{
	struct landmark_call plain = landmark_plain();
	uint64_t frames[] = { NATIVE + 8, NATIVE + 16, plain.address, NATIVE + 24, LIBC + 4 };

	named_trace_add_process(100, "./program");
	named_trace_add_module(NATIVE, "/usr/lib/libheddle.so.0.1.0");
	named_trace_add_module(LIBC, "/lib/x86_64-linux-gnu/libc.so.6.test");
	struct stack stack = stack_of(frames, G_N_ELEMENTS(frames), 0);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_str_eq(stack.frames[0].function, "landmark_plain");
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
	named_trace_add_process(100, "./program");
	named_trace_apply((struct event){ .type = EVENT_process_module,
					  .object = (uint64_t)libc.dli_fbase,
					  .other = 0x400000,
					  .text = libc.dli_fname });
	struct stack stack = stack_of(frames, 3, frames[0]);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_str_eq(stack.frames[0].function, "landmark_plain");
}
END_TEST

START_TEST(library_headers_are_no_places)
{
	struct landmark_call call = landmark_through_header();

	named_trace_add_process(100, "./program");
	struct place place = { .process = (struct process *)named_trace_process(0),
			       .site = call.address };
	ck_assert_uint_eq(names_stack(named.names, place).count, 2);
	ck_assert_str_eq(names_stack(named.names, place).frames[0].file,
			 "/usr/include/c++/landmarks");
	const char *text = names_place(named.names, place);
	ck_assert_msg(g_str_has_prefix(text, "landmark_through_header ("), "%s", text);
	ck_assert_msg(g_str_has_suffix(text, "tests/unit/landmarks.c:202)"), "%s", text);
	ck_assert_str_eq(names_place_stable(named.names, place), "landmark_through_header");
}
END_TEST

START_TEST(site_is_always_there)
{
	uint64_t ours[] = { PRELOAD + 8, PRELOAD + 16 }, others[] = { 0x30, 0, 0x40 };

	named_trace_add_process(100, "./program");
	named_trace_add_module(PRELOAD, "/opt/heddle/libheddle-preload.so");
	struct stack stack = stack_of(ours, 2, PRELOAD + 8);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_uint_eq(stack.frames[0].address, PRELOAD + 8);
	stack = stack_of(others, 3, 0x20);
	ck_assert_uint_eq(stack.count, 3);
	ck_assert_uint_eq(stack.frames[0].address, 0x20);
	ck_assert_uint_eq(stack.frames[2].address, 0x40);
	stack = names_stack(named.names, (struct place){ (struct process *)named_trace_process(0),
							 0x50, 999999 });
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_uint_eq(stack.frames[0].address, 0x50);
}
END_TEST

Suite *suite_names_places(void)
{
	Suite *suite = suite_create("names_places");
	TCase *tests = tcase_create("places");

	tcase_add_checked_fixture(tests, named_trace_setup, named_trace_teardown);
	tcase_add_test(tests, places_of_all_qualities);
	tcase_add_test(tests, stacks_are_cleaned);
	tcase_add_test(tests, native_library_is_hidden);
	tcase_add_test(tests, start_of_thread_is_cut);
	tcase_add_test(tests, library_headers_are_no_places);
	tcase_add_test(tests, site_is_always_there);
	suite_add_tcase(suite, tests);
	return suite;
}
