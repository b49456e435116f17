/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which object and which function an address belongs to, and what describes the function. */
#include "primitives/cfi.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "primitives/cfi_row.h"
#include "primitives/cursor.h"
#include "primitives/told.h"

#define RETURN_ADDRESS 16

/* How pointers are stored: the low half a format, the next three bits what they count from. */
#define POINTER_FORMAT 0x0f
#define POINTER_OMITTED 0xff
#define UDATA4 0x03
#define DATAREL_SDATA4 0x3b

/* .eh_frame_hdr: a version and three encodings, a pointer, the count of entries, the entries. */
#define HEADER_VERSION 1
#define ENTRY_SIZE 8

/* 0 for a format that has no fixed size. */
static uint64_t pointer_size(uint8_t encoding)
{
	static const uint8_t sizes[POINTER_FORMAT + 1] = {
		[0x00] = 8, [0x02] = 2, [0x03] = 4, [0x04] = 8, [0x0a] = 2, [0x0b] = 4, [0x0c] = 8,
	};

	return sizes[encoding & POINTER_FORMAT];
}

static void skip_pointer(struct cursor *cursor, uint8_t encoding)
{
	uint64_t size = pointer_size(encoding);

	if (encoding == POINTER_OMITTED)
		return;
	cursor->is_bad |= size == 0;
	cursor_skip(cursor, size);
}

/* What functions have in common. */
struct common {
	struct cfi_factors factors;
	uint8_t encoding; /* of a function's addresses */
	bool has_sizes, is_signal;
	struct cursor code;
};

/* The contents of the entry at at; those of 4 GiB and more are not for us. */
static struct cursor entry_open(const struct cfi_object *object, const uint8_t *at)
{
	struct cursor cursor = { .at = at, .end = (const uint8_t *)object->end };

	if ((uint64_t)at < object->start || (uint64_t)at >= object->end) {
		cursor.at = cursor.end;
		cursor.is_bad = true;
		return cursor;
	}
	uint64_t length = cursor_bytes(&cursor, 4);
	if (length > (uint64_t)(cursor.end - cursor.at))
		cursor.is_bad = true;
	else
		cursor.end = cursor.at + length;
	return cursor;
}

static void read_augmentation(struct cursor *cursor, const char *letters, struct common *common)
{
	if (*letters != 'z') {
		cursor->is_bad |= *letters != '\0';
		return;
	}
	common->has_sizes = true;
	uint64_t length = cursor_leb(cursor, false);
	struct cursor data = *cursor;

	for (letters++; *letters && !data.is_bad; letters++) {
		if (*letters == 'R')
			common->encoding = (uint8_t)cursor_bytes(&data, 1);
		else if (*letters == 'L')
			cursor_skip(&data, 1);
		else if (*letters == 'P')
			skip_pointer(&data, (uint8_t)cursor_bytes(&data, 1));
		else if (*letters == 'S')
			common->is_signal = true;
		else
			data.is_bad = true;
	}
	cursor->is_bad |= data.is_bad;
	cursor_skip(cursor, length);
}

static bool read_common(const struct cfi_object *object, const uint8_t *at, struct common *common)
{
	struct cursor cursor = entry_open(object, at);

	*common = (struct common){ 0 };
	uint64_t id = cursor_bytes(&cursor, 4);
	uint64_t version = cursor_bytes(&cursor, 1);
	const char *letters = (const char *)cursor.at;
	size_t length = strnlen(letters, (size_t)(cursor.end - cursor.at));

	cursor_skip(&cursor, length + 1);
	common->factors.code = cursor_leb(&cursor, false);
	common->factors.data = (int64_t)cursor_leb(&cursor, true);
	uint64_t address = version == 1 ? cursor_bytes(&cursor, 1) : cursor_leb(&cursor, false);
	if (cursor.is_bad || id != 0 || (version != 1 && version != 3) || address != RETURN_ADDRESS)
		return false;
	read_augmentation(&cursor, letters, common);
	common->code = cursor;
	return !cursor.is_bad;
}

static int32_t read_offset(const uint8_t *at)
{
	int32_t offset;

	memcpy(&offset, at, sizeof(offset));
	return offset;
}

