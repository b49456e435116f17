/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of buffers that a recorder left behind, alone and beside its trace. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libtrace/recording.h"
#include "tests/unit/packed_recording.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_remains(void);

/* There only where the build has a leak checker. */
void __lsan_disable(void) __attribute__((weak));

static struct arena *arena;

static void teardown(void)
{
	if (arena)
		munmap(arena, ARENA_SIZE);
	arena = NULL;
	packed_recording_teardown();
}

static void arena_make(void)
{
	scratch_text("r/" RECORDING_BUFFERS, "");
	ck_assert_int_eq(truncate(scratch_path("r/" RECORDING_BUFFERS), ARENA_SIZE), 0);
	int fd = open(scratch_path("r/" RECORDING_BUFFERS), O_RDWR | O_CLOEXEC);
	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(arena, MAP_FAILED);
	close(fd);
	memcpy(arena->magic, ARENA_MAGIC, sizeof(arena->magic));
	arena->version = ARENA_VERSION;
	arena->chunk_size = ARENA_CHUNK_SIZE;
	arena->chunk_count = ARENA_CHUNK_COUNT;
	arena->uses_tsc = 1;
	for (int type = 0; type < EVENT_COUNT; type++) {
		strcat(arena->names, event_info((enum event_type)type)->name);
		strcat(arena->names, " ");
	}
	arena->names_length = (uint32_t)strlen(arena->names);
	arena->start = (struct arena_clock){ START, START };
	arena->latest = (struct arena_clock){ START + LATE, START + LATE / 2 };
}

/* The chunk at that place. */
static void arena_put(uint32_t number, enum arena_state state)
{
	struct chunk *to = arena_chunk(arena, number);

	to->pid = packed.chunk.chunk.pid;
	to->tid = packed.chunk.chunk.tid;
	to->writer = packed.chunk.chunk.writer;
	to->sequence = packed.chunk.chunk.sequence;
	to->begin = (struct arena_clock){ START + 1, START };
	memcpy(to->words, packed.chunk.words, packed.chunk.chunk.count * sizeof(uint32_t));
	to->begin.ticks = packed.chunk.chunk.begin.ticks;
	atomic_store(&to->tail, packed.chunk.chunk.count);
	arena->owners[number] = (uint64_t)1 << 32 | (uint64_t)state;
}

START_TEST(reads_buffers_alone)
{
	arena_make();
	packed_recording_fill(1, 2, 4, 2);
	arena_put(0, ARENA_ACTIVE);
	packed_recording_fill(1, 1, 1, 3);
	arena_put(ARENA_CHUNK_COUNT - 1, ARENA_FREE);
	packed_recording_fill(2, 1, 6, 1);
	arena_put(1, ARENA_FULL);
	scratch_text("r/ctf/metadata", "");
	if (_i)
		remove(scratch_path("r/ctf/metadata"));
	packed_recording_open();
	if (!_i)
		packed_recording_expect_lost(1);
	packed_recording_expect_run(1, 6);
	packed_recording_expect_end();
}
END_TEST

START_TEST(trims_what_is_in_both)
{
	arena_make();
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(1, 1, 1, 3);
	packed_recording_emit(0, WORDS, false);
	packed_recording_emit(WORDS, 2 * WORDS + 2, false);
	arena_put(9, ARENA_FREE);
	packed_recording_fill(2, 1, 4, 3);
	packed_recording_emit_all();
	packed_recording_fill(2, 2, 7, 3);
	packed_recording_emit(0, WORDS - 1, false);
	arena_put(5, ARENA_ACTIVE);
	packed_recording_collected(LATE);
	packed_recording_collected(2 * LATE);
	packed_recording_fill(2, 3, 10, 2);
	if (_i)
		packed_recording_emit(2, packed.chunk.chunk.count, false);
	arena_put(6, ARENA_ACTIVE);
	packed_recording_collected(3 * LATE);
	packed_recording_collected(4 * LATE);
	arena->owners[5] = ARENA_FULL;
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	ck_assert_uint_eq(reader_counts(packed.reader)->lost_packets, 0);
	int count = 0;
	while (reader_next(packed.reader, &packed.event, &packed.err) > 0)
		ck_assert_uint_eq(packed.event->object, (uint64_t)++count);
	ck_assert_int_eq(count, 11);
	ck_assert_uint_eq(reader_counts(packed.reader)->lost_packets, 0);
}
END_TEST

