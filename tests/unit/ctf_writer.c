/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Temporary directories and hand-made CTF traces in them. */
#include "tests/unit/ctf_writer.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

static char scratch[64];

/* What nftw() has no argument for. */
static const char *copy_from, *copy_name;

const char *scratch_new(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/heddle-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
	return scratch;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
	(void)stat;
	(void)type;
	(void)place;
	return remove(path);
}

void scratch_remove(void)
{
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name)
{
	static char paths[8][512];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

static void make_parents(const char *name)
{
	char part[256];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
		mkdir(scratch_path(part), 0755);
	}
}

void scratch_file(const char *name, const void *bytes, size_t length)
{
	make_parents(name);
	FILE *file = fopen(scratch_path(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

void scratch_text(const char *name, const char *text)
{
	scratch_file(name, text, strlen(text));
}

static int copy_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
	char name[256];

	(void)place;
	if (type != FTW_F)
		return 0;
	char *bytes = malloc((size_t)stat->st_size + 1);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(bytes);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)stat->st_size, file), (size_t)stat->st_size);
	fclose(file);
	snprintf(name, sizeof(name), "%s%s", copy_name, path + strlen(copy_from));
	scratch_file(name, bytes, (size_t)stat->st_size);
	free(bytes);
	return 0;
}

void scratch_copy(const char *from, const char *name)
{
	copy_from = from;
	copy_name = name;
	ck_assert_int_eq(nftw(from, copy_one, 16, FTW_PHYS), 0);
}

const char *stored_trace(const char *name)
{
	static char path[512];
	const char *source = getenv("srcdir");

	snprintf(path, sizeof(path), "%s/tests/data/%s", source ? source : ".", name);
	return path;
}

void ctf_metadata(const char *name, const char *environment, const char *clock, const char *context,
		  const char *events)
{
	static const char types[] =
		"typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
		"typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
		"typealias integer { size = 32; align = 8; signed = true; } := s32;\n"
		"typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
		"typealias integer { size = 64; align = 8; signed = true; } := s64;\n";
	char text[8192], path[256];
	int length = snprintf(
		text, sizeof(text),
		"/* CTF 1.8 */\n%s"
		"trace { major = 1; minor = 8; byte_order = le; };\n"
		"env { %s };\n"
		"%s%s%s"
		"stream {\n"
		"event.header := struct { u32 id; integer { size = 64; align = 8; %s } "
		"%s; };\n"
		"%s%s%s"
		"};\n%s",
		types, environment ? environment : "", clock ? "clock { name = c; " : "",
		clock ? clock : "", clock ? " };\n" : "", clock ? "map = clock.c.value;" : "",
		clock ? "timestamp" : "moment", context ? "event.context := " : "",
		context ? context : "", context ? ";\n" : "", events);

	ck_assert_int_lt(length, (int)sizeof(text));
	snprintf(path, sizeof(path), "%s/metadata", name);
	scratch_text(path, text);
}

static void ctf_append(struct ctf_stream *stream, const void *bytes, size_t length)
{
	ck_assert_uint_le(stream->length + length, sizeof(stream->bytes));
	memcpy(stream->bytes + stream->length, bytes, length);
	stream->length += length;
}

void ctf_u8(struct ctf_stream *stream, uint8_t value)
{
	ctf_append(stream, &value, sizeof(value));
}

void ctf_u32(struct ctf_stream *stream, uint32_t value)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	ctf_append(stream, bytes, sizeof(bytes));
}

void ctf_u64(struct ctf_stream *stream, uint64_t value)
{
	ctf_u32(stream, (uint32_t)value);
	ctf_u32(stream, (uint32_t)(value >> 32));
}

void ctf_string(struct ctf_stream *stream, const char *value)
{
	ctf_append(stream, value, strlen(value) + 1);
}

void ctf_event(struct ctf_stream *stream, uint32_t id, uint64_t time)
{
	ctf_u32(stream, id);
	ctf_u64(stream, time);
}

void ctf_stream_write(const char *name, const struct ctf_stream *stream)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/stream", name);
	scratch_file(path, stream->bytes, stream->length);
}

/* Packed recordings. */

enum { ID_LAYOUT, ID_BATCH, ID_COLLECTED, ID_PLAIN };

#define RUN 1

void ctf_packed_metadata(const char *name)
{
	ctf_metadata(
		name, NULL, "freq = 1000000000;", NULL,
		"event { name = \"heddle:layout\"; id = 0; fields := struct { "
		"u64 run; u8 uses_tsc; string names; }; };\n"
		"event { name = \"heddle:batch\"; id = 1; fields := struct { u64 run; s32 pid; "
		"s32 tid; u32 writer; u32 sequence; u32 offset; u32 count; u8 is_last; "
		"u64 ticks; s64 ns; u64 blocked_ns; u32 n; u64 words[n]; }; };\n"
		"event { name = \"heddle:collected\"; id = 2; fields := struct { u64 run; "
		"u64 ticks; s64 ns; }; };\n"
		"event { name = \"heddle:mutex_destroy\"; id = 3; fields := struct { u64 run; "
		"s32 pid; s32 tid; u64 object; }; };\n");
}

/* Time for its event: LTTng's stamps are later than those of the operations. */
static void packed_event(struct ctf_stream *stream, uint32_t id)
{
	stream->time_ns += 1000;
	ctf_event(stream, id, stream->time_ns);
	ctf_u64(stream, stream->run ? stream->run : RUN);
}

void ctf_layout(struct ctf_stream *stream, bool uses_tsc, const char *names)
{
	packed_event(stream, ID_LAYOUT);
	ctf_u8(stream, uses_tsc);
	ctf_string(stream, names);
}

void ctf_batch(struct ctf_stream *stream, const struct batch *batch)
{
	packed_event(stream, ID_BATCH);
	ctf_u32(stream, (uint32_t)batch->pid);
	ctf_u32(stream, (uint32_t)batch->tid);
	ctf_u32(stream, batch->writer);
	ctf_u32(stream, batch->sequence);
	ctf_u32(stream, batch->offset);
	ctf_u32(stream, batch->count);
	ctf_u8(stream, batch->is_last);
	ctf_u64(stream, batch->begin.ticks);
	ctf_u64(stream, (uint64_t)batch->begin.ns);
	ctf_u64(stream, batch->blocked_ns);
	ctf_u32(stream, (batch->count + 1) / 2);
	for (uint32_t i = 0; i < batch->count; i++)
		ctf_u32(stream, batch->words[i]);
	if (batch->count % 2)
		ctf_u32(stream, 0xdeadbeef);
}

void ctf_collected(struct ctf_stream *stream, uint64_t ticks, int64_t ns)
{
	packed_event(stream, ID_COLLECTED);
	ctf_u64(stream, ticks);
	ctf_u64(stream, (uint64_t)ns);
}

void ctf_plain(struct ctf_stream *stream, uint64_t object)
{
	packed_event(stream, ID_PLAIN);
	ctf_u32(stream, 1);
	ctf_u32(stream, 2);
	ctf_u64(stream, object);
}