/* The sorted table of .eh_frame_hdr; false: none, or not as binutils and LLVM write it. */
static bool find_table(const struct cfi_object *object, const uint8_t **table, uint64_t *count)
{
	struct cursor cursor = { .at = object->header, .end = (const uint8_t *)object->end };

	if (!object->header)
		return false;
	uint64_t version = cursor_bytes(&cursor, 1);
	uint8_t pointer_encoding = (uint8_t)cursor_bytes(&cursor, 1);
	uint64_t count_encoding = cursor_bytes(&cursor, 1);
	uint64_t table_encoding = cursor_bytes(&cursor, 1);

	skip_pointer(&cursor, pointer_encoding);
	*count = cursor_bytes(&cursor, 4);
	*table = cursor.at;
	return !cursor.is_bad && version == HEADER_VERSION && count_encoding == UDATA4 &&
	       table_encoding == DATAREL_SDATA4 && *count > 0 &&
	       *count <= (uint64_t)(cursor.end - cursor.at) / ENTRY_SIZE;
}

bool cfi_find_object(uint64_t address, struct cfi_object *object)
{
	struct dl_find_object found;
	const uint8_t *table;
	uint64_t count;

	if (_dl_find_object((void *)address, &found) != 0)
		return false;
	object->start = (uint64_t)found.dlfo_map_start;
	object->end = (uint64_t)found.dlfo_map_end;
	object->header = found.dlfo_eh_frame;
	if ((uint64_t)object->header < object->start || (uint64_t)object->header >= object->end)
		object->header = NULL;
	object->identity = told_mix(object->start) ^ told_mix(object->end) ^
			   told_mix((uint64_t)found.dlfo_link_map->l_ld);
	if (find_table(object, &table, &count)) {
		uint64_t last;

		memcpy(&last, table + (count - 1) * ENTRY_SIZE, sizeof(last));
		object->identity ^= told_mix(count ^ told_mix(last ^ (uint64_t)object->header));
	}
	return true;
}

/* The description of the last function that starts at or before address, or NULL. */
static const uint8_t *find_function(const struct cfi_object *object, uint64_t address,
				    uint64_t *start)
{
	const uint8_t *table;
	int64_t wanted = (int64_t)(address - (uint64_t)object->header);
	uint64_t low = 0, high;

	if (!find_table(object, &table, &high) || wanted < read_offset(table))
		return NULL;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (read_offset(table + middle * ENTRY_SIZE) <= wanted)
			low = middle;
		else
			high = middle;
	}
	const uint8_t *entry = table + low * ENTRY_SIZE;
	*start = (uint64_t)object->header + (uint64_t)(int64_t)read_offset(entry);
	return (const uint8_t *)((uint64_t)object->header +
				 (uint64_t)(int64_t)read_offset(entry + 4));
}

/*
 * The kernel lets signal handlers return to code that does nothing but call rt_sigreturn(). libc
 * describes it from one byte before, so that a return address less one lies within.
 */
static bool is_signal_return(uint64_t start, uint64_t size)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };

	return size > sizeof(code) && memcmp((const uint8_t *)start + 1, code, sizeof(code)) == 0;
}

struct cfi_rule cfi_find_rule(const struct cfi_object *object, uint64_t address)
{
	const struct cfi_rule none = { .cfa = CFI_UNKNOWN };
	struct common common;
	uint64_t start;
	const uint8_t *function = find_function(object, address, &start);

	if (!function)
		return none;
	struct cursor own = entry_open(object, function);
	uint64_t distance = cursor_bytes(&own, 4);
	if (own.is_bad || !read_common(object, function + 4 - distance, &common))
		return none;
	skip_pointer(&own, common.encoding);
	uint64_t size = cursor_bytes(&own, pointer_size(common.encoding));
	if (common.has_sizes)
		cursor_skip(&own, cursor_leb(&own, false));
	if (own.is_bad || start < object->start || address - start >= size ||
	    size > object->end - start)
		return none;
	if (common.is_signal)
		return (struct cfi_rule){ .cfa = is_signal_return(start, size) ? CFI_SIGNAL
									       : CFI_END };
	return cfi_row_find(common.factors, common.code, own, start, address);
}
