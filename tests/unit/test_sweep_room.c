/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The collector and room in the buffers: growth, chunks of the dead, counts, and two busy threads. */
/* Before check.h, which has a macro of the name fail. */
#include "tests/unit/small_arena.h"

#include <check.h>
#include <pthread.h>
#include <sys/wait.h>

#include "libtrace/packed.h"

Suite *suite_sweep_room(void);

START_TEST(grows)
{
	for (uint32_t i = 0; i < SMALL_ARENA_CHUNKS - 1; i++)
		claim(i, i + 1, 1);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(allocated_first, SMALL_ARENA_CHUNKS);
	ck_assert_uint_eq(allocated_count, SMALL_ARENA_CHUNKS);
	ck_assert_uint_eq(atomic_load(&arena->allocated), 2 * SMALL_ARENA_CHUNKS);
	allocated_count = 0;
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(allocated_count, 0);
	allocate_code = ENOSPC;
	for (uint32_t i = SMALL_ARENA_CHUNKS; i < 2 * SMALL_ARENA_CHUNKS - 1; i++)
		claim(i, i + 1, 1);
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(allocated_count, SMALL_ARENA_CHUNKS * 2);
	ck_assert_uint_eq(atomic_load(&arena->allocated), 2 * SMALL_ARENA_CHUNKS);
	ck_assert_int_eq(sweep_allocate_code(sweep), ENOSPC);
	allocated_count = 0;
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(allocated_count, 0);
}
END_TEST

static pid_t dead_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

START_TEST(reclaims)
{
	allocate_code = ENOSPC;
	for (uint32_t i = 0; i < SMALL_ARENA_CHUNKS; i++)
		append(claim(i, i + 1, 1), 0, 1);
	atomic_store(&arena->owners[2],
		     small_arena_owner(dead_process(), SMALL_ARENA_INCARNATION, ARENA_ACTIVE));
	/* Of this process before an exec: its writer came earlier, whatever its number. */
	atomic_store(&arena->owners[4],
		     small_arena_owner(getpid(), SMALL_ARENA_INCARNATION + 1, ARENA_ACTIVE));
	sweep_run(sweep, SWEEP_FULL);
	for (uint32_t i = 0; i < SMALL_ARENA_CHUNKS; i++)
		ck_assert_int_eq(state_of(i), i == 2 || i == 4 ? ARENA_FREE : ARENA_ACTIVE);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert(seen[0].is_last && seen[1].is_last);
}
END_TEST

START_TEST(keeps_chunks_of_the_dead_while_there_are_others)
{
	append(claim(0, 1, 1), 0, 1);
	atomic_store(&arena->owners[0],
		     small_arena_owner(dead_process(), SMALL_ARENA_INCARNATION, ARENA_ACTIVE));
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_int_eq(state_of(0), ARENA_ACTIVE);
	ck_assert(!only_seen()->is_last);
}
END_TEST

START_TEST(counts_waiting)
{
	claim(0, 1, 1)->blocked_ns = 100;
	claim(1, 2, 1)->blocked_ns = 1000;
	sweep_run(sweep, SWEEP_ALL);
	own(0, ARENA_FULL);
	sweep_run(sweep, SWEEP_ALL);
	claim(0, 1, 2)->blocked_ns = 150;
	sweep_run(sweep, SWEEP_ALL);
	ck_assert_uint_eq(sweep_counts(sweep)->blocked_ns, 1150);
}
END_TEST

START_TEST(counts_events_of_all_forms)
{
	static const char text[] = "a text that takes some words";
	const uint64_t frames[] = { 1, 2, 3 };
	const struct event event = {
		.type = EVENT_process_stack,
		.object = 5,
		.text = text,
		.frames = frames,
		.frame_count = 3,
	};
	struct chunk *chunk = claim(0, 1, 1);
	uint32_t *at = chunk->words;

	at += packed_put_define(at, 1, &event);
	*at++ = packed_short(1, 5);
	at += packed_put_advance(at, UINT64_C(1) << 40);
	at += packed_put_event(at, 9, &event);
	at += packed_put_lost(at, 3);
	*at++ = packed_short(1, 5);
	uint32_t count = (uint32_t)(at - chunk->words);
	/* Word by word, as if a sweep came in between: a record counts once, when it is whole. */
	for (uint32_t tail = 1; tail <= count; tail++) {
		atomic_store(&chunk->tail, tail);
		sweep_run(sweep, SWEEP_ALL);
	}
	ck_assert_uint_eq(sweep_counts(sweep)->events, 3);
	ck_assert_uint_eq(seen_count, count);
}
END_TEST

