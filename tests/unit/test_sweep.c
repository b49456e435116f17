/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector takes out of the buffers: parts, full chunks, their order. */
/* Before check.h, which has a macro of the name fail. */
#include "tests/unit/small_arena.h"

#include <check.h>

Suite *suite_sweep(void);

START_TEST(emits_what_was_added)
{
	struct chunk *chunk = claim(3, 7, 1);

	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	append(chunk, 0, 5);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_FULL), 0);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 1);
	const struct seen *part = only_seen();
	ck_assert_uint_eq(part->writer, 7);
	ck_assert_uint_eq(part->offset, 0);
	ck_assert_uint_eq(part->count, 5);
	ck_assert(!part->is_last);
	append(chunk, 5, 2);
	sweep_run(sweep, SWEEP_ALL);
	part = only_seen();
	ck_assert_uint_eq(part->offset, 5);
	ck_assert_uint_eq(part->count, 2);
	ck_assert_uint_eq(number_in(part->first), 5);
	ck_assert_uint_eq(sweep_counts(sweep)->events, 7);
}
END_TEST

static void count(uint32_t number, struct arena_count count)
{
	arena_counts(arena, 2)->list[number] = count;
	atomic_store(&arena_counts(arena, 2)->tail, number + 1);
}

/* Those of who was killed, behind what it has written; and only at the end. */
START_TEST(tells_counts_at_the_end)
{
	append(claim(0, 9, 1), 0, 4);
	arena_counts(arena, 2)->writer = 9;
	count(0, (struct arena_count){ .object = 7, .type = EVENT_mutex_count, .count = 5 });
	count(1, (struct arena_count){ .object = 8, .type = EVENT_mutex_count });
	count(2, (struct arena_count){ .object = 9, .count = 3 });
	count(3, (struct arena_count){ .object = 9, .type = EVENT_COUNT, .count = 3 });
	own(2, ARENA_COUNTS);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(only_seen()->count, 4);
	sweep_run(sweep, SWEEP_LAST);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_uint_eq(seen[1].writer, 9);
	ck_assert_uint_eq(seen[1].sequence, 2);
	ck_assert_uint_eq(seen[1].offset, 0);
	ck_assert(seen[1].is_last);
	ck_assert_uint_eq(sweep_counts(sweep)->events, 5);
}
END_TEST

START_TEST(tells_many_counts_in_parts)
{
	arena_counts(arena, 2)->writer = 9;
	for (uint32_t i = 0; i < ARENA_COUNTS_MAX; i++)
		count(i, (struct arena_count){ i + 1, 2, 3, EVENT_sem_count, i + 1 });
	/* A tail that cannot be. */
	atomic_store(&arena_counts(arena, 2)->tail, UINT32_MAX);
	own(2, ARENA_COUNTS);
	sweep_run(sweep, SWEEP_LAST);
	ck_assert_uint_gt(seen_count, 1);
	for (uint32_t i = 0; i < seen_count; i++) {
		ck_assert_uint_eq(seen[i].sequence, i + 1);
		ck_assert(seen[i].is_last);
	}
	ck_assert_uint_eq(sweep_counts(sweep)->events, ARENA_COUNTS_MAX);
}
END_TEST

START_TEST(frees_what_is_full)
{
	struct chunk *chunk = claim(0, 1, 1);
	uint32_t freed = atomic_load(&arena->freed);

	append(chunk, 0, SMALL_ARENA_WORDS);
	own(0, ARENA_FULL);
	sweep_run(sweep, SWEEP_FULL);
	ck_assert_uint_eq(seen_count, 4);
	for (uint32_t i = 0, words = 0; i < 4; words += seen[i++].count) {
		ck_assert_uint_eq(seen[i].offset, words);
		ck_assert_uint_eq(number_in(seen[i].first), words);
		ck_assert_int_eq(seen[i].is_last, i == 3);
	}
	ck_assert_uint_eq(number_in(seen[3].last), SMALL_ARENA_WORDS - 1);
	ck_assert_int_eq(state_of(0), ARENA_FREE);
	ck_assert_uint_ne(atomic_load(&arena->freed), freed);
	ck_assert_uint_eq(sweep_counts(sweep)->batches, 4);
	ck_assert_uint_eq(sweep_counts(sweep)->bytes,
			  4 * SWEEP_BATCH_BYTES + 4 * SMALL_ARENA_WORDS);
}
END_TEST

START_TEST(tells_the_end_of_what_is_emitted)
{
	append(claim(0, 1, 1), 0, 3);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert(!only_seen()->is_last);
	own(0, ARENA_FULL);
	sweep_run(sweep, SWEEP_FULL);
	const struct seen *part = only_seen();
	ck_assert(part->is_last);
	ck_assert_uint_eq(part->offset, 3);
	ck_assert_uint_eq(part->count, 0);
}
END_TEST

START_TEST(leaves_the_freed_content)
{
	append(claim(0, 1, 1), 0, 100);
	own(0, ARENA_FULL);
	sweep_run(sweep, SWEEP_FULL);
	seen_count = 0;
	/* Claimed by somebody who has written nothing of the header yet. */
	own(0, ARENA_ACTIVE);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	arena_chunk(arena, 0)->writer = 0;
	arena_chunk(arena, 0)->sequence = 1;
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	append(fill_header(0, 2, 1), 500, 2);
	sweep_run(sweep, SWEEP_ALL);
	const struct seen *part = only_seen();
	ck_assert_uint_eq(part->writer, 2);
	ck_assert_uint_eq(part->count, 2);
	ck_assert_uint_eq(number_in(part->first), 500);
}
END_TEST

