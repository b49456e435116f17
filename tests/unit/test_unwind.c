/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of walking the call stack: it finds what libc's backtrace() finds, wherever it starts. */
#include <alloca.h>
#include <execinfo.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "primitives/cfi.h"
#include "primitives/unwind.h"

#include <check.h>

Suite *suite_unwind(void);

#if defined(__x86_64__) && defined(__LP64__)

#define FRAMES_MAX 128

static int compared;

/* Both start in this function; the first addresses are those of the two calls. */
static __attribute__((noinline)) void compare(void)
{
	static __thread uint64_t ours[FRAMES_MAX];
	static __thread void *theirs[FRAMES_MAX];
	unsigned count = unwind(ours, NULL, FRAMES_MAX, (struct unwind_stack){ 0 });
	int wanted = backtrace(theirs, FRAMES_MAX);

	/* AddressSanitizer's own backtrace() is a frame more, in front. */
	int more = wanted > 2 && (uint64_t)theirs[1] != ours[1];
	ck_assert_int_ge(wanted, 3);
	ck_assert_uint_eq(count + (unsigned)more, (unsigned)wanted);
	for (unsigned i = 1; i < count; i++)
		ck_assert_msg(ours[i] == (uint64_t)theirs[i + (unsigned)more], "frame %u", i);
	compared++;
}

static __attribute__((noinline)) void nested_inner(int depth)
{
	if (depth > 0)
		nested_inner(depth - 1);
	else
		compare();
	__asm__ volatile("");
}

START_TEST(plain_calls)
{
	unwind_load();
	for (int i = 0; i < 3; i++) {
		compare();
		nested_inner(1);
		nested_inner(40);
	}
}
END_TEST

static __attribute__((noinline)) void with_alloca(size_t size)
{
	char *memory = alloca(size);

	memset(memory, 1, size);
	compare();
	__asm__ volatile("" : : "r"(memory) : "memory");
}

static __attribute__((noinline)) void with_array(size_t size)
{
	char memory[size];

	memset(memory, 1, size);
	nested_inner(2);
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* More alignment than the caller gives: the frame's address is itself stored in the frame. */
static __attribute__((noinline)) void with_alignment(size_t size)
{
	_Alignas(64) char memory[256];
	char *more = alloca(size);

	memset(memory, 1, sizeof(memory));
	memset(more, 1, size);
	nested_inner(2);
	__asm__ volatile("" : : "r"(memory), "r"(more) : "memory");
}

START_TEST(frames_of_any_size)
{
	for (size_t size = 1; size < 100000; size *= 7) {
		with_alloca(size);
		with_array(size);
		with_alignment(size);
	}
}
END_TEST

#if defined(__GNUC__) && !defined(__clang__)
#define OPTIMISED __attribute__((noinline, optimize("O2", "omit-frame-pointer")))
#else
#define OPTIMISED __attribute__((noinline))
#endif

static OPTIMISED long without_frame_pointer(long a, long b, long c, long d)
{
	long array[10] = { a, b, c, d };

	__asm__ volatile("" : : "r"(array) : "memory");
	nested_inner(3);
	__asm__ volatile("" : : "r"(array) : "memory");
	return a * array[1] + b * array[2] + c + d;
}

static OPTIMISED long twice_without(long a, long b)
{
	long first = without_frame_pointer(a, b, a + b, a - b);

	return first + without_frame_pointer(b, a, first, a * b);
}

START_TEST(frames_without_pointer)
{
	ck_assert_int_ne(twice_without(3, 4), 0);
}
END_TEST

static int compare_numbers(const void *a, const void *b)
{
	compare();
	return *(const int *)a - *(const int *)b;
}

static void visit(const void *node, VISIT which, int depth)
{
	(void)node;
	(void)which;
	(void)depth;
	compare();
}

START_TEST(called_by_libc)
{
	int numbers[] = { 5, 3, 9, 1, 7 };
	int wanted = 7;
	void *tree = NULL;

	compared = 0;
	qsort(numbers, 5, sizeof(numbers[0]), compare_numbers);
	ck_assert_ptr_nonnull(bsearch(&wanted, numbers, 5, sizeof(numbers[0]), compare_numbers));
	for (int i = 0; i < 5; i++)
		ck_assert_ptr_nonnull(tsearch(&numbers[i], &tree, compare_numbers));
	twalk(tree, visit);
	for (int i = 0; i < 5; i++)
		tdelete(&numbers[i], &tree, compare_numbers);
	ck_assert_int_gt(compared, 20);
}
END_TEST

static void compare_in_handler(int signal)
{
	(void)signal;
	compare();
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = compare_in_handler, .sa_flags = flags };

	ck_assert_int_eq(sigaction(signal, &action, NULL), 0);
}

