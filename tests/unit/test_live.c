/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of what is done about rings that traced threads tell of: looked at twice, said once, ended or not. */
/* Before check.h, which has a macro of the name fail. */
#include "analyzer/live.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

Suite *suite_live(void);

#define LATER INT64_C(1000000000)

static struct arena *arena;
static struct live live;
static char said[2000];
static int said_count;

static void hear(const char *sentence)
{
	snprintf(said, sizeof(said), "%s", sentence);
	said_count++;
}

static void make(void)
{
	arena = mmap(NULL, ARENA_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	ck_assert_ptr_ne(arena, MAP_FAILED);
	said_count = 0;
}

static void done(void)
{
	munmap(arena, ARENA_HEADER_SIZE);
}

static void wait_in(uint32_t entry, int32_t tid, enum event_type type)
{
	struct waits *waits = arena_waits(arena);

	atomic_store(&waits->owners[entry], waits_owner(getpid(), tid, waits_space()));
	atomic_store(&waits->entries[entry].type, type);
	atomic_store(&waits->entries[entry].version, 2);
}

static void tell(uint32_t number, uint32_t count)
{
	struct waits_ring *ring = &arena_waits(arena)->rings[number];

	for (uint32_t i = 0; i < count && i < WAITS_MEMBERS; i++)
		ring->members[i] = (struct waits_member){ 2, i, 0 };
	atomic_store(&ring->identity, number + 1);
	atomic_store(&ring->count, count);
}

/* The calling thread in a ring with itself as another one would be. */
static void tell_pair(void)
{
	wait_in(0, gettid(), EVENT_mutex_lock_begin);
	wait_in(1, gettid(), EVENT_thread_join_begin);
	tell(0, 2);
}

START_TEST(ends_what_lasts)
{
	live_init(&live, LIVE_KILL, hear, arena);
	ck_assert(live.next_ns == LIVE_NEVER && !live_step(&live, LATER));
	tell_pair();
	live_hear(&live, 1);
	ck_assert(live.next_ns > 1 && live.next_ns < LATER);
	ck_assert(!live_step(&live, live.next_ns - 1));
	ck_assert(live_step(&live, live.next_ns));
	ck_assert_int_eq(said_count, 1);
	ck_assert_ptr_nonnull(strstr(said, "waits for a mutex of "));
	ck_assert_ptr_nonnull(strstr(said, "which waits for the end of "));
	ck_assert_ptr_nonnull(strstr(said, "; COMMAND is ended"));
	/* Once. */
	live_hear(&live, LATER);
	ck_assert(live.next_ns == LIVE_NEVER && !live_step(&live, 3 * LATER));
	ck_assert_int_eq(said_count, 1);
}
END_TEST

START_TEST(lets_go_what_does_not_last)
{
	live_init(&live, LIVE_KILL, hear, arena);
	tell_pair();
	live_hear(&live, 1);
	atomic_store(&arena_waits(arena)->entries[1].version, 4);
	ck_assert(!live_step(&live, LATER));
	ck_assert_int_eq(said_count, 0);
}
END_TEST

START_TEST(lets_the_dead_be)
{
	live_init(&live, LIVE_KILL, hear, arena);
	tell_pair();
	/* No thread of this process. */
	wait_in(1, getppid(), EVENT_mutex_lock_begin);
	live_hear(&live, 1);
	ck_assert(!live_step(&live, LATER));
	ck_assert_int_eq(said_count, 0);
}
END_TEST

START_TEST(only_says_or_not_even_that)
{
	tell_pair();
	live_init(&live, LIVE_REPORT, hear, arena);
	live_hear(&live, 1);
	ck_assert(!live_step(&live, LATER));
	ck_assert_int_eq(said_count, 1);
	ck_assert_ptr_null(strstr(said, "COMMAND"));
	live_init(&live, LIVE_IGNORE, hear, arena);
	live_hear(&live, 1);
	ck_assert(live.next_ns == LIVE_NEVER && !live_step(&live, LATER));
	live_init(&live, LIVE_KILL, hear, NULL);
	live_hear(&live, 1);
	ck_assert(!live_step(&live, LATER));
	ck_assert_int_eq(said_count, 1);
}
END_TEST

/* What a stranger's memory can hold. */
START_TEST(survives_nonsense)
{
	struct waits *waits = arena_waits(arena);

	live_init(&live, LIVE_KILL, hear, arena);
	memset(waits->rings, 0xff, sizeof(waits->rings));
	live_hear(&live, 1);
	ck_assert(!live_step(&live, LATER));
	for (uint32_t i = 0; i < WAITS_MEMBERS; i++)
		wait_in(i, gettid(), EVENT_rwlock_wrlock_begin);
	live_init(&live, LIVE_KILL, hear, arena);
	tell(3, UINT32_MAX);
	tell(4, 1);
	live_hear(&live, 1);
	ck_assert(live_step(&live, LATER));
	ck_assert_int_eq(said_count, 2);
	ck_assert_ptr_nonnull(strstr(said, "holds itself"));
}
END_TEST

Suite *suite_live(void)
{
	Suite *suite = suite_create("live");
	TCase *rings = tcase_create("rings");

	tcase_add_checked_fixture(rings, make, done);
	tcase_add_test(rings, ends_what_lasts);
	tcase_add_test(rings, lets_go_what_does_not_last);
	tcase_add_test(rings, lets_the_dead_be);
	tcase_add_test(rings, only_says_or_not_even_that);
	tcase_add_test(rings, survives_nonsense);
	suite_add_tcase(suite, rings);
	return suite;
}