START_TEST(same_writer_takes_its_chunk_again)
{
	append(claim(0, 1, 1), 0, 100);
	own(0, ARENA_FULL);
	sweep_run(sweep, SWEEP_FULL);
	seen_count = 0;
	own(0, ARENA_ACTIVE);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	append(fill_header(0, 1, 2), 100, 1);
	sweep_run(sweep, SWEEP_ALL);
	const struct seen *part = only_seen();
	ck_assert_uint_eq(part->sequence, 2);
	ck_assert_uint_eq(part->offset, 0);
	ck_assert_uint_eq(part->count, 1);
}
END_TEST

START_TEST(keeps_the_order_of_a_writer)
{
	/* The later chunk has the lower number. */
	append(claim(5, 1, 1), 0, 3);
	own(5, ARENA_FULL);
	append(claim(4, 1, 2), 3, 3);
	own(4, ARENA_FULL);
	append(claim(1, 1, 3), 6, 1);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(seen_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(seen[i].sequence, i + 1);
}
END_TEST

START_TEST(waits_for_an_earlier_chunk)
{
	/* Sequence 1 was claimed and not yet filled in when the sweep came by. */
	append(claim(2, 1, 2), 3, 3);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	append(claim(3, 1, 1), 0, 3);
	own(3, ARENA_FULL);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_uint_eq(seen[0].sequence, 1);
	ck_assert_uint_eq(seen[1].sequence, 2);
}
END_TEST

START_TEST(does_not_wait_for_ever)
{
	append(claim(2, 1, 9), 0, 3);
	own(2, ARENA_FULL);
	for (int i = 0; i < 100 && seen_count == 0; i++)
		sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(only_seen()->sequence, 9);
	ck_assert_int_eq(state_of(2), ARENA_FREE);
}
END_TEST

START_TEST(last_takes_all)
{
	append(claim(0, 1, 1), 0, 3);
	append(claim(1, 2, 5), 0, 4);
	own(2, ARENA_ACTIVE);
	claim(3, 3, 1);
	sweep_run(sweep, SWEEP_LAST);
	ck_assert_uint_eq(seen_count, 3);
	for (size_t i = 0; i < seen_count; i++)
		ck_assert(seen[i].is_last);
	ck_assert_uint_eq(sweep_counts(sweep)->events, 7);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_LAST), 0);
}
END_TEST

START_TEST(hostile_headers)
{
	struct chunk *chunk = claim(0, 1, 1);

	atomic_store(&chunk->tail, UINT32_MAX);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(seen[seen_count - 1].offset + seen[seen_count - 1].count,
			  SMALL_ARENA_WORDS);
	/* Going back brings nothing. */
	atomic_store(&chunk->tail, 7);
	ck_assert_uint_eq(sweep_run(sweep, SWEEP_ALL), 0);
	/* Full, and of nobody. */
	own(1, ARENA_FULL);
	atomic_store(&arena->owners[2], UINT64_MAX);
	fill_header(2, UINT32_MAX, UINT32_MAX);
	for (int i = 0; i < 100; i++)
		sweep_run(sweep, SWEEP_ALL);
	ck_assert_int_eq(state_of(1), ARENA_FREE);
	ck_assert_int_eq(state_of(2), ARENA_FREE);
	atomic_store(&arena->allocated, UINT32_MAX);
	sweep_run(sweep, SWEEP_ALL);
}
END_TEST

/* The last chunk of all, odd parts: the word behind it is not there. */
START_TEST(end_of_the_mapping)
{
	const uint32_t last = ARENA_CHUNK_COUNT - 1;
	struct sweep_options options = { arena, small_arena_see, small_arena_allocate, NULL };

	sweep_free(sweep);
	atomic_store(&arena->allocated, ARENA_CHUNK_COUNT);
	sweep = sweep_new(&options);
	struct chunk *chunk = claim(last, 1, 1);
	append(chunk, 0, SMALL_ARENA_WORDS - 1);
	sweep_run(sweep, SWEEP_ALL);
	append(chunk, SMALL_ARENA_WORDS - 1, 1);
	seen_count = 0;
	sweep_run(sweep, SWEEP_ALL);
	const struct seen *part = only_seen();
	ck_assert_uint_eq(part->count, 1);
	ck_assert_uint_eq(number_in(part->last), SMALL_ARENA_WORDS - 1);
}
END_TEST

Suite *suite_sweep(void)
{
	Suite *suite = suite_create("sweep");
	TCase *tests = tcase_create("sweep");

	tcase_add_checked_fixture(tests, small_arena_make, small_arena_done);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, emits_what_was_added);
	tcase_add_test(tests, tells_counts_at_the_end);
	tcase_add_test(tests, tells_many_counts_in_parts);
	tcase_add_test(tests, frees_what_is_full);
	tcase_add_test(tests, tells_the_end_of_what_is_emitted);
	tcase_add_test(tests, leaves_the_freed_content);
	tcase_add_test(tests, same_writer_takes_its_chunk_again);
	tcase_add_test(tests, keeps_the_order_of_a_writer);
	tcase_add_test(tests, waits_for_an_earlier_chunk);
	tcase_add_test(tests, does_not_wait_for_ever);
	tcase_add_test(tests, last_takes_all);
	tcase_add_test(tests, hostile_headers);
	tcase_add_test(tests, end_of_the_mapping);
	suite_add_tcase(suite, tests);
	return suite;
}