START_TEST(in_signal_handlers)
{
	static char memory[1 << 16];
	stack_t other = { .ss_sp = memory, .ss_size = sizeof(memory) };

	compare();
	compared = 0;
	handle(SIGUSR1, 0);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	ck_assert_int_eq(sigaltstack(&other, NULL), 0);
	handle(SIGUSR2, SA_ONSTACK);
	raise(SIGUSR2);
	ck_assert_int_eq(compared, 3);
}
END_TEST

static void compare_in_trap(int signal)
{
	static int inside;

	(void)signal;
	if (!inside++)
		compare();
	inside--;
}

static int order_numbers(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A timer meets functions anywhere: before their frames are made, and in the midst of it. */
START_TEST(interrupted_anywhere)
{
	struct sigaction action = { .sa_handler = compare_in_trap };
	struct itimerspec often = { { 0, 200000 }, { 0, 200000 } };
	int numbers[64];
	timer_t timer;

	compare();
	compared = 0;
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &often, NULL), 0);
	while (compared < 300) {
		for (int i = 0; i < 64; i++)
			numbers[i] = (i * 37 + compared) % 64;
		qsort(numbers, 64, sizeof(numbers[0]), order_numbers);
	}
	timer_delete(timer);
}
END_TEST

static void *thread_start(void *unused)
{
	for (int i = 0; i < 1000; i++)
		nested_inner(i % 8);
	return unused;
}

START_TEST(threads_share_what_they_know)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_start, NULL), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

START_TEST(no_more_than_asked_for)
{
	uint64_t all[FRAMES_MAX], some[FRAMES_MAX] = { 0 };
	unsigned count = unwind(all, NULL, FRAMES_MAX, (struct unwind_stack){ 0 });

	ck_assert_uint_gt(count, 3);
	for (unsigned max = 0; max < count; max++) {
		ck_assert_uint_eq(unwind(some, NULL, max, (struct unwind_stack){ 0 }), max);
		ck_assert_uint_eq(some[max], 0);
	}
	for (unsigned i = 1; i + 1 < count; i++)
		ck_assert_uint_eq(some[i], all[i]);
}
END_TEST

/* The walk ends where the stack does, though the information would lead on. */
START_TEST(not_beyond_the_stack)
{
	uint64_t frames[FRAMES_MAX];
	uint64_t here = (uint64_t)__builtin_frame_address(0);
	unsigned all =
		unwind(frames, NULL, FRAMES_MAX, (struct unwind_stack){ here - 65536, UINT64_MAX });
	unsigned own =
		unwind(frames, NULL, FRAMES_MAX, (struct unwind_stack){ here - 65536, here + 16 });

	ck_assert_uint_gt(all, 3);
	ck_assert_uint_eq(own, 2);
	ck_assert_uint_eq(
		unwind(frames, NULL, FRAMES_MAX, (struct unwind_stack){ 1, here - 65536 }), all);
}
END_TEST

static struct unwind_stack generated_stack;
static unsigned generated_count;
static uint64_t generated_frames[FRAMES_MAX];

static void called_by_generated(void)
{
	generated_count = unwind(generated_frames, NULL, FRAMES_MAX, generated_stack);
}

