/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What moves: buffers that are filled by hand, and real processes. */
/* Before check.h, which has a macro of the name fail. */
#include "tests/unit/small_arena.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analyzer/movement.h"
#include "libtrace/waits.h"

Suite *suite_movement(void);

static const pid_t nobody[1];
static struct stall_sample before, now;

static void show_wait(uint32_t number, enum event_type type, uint64_t version)
{
	struct waits *waits = arena_waits(arena);

	atomic_store(&waits->owners[number], waits_owner(4242, 4243, waits_space()));
	atomic_store(&waits->entries[number].type, type);
	atomic_store(&waits->entries[number].version, version);
}

/* Has anything moved since the last time? */
static bool moves(void)
{
	before = now;
	movement_see(arena, nobody, &now);
	return now.movement != before.movement;
}

static void setup(void)
{
	small_arena_make();
	atomic_store(&arena->allocated, SMALL_ARENA_CHUNKS);
	moves();
}

START_TEST(sees_what_is_recorded)
{
	ck_assert(!moves());
	struct chunk *chunk = claim(3, 7, 1);
	ck_assert(moves());
	append(chunk, 0, 1);
	ck_assert(moves());
	ck_assert(!moves());
	own(3, ARENA_FULL);
	ck_assert(moves());
	ck_assert(!moves());
}
END_TEST

START_TEST(sees_what_is_only_counted)
{
	struct arena_counts *counts = arena_counts(arena, 2);

	own(2, ARENA_COUNTS);
	atomic_store(&counts->tail, 2);
	counts->list[1].count = 5;
	moves();
	ck_assert(!moves());
	counts->list[1].count++;
	ck_assert(moves());
}
END_TEST

START_TEST(sees_waits_begin_and_end)
{
	show_wait(9, EVENT_mutex_lock_begin, 2);
	ck_assert(moves());
	ck_assert_uint_eq(now.waiting, 1);
	ck_assert(!moves());
	show_wait(9, EVENT_mutex_lock_begin, 4);
	ck_assert(moves());
	show_wait(9, EVENT_process_start, 6);
	ck_assert(moves());
	ck_assert_uint_eq(now.waiting, 0);
}
END_TEST

START_TEST(knows_which_waits_end_by_themselves)
{
	show_wait(1, EVENT_io_begin, 2);
	show_wait(2, EVENT_sleep_begin, 2);
	show_wait(3, EVENT_cond_timedwait_begin, 2);
	show_wait(4, EVENT_thread_join_begin, 2);
	show_wait(5, EVENT_cond_wait_begin, 2);
	moves();
	ck_assert_uint_eq(now.waiting, 2);
}
END_TEST

START_TEST(sees_processes_come_and_go)
{
	show_wait(1, EVENT_mutex_lock_begin, 2);
	moves();
	ck_assert(!moves());
	pid_t child = fork();
	if (child == 0)
		for (;;)
			pause();
	ck_assert(moves());
	ck_assert(!moves());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert(moves());
}
END_TEST

START_TEST(sees_who_computes)
{
	pid_t child = fork();

	if (child == 0)
		for (;;)
			;
	show_wait(1, EVENT_mutex_lock_begin, 2);
	moves();
	ck_assert(now.is_running);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	moves();
	ck_assert(!now.is_running);
}
END_TEST

START_TEST(survives_damage)
{
	memset(arena->owners, 0xff, sizeof(arena->owners));
	memset(arena_waits(arena), 0xff, sizeof(struct waits));
	atomic_store(&arena->allocated, SMALL_ARENA_CHUNKS);
	for (uint32_t i = 0; i < SMALL_ARENA_CHUNKS; i++) {
		memset(arena_chunk(arena, i), 0xff, sizeof(struct chunk));
		own(i, i % 2 ? ARENA_COUNTS : ARENA_ACTIVE);
	}
	moves();
	ck_assert(!moves());
}
END_TEST

Suite *suite_movement(void)
{
	Suite *suite = suite_create("movement");
	TCase *all = tcase_create("movement");

	tcase_add_checked_fixture(all, setup, small_arena_done);
	tcase_add_test(all, sees_what_is_recorded);
	tcase_add_test(all, sees_what_is_only_counted);
	tcase_add_test(all, sees_waits_begin_and_end);
	tcase_add_test(all, knows_which_waits_end_by_themselves);
	tcase_add_test(all, sees_processes_come_and_go);
	tcase_add_test(all, sees_who_computes);
	tcase_add_test(all, survives_damage);
	suite_add_tcase(suite, all);
	return suite;
}