START_TEST(goes_on_with_buffers_where_the_trace_is_cut)
{
	/* Babeltrace leaks a few bytes over what it cannot read. */
	if (__lsan_disable)
		__lsan_disable();
	arena_make();
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_fill(1, 1, 1, 3);
	packed_recording_emit_all();
	packed_recording_fill(1, 2, 4, 3);
	arena_put(9, ARENA_ACTIVE);
	packed_recording_emit_all();
	packed.stream.length -= 7;
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	int count = 0;
	while (reader_next(packed.reader, &packed.event, &packed.err) > 0)
		count += packed.event->type == EVENT_mutex_destroy;
	ck_assert_int_eq(count, 6);
	ck_assert_uint_eq(reader_counts(packed.reader)->lost_packets, 1);
}
END_TEST

static void break_magic(void)
{
	arena->magic[3] = 'x';
}

static void break_version(void)
{
	arena->version++;
}

static void break_names(void)
{
	arena->names_length = ARENA_NAMES_SIZE;
}

static void break_length(void)
{
	ck_assert_int_eq(truncate(scratch_path("r/" RECORDING_BUFFERS), 1000), 0);
}

static void (*const breaks[])(void) = { break_magic, break_version, break_names, break_length };

START_TEST(buffers_that_cannot_be_are_a_loss)
{
	arena_make();
	packed_recording_fill(1, 1, 1, 3);
	arena_put(0, ARENA_ACTIVE);
	breaks[_i]();
	ctf_layout(&packed.stream, true, packed_writer_names());
	packed_recording_collected(0);
	packed_recording_collected(LATE);
	packed_recording_emit(0, 2 * WORDS + 3, false);
	ctf_stream_write("r/ctf", &packed.stream);
	packed_recording_open();
	packed_recording_expect_lost(1);
	packed_recording_expect(START + 50, 1);
	packed_recording_expect(START + 100, 2);
	packed_recording_expect_end();
}
END_TEST

START_TEST(believes_no_chunk)
{
	arena_make();
	for (uint32_t i = 0; i < 8; i++) {
		packed_recording_fill(1, 1, 1, 3);
		arena_put(i, ARENA_ACTIVE);
	}
	arena_chunk(arena, 0)->writer = 0;
	arena_chunk(arena, 1)->sequence = 0;
	arena_chunk(arena, 2)->tail = UINT32_MAX;
	arena_chunk(arena, 3)->tail = ARENA_CHUNK_WORDS + 1;
	arena_chunk(arena, 4)->tail = 0;
	arena->names[ARENA_NAMES_SIZE - 1] = 'x';
	atomic_store(&arena->lost, 5);
	arena->collector = getpid();
	ck_assert_int_eq(truncate(scratch_path("r/" RECORDING_BUFFERS),
				  ARENA_HEADER_SIZE + 8 * ARENA_CHUNK_SIZE - 1),
			 0);
	packed_recording_open();
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 1);
	ck_assert_int_eq(packed.event->type, EVENT_events_lost);
	ck_assert_int_eq(packed.event->value, 5);
	packed_recording_expect_lost(3);
	packed_recording_expect_run(1, 3);
	packed_recording_expect_end();
}
END_TEST

Suite *suite_reader_remains(void)
{
	Suite *suite = suite_create("reader_remains");
	TCase *all = tcase_create("remains");

	tcase_add_checked_fixture(all, packed_recording_setup, teardown);
	tcase_add_loop_test(all, reads_buffers_alone, 0, 2);
	tcase_add_loop_test(all, trims_what_is_in_both, 0, 2);
	tcase_add_test(all, goes_on_with_buffers_where_the_trace_is_cut);
	tcase_add_loop_test(all, buffers_that_cannot_be_are_a_loss, 0, 4);
	tcase_add_test(all, believes_no_chunk);
	suite_add_tcase(suite, all);
	return suite;
}
