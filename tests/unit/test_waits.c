/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the table of waits as the tool reads it: what is shown, what is torn, who is no more. */
/* Before check.h, which has a macro of the name fail. */
#include "libtrace/waits.h"
#include "libtrace/arena.h"

#include <check.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_waits(void);

static struct waits *waits;

static void make(void)
{
	waits = aligned_alloc(64, sizeof(*waits));
	ck_assert_ptr_nonnull(waits);
	memset(waits, 0, sizeof(*waits));
}

static void done(void)
{
	free(waits);
}

static void show(uint32_t number, int32_t pid, int32_t tid, enum event_type type)
{
	struct waits_entry *entry = &waits->entries[number];

	atomic_store(&waits->owners[number], waits_owner(pid, tid, waits_space()));
	atomic_store(&entry->type, type);
	atomic_store(&entry->object, 0x1000 + number);
	atomic_store(&entry->ticks, 7);
	atomic_store(&entry->version, 2);
}

START_TEST(shows_what_waits)
{
	struct waits_seen seen;
	uint32_t at = 0;

	ck_assert(!waits_next(waits, &at, &seen));
	show(3, 4242, 4243, EVENT_mutex_lock_begin);
	show(5, 4242, 4244, EVENT_process_start);
	show(WAITS_COUNT - 1, INT32_MAX & WAITS_ID_MASK, 4245, EVENT_sem_timedwait_begin);
	at = 0;
	ck_assert(waits_next(waits, &at, &seen));
	ck_assert(seen.pid == 4242 && seen.tid == 4243 && seen.object == 0x1003);
	ck_assert(seen.type == EVENT_mutex_lock_begin && !seen.is_timed && !seen.is_elsewhere);
	ck_assert(seen.ticks == 7 && seen.version == 2 && seen.entry == 3);
	ck_assert(waits_next(waits, &at, &seen));
	ck_assert(seen.pid == WAITS_ID_MASK && seen.tid == 4245 && seen.is_timed);
	ck_assert(!waits_next(waits, &at, &seen));
}
END_TEST

START_TEST(knows_whether_it_lasts)
{
	struct waits_seen seen;

	show(3, 4242, 4243, EVENT_mutex_lock_begin);
	ck_assert(waits_see(waits, 3, &seen));
	ck_assert(waits_lasts(waits, &seen));
	atomic_store(&waits->entries[3].version, 4);
	ck_assert(!waits_lasts(waits, &seen));
	atomic_store(&waits->entries[3].version, 2);
	atomic_store(&waits->owners[3], waits_owner(4242, 4244, waits_space()));
	ck_assert(!waits_lasts(waits, &seen));
	atomic_store(&waits->owners[3], 0);
	ck_assert(!waits_lasts(waits, &seen));
}
END_TEST

/* What a stranger, or a thread that died in the midst, can leave there. */
START_TEST(passes_over_nonsense)
{
	struct waits_seen seen;
	uint32_t at = 0;

	ck_assert(!waits_see(waits, WAITS_COUNT, &seen));
	ck_assert(!waits_see(waits, UINT32_MAX, &seen));
	show(1, 4242, 4243, EVENT_COUNT);
	show(2, 4242, 4244, (enum event_type)INT_MAX);
	show(3, 4242, 4245, EVENT_mutex_lock_end);
	show(4, 4242, 4246, EVENT_mutex_lock_begin);
	atomic_store(&waits->entries[4].version, UINT64_MAX);
	ck_assert(!waits_next(waits, &at, &seen));
	show(4, 4242, 4246, EVENT_io_begin);
	memset(waits->entries[4].name, 'x', WAITS_NAME_SIZE);
	ck_assert(waits_see(waits, 4, &seen));
	ck_assert_uint_eq(strlen(seen.name), WAITS_NAME_SIZE);
}
END_TEST