/* Code that nothing describes: the frame pointer leads on, where the stack is known. */
START_TEST(undescribed_code)
{
	/* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
	static const uint8_t code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
	uint8_t *memory =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t here = (uint64_t)__builtin_frame_address(0);
	uint64_t frames[FRAMES_MAX];
	void (*generated)(void (*)(void));

	ck_assert_ptr_ne(memory, MAP_FAILED);
	memcpy(memory, code, sizeof(code));
	ck_assert_int_eq(mprotect(memory, 4096, PROT_READ | PROT_EXEC), 0);
	memcpy(&generated, &memory, sizeof(generated));
	generated(called_by_generated);
	ck_assert_uint_eq(generated_count, 2);
	ck_assert_uint_eq(generated_frames[1], (uint64_t)memory + 6);
	unsigned count = unwind(frames, NULL, FRAMES_MAX, generated_stack);
	generated_stack = (struct unwind_stack){ here - 65536, here + 65536 };
	generated(called_by_generated);
	ck_assert_uint_eq(generated_count, count + 2);
	ck_assert_uint_eq(generated_frames[3], frames[1]);
	munmap(memory, 4096);
}
END_TEST

START_TEST(addresses_without_object)
{
	static const uint64_t addresses[] = { 0, 1, 4096, UINT64_MAX, UINT64_C(1) << 63, 0x1234567 };
	struct cfi_object object;

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		ck_assert(!cfi_find_object(addresses[i], &object));
}
END_TEST

/* Also what lies between variables, which the address sanitizer would not have. */
static __attribute__((no_sanitize("address"))) void copy_object(uint8_t *to,
								const struct cfi_object *object)
{
	const volatile uint8_t *from = (const volatile uint8_t *)object->start;

	for (uint64_t i = 0; i < object->end - object->start; i++)
		to[i] = from[i];
}

/* Each byte of our own information damaged once: the answer may be wrong, but there is one. */
START_TEST(damaged_information)
{
	struct cfi_object object, copy;
	unsigned known = 0;

	ck_assert(cfi_find_object((uint64_t)&suite_unwind, &object));
	uint64_t size = object.end - object.start;
	uint8_t *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	copy_object(memory, &object);
	copy = object;
	copy.start = (uint64_t)memory;
	copy.end = copy.start + size;
	copy.header = memory + ((uint64_t)object.header - object.start);
	uint64_t address = copy.start + ((uint64_t)&suite_unwind - object.start) + 20;
	ck_assert_uint_ne(cfi_find_rule(&copy, address).cfa, CFI_UNKNOWN);
	uint64_t tail = (uint64_t)(memory + size - copy.header);
	for (uint64_t i = 0; i < tail && i < 200000; i++) {
		uint8_t was = copy.header[i];

		((uint8_t *)copy.header)[i] = (uint8_t)(was ^ (i * 7919 >> 3 | 1));
		known += cfi_find_rule(&copy, address).cfa >= CFI_FROM_RSP;
		((uint8_t *)copy.header)[i] = was;
	}
	ck_assert_uint_gt(known, 0);
	munmap(memory, size);
}
END_TEST

Suite *suite_unwind(void)
{
	Suite *suite = suite_create("unwind");
	TCase *tests = tcase_create("unwind");

	tcase_add_test(tests, plain_calls);
	tcase_add_test(tests, frames_of_any_size);
	tcase_add_test(tests, frames_without_pointer);
	tcase_add_test(tests, called_by_libc);
	tcase_add_test(tests, in_signal_handlers);
	tcase_add_test(tests, interrupted_anywhere);
	tcase_add_test(tests, threads_share_what_they_know);
	tcase_add_test(tests, no_more_than_asked_for);
	tcase_add_test(tests, not_beyond_the_stack);
	tcase_add_test(tests, undescribed_code);
	tcase_add_test(tests, addresses_without_object);
	tcase_add_test(tests, damaged_information);
	suite_add_tcase(suite, tests);
	return suite;
}

#else

Suite *suite_unwind(void)
{
	return suite_create("unwind");
}

#endif
