/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packed recording "r" in the temporary directory: written, and read. */
#include "tests/unit/packed_recording.h"

#include <string.h>

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

struct packed_recording packed;

void packed_recording_setup(void)
{
	scratch_new();
	memset(&packed, 0, sizeof(packed));
	scratch_text("r/recorder.txt", "0.000000001 0/0 recording_start value=1\n");
	ctf_packed_metadata("r/ctf");
}

void packed_recording_teardown(void)
{
	reader_close(packed.reader);
	packed.reader = NULL;
	scratch_remove();
}

void packed_recording_open(void)
{
	int code = reader_open(scratch_path("r"), &packed.reader, &packed.err);

	ck_assert_msg(code == 0, "%s", code < 0 ? packed.err.text : "?");
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 1);
	ck_assert_int_eq(packed.event->type, EVENT_recording_start);
}

void packed_recording_expect(uint64_t time_ns, uint64_t object)
{
	int code = reader_next(packed.reader, &packed.event, &packed.err);

	ck_assert_msg(code == 1, "%s", code < 0 ? packed.err.text : "the end");
	ck_assert_str_eq(event_info(packed.event->type)->name, "mutex_destroy");
	ck_assert_uint_eq(packed.event->object, object);
	ck_assert_int_eq(packed.event->time_ns, (int64_t)time_ns);
}

void packed_recording_expect_lost(int64_t packets)
{
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 1);
	ck_assert_str_eq(event_info(packed.event->type)->name, "packets_lost");
	ck_assert_int_eq(packed.event->value, packets);
}

void packed_recording_expect_end(void)
{
	ck_assert_int_eq(reader_next(packed.reader, &packed.event, &packed.err), 0);
}

void packed_recording_fill(uint32_t writer, uint32_t sequence, int first, int count)
{
	packed_writer_begin(&packed.chunk, writer, sequence, START);
	for (int i = first; i < first + count; i++)
		packed_writer_event(&packed.chunk, START + 100 * (uint64_t)i, EVENT_mutex_destroy,
				    (uint64_t)i);
}

void packed_recording_emit(uint32_t begin, uint32_t end, bool is_last)
{
	struct batch part = packed_writer_part(&packed.chunk, begin, end, is_last);

	ctf_batch(&packed.stream, &part);
}

void packed_recording_emit_all(void)
{
	packed_recording_emit(0, packed.chunk.chunk.count, true);
}

void packed_recording_collected(uint64_t ticks)
{
	ctf_collected(&packed.stream, START + ticks, (int64_t)(START + ticks / 2));
}

void packed_recording_expect_run(int first, int count)
{
	for (int i = first; i < first + count; i++)
		packed_recording_expect(START + 50 * (uint64_t)i, (uint64_t)i);
}