/* Two threads that fill chunks as fast as they can, and a sweep beside them. */

#define STRESS_CHUNKS 300
#define STRESS_WRITERS 2

static atomic_uint stress_ended;
static uint32_t stress_next[STRESS_WRITERS + 1];
static uint32_t stress_sequence[STRESS_WRITERS + 1];

static uint32_t stress_claim(uint32_t writer)
{
	for (uint32_t i = writer;; i = (i + 1) % SMALL_ARENA_CHUNKS) {
		uint64_t owner = atomic_load(&arena->owners[i]);

		if (arena_owner_state(owner) == ARENA_FREE &&
		    atomic_compare_exchange_strong(
			    &arena->owners[i], &owner,
			    small_arena_owner(getpid(), SMALL_ARENA_INCARNATION, ARENA_ACTIVE)))
			return i;
	}
}

static void *stress_write(void *argument)
{
	uint32_t writer = *(uint32_t *)argument;
	uint32_t next = 0;

	for (uint32_t sequence = 1; sequence <= STRESS_CHUNKS; sequence++) {
		uint32_t number = stress_claim(writer);
		struct chunk *chunk = fill_header(number, writer, sequence);

		for (uint32_t tail = 0; tail < SMALL_ARENA_WORDS; tail++) {
			chunk->words[tail] = packed_short(writer, next++ & PACKED_DELTA_MAX);
			atomic_store_explicit(&chunk->tail, tail + 1, memory_order_release);
		}
		own(number, ARENA_FULL);
		atomic_fetch_add(&arena->full, 1);
	}
	atomic_fetch_add(&stress_ended, 1);
	return NULL;
}

static void stress_see(void *context, const struct batch *batch)
{
	uint32_t writer = batch->writer;

	(void)context;
	ck_assert_uint_le(writer, STRESS_WRITERS);
	ck_assert(batch->sequence == stress_sequence[writer] + (batch->offset == 0));
	stress_sequence[writer] = batch->sequence;
	for (uint32_t i = 0; i < batch->count; i++) {
		uint32_t wanted = packed_short(writer, stress_next[writer]++ & PACKED_DELTA_MAX);

		if (batch->words[i] != wanted)
			ck_abort_msg("word %u of writer %u is %x, not %x", stress_next[writer] - 1,
				     writer, batch->words[i], wanted);
	}
}

static int never_allocate(void *context, uint32_t first, uint32_t count)
{
	(void)context, (void)first, (void)count;
	return ENOSPC;
}

START_TEST(stress)
{
	struct sweep_options options = { arena, stress_see, never_allocate, NULL };
	pthread_t threads[STRESS_WRITERS];
	uint32_t writers[STRESS_WRITERS];

	sweep_free(sweep);
	sweep = sweep_new(&options);
	for (uint32_t i = 0; i < STRESS_WRITERS; i++) {
		writers[i] = i + 1;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, stress_write, &writers[i]), 0);
	}
	while (atomic_load(&stress_ended) < STRESS_WRITERS)
		sweep_run(sweep, SWEEP_ALL);
	for (uint32_t i = 0; i < STRESS_WRITERS; i++)
		pthread_join(threads[i], NULL);
	sweep_run(sweep, SWEEP_LAST);
	for (uint32_t writer = 1; writer <= STRESS_WRITERS; writer++)
		ck_assert_uint_eq(stress_next[writer], STRESS_CHUNKS * SMALL_ARENA_WORDS);
	ck_assert_uint_eq(sweep_counts(sweep)->events,
			  (uint64_t)STRESS_WRITERS * STRESS_CHUNKS * SMALL_ARENA_WORDS);
}
END_TEST

Suite *suite_sweep_room(void)
{
	Suite *suite = suite_create("sweep_room");
	TCase *tests = tcase_create("sweep_room");

	tcase_add_checked_fixture(tests, small_arena_make, small_arena_done);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, grows);
	tcase_add_test(tests, reclaims);
	tcase_add_test(tests, keeps_chunks_of_the_dead_while_there_are_others);
	tcase_add_test(tests, counts_waiting);
	tcase_add_test(tests, counts_events_of_all_forms);
	tcase_add_test(tests, stress);
	suite_add_tcase(suite, tests);
	return suite;
}