START_TEST(reclaims_who_is_no_more)
{
	struct waits_seen seen;
	pid_t dead = fork();

	if (dead == 0)
		_exit(0);
	waitpid(dead, NULL, 0);
	show(1, getpid(), gettid(), EVENT_mutex_lock_begin);
	show(2, dead, dead, EVENT_mutex_lock_begin);
	show(3, getpid(), dead, EVENT_mutex_lock_begin);
	show(4, dead, dead, EVENT_mutex_lock_begin);
	atomic_store(&waits->owners[4], waits_owner(dead, dead, waits_space() + 1));
	show(5, dead, dead, EVENT_mutex_lock_begin);
	atomic_store(&waits->entries[5].version, 5);
	waits_reclaim(waits);
	ck_assert(waits_see(waits, 1, &seen));
	for (uint32_t i = 2; i <= 5; i++) {
		bool is_elsewhere = i == 4;

		ck_assert_int_eq(waits_see(waits, i, &seen), is_elsewhere);
		ck_assert_int_eq(atomic_load(&waits->owners[i]) != 0, is_elsewhere);
		ck_assert_uint_eq(atomic_load(&waits->entries[i].version) % 2, 0);
	}
	ck_assert(waits_see(waits, 4, &seen) && seen.is_elsewhere);
}
END_TEST

static atomic_bool is_over;

static void *write_on(void *unused)
{
	struct waits_entry *entry = &waits->entries[9];

	(void)unused;
	for (uint64_t i = 1; !atomic_load(&is_over); i++) {
		uint64_t version = 2 * i + 1;

		atomic_store_explicit(&entry->version, version, memory_order_relaxed);
		atomic_thread_fence(memory_order_release);
		atomic_store_explicit(&entry->object, i, memory_order_relaxed);
		atomic_store_explicit(&entry->ticks, i, memory_order_relaxed);
		atomic_store_explicit(&entry->awaited, (uint32_t)i, memory_order_relaxed);
		atomic_store_explicit(&entry->version, version + 1, memory_order_release);
	}
	return NULL;
}

START_TEST(never_mixes_two_waits)
{
	struct waits_seen seen;
	pthread_t writer;

	atomic_store(&is_over, false);
	show(9, getpid(), gettid(), EVENT_thread_join_begin);
	atomic_store(&waits->entries[9].object, 7);
	atomic_store(&waits->entries[9].awaited, 7);
	pthread_create(&writer, NULL, write_on, NULL);
	for (int i = 0; i < 100000; i++) {
		if (!waits_see(waits, 9, &seen))
			continue;
		ck_assert_uint_eq(seen.object, seen.ticks);
		ck_assert_uint_eq((uint32_t)seen.awaited, (uint32_t)seen.object);
	}
	atomic_store(&is_over, true);
	pthread_join(writer, NULL);
}
END_TEST

START_TEST(owners_come_back)
{
	uint64_t owner = waits_owner(4194303, 4194302, 0xfffff);

	ck_assert_int_eq(waits_owner_pid(owner), 4194303);
	ck_assert_int_eq(waits_owner_tid(owner), 4194302);
	ck_assert_uint_eq(waits_owner_space(owner), 0xfffff);
	ck_assert_uint_ne(waits_owner(1, 1, 0), 0);
	ck_assert_uint_lt(waits_place(INT32_MAX, WAITS_WAYS - 1), WAITS_COUNT);
}
END_TEST

/* Stamps become times: of what began a second ago to some ms, even if the clock is a day old. */
START_TEST(stamps_become_times)
{
	struct arena arena = { .uses_tsc = arena_uses_tsc() };

	arena.start = arena_now(arena.uses_tsc);
	usleep(20000);
	struct arena_clock then = arena_now(arena.uses_tsc);
	usleep(20000);
	ck_assert_int_lt(llabs(arena_ns(&arena, then.ticks) - then.ns), 1000000);
	arena.uses_tsc = 0;
	ck_assert_int_eq(arena_ns(&arena, 12345), 12345);
}
END_TEST

Suite *suite_waits(void)
{
	Suite *suite = suite_create("waits");
	TCase *table = tcase_create("table");

	tcase_add_checked_fixture(table, make, done);
	tcase_add_test(table, shows_what_waits);
	tcase_add_test(table, knows_whether_it_lasts);
	tcase_add_test(table, passes_over_nonsense);
	tcase_add_test(table, reclaims_who_is_no_more);
	tcase_add_test(table, never_mixes_two_waits);
	tcase_add_test(table, owners_come_back);
	tcase_add_test(table, stamps_become_times);
	suite_add_tcase(suite, table);
	return suite;
}
