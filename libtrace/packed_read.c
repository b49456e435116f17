/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading packed operations. Words may be hostile, and may even change while they are read: each
 * is read once, and a record changes nothing before all of it was seen.
 */
#include "libtrace/packed.h"

#include <stdlib.h>
#include <string.h>

#define ARGUMENT_BITS 16
#define FIRST_CAPACITY 8

/* What a slot means: an event that is handed out as it lies here. */
struct slot {
	struct event event;
	uint32_t number;	 /* 0: of no slot */
	enum packed_found found; /* EVENT, or UNKNOWN */
	bool is_wide;		 /* the lower half of its object comes with each use */
	bool has_object;
	void *memory; /* Owned by this: frames and strings of event */
	size_t memory_size;
};

/*
 * A thread mostly has few slots, with any numbers: positions[number] says where in slots it lies, if
 * that is below count and says the same number. So forgetting all of them is count = 0, and
 * what is behind keeps its memory for the next chunk.
 */
struct packed_reader {
	uint64_t ticks;
	struct slot *slots; /* Owned by this */
	uint32_t count, capacity;
	const int *types;
	size_t type_count;
	struct slot single; /* of the latest event in no slot */
	uint16_t positions[PACKED_ESCAPE + 1];
};

/* Reads words up to end; after a failure all further reading fails. */
struct cursor {
	const uint32_t *at, *end;
	enum packed_found found; /* EVENT: good so far */
};

struct run {
	const uint32_t *words;
	uint32_t count; /* of bytes or frames */
};

struct body {
	uint32_t type;
	uint64_t object, other, value, site, stack;
	struct run text, build_id, frames;
};

struct packed_reader *packed_reader_new(const int *types, size_t type_count)
{
	struct packed_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->types = types;
	reader->type_count = type_count;
	return reader;
}

void packed_reader_free(struct packed_reader *reader)
{
	if (!reader)
		return;
	for (uint32_t i = 0; i < reader->capacity; i++)
		free(reader->slots[i].memory);
	free(reader->slots);
	free(reader->single.memory);
	free(reader);
}

void packed_reader_begin(struct packed_reader *reader, uint64_t ticks)
{
	reader->ticks = ticks;
	reader->count = 0;
}

static void cursor_fail(struct cursor *cursor, enum packed_found found)
{
	if (cursor->found == PACKED_FOUND_EVENT)
		cursor->found = found;
	cursor->end = cursor->at;
}

static const uint32_t *take_words(struct cursor *cursor, size_t count)
{
	const uint32_t *words = cursor->at;

	if ((size_t)(cursor->end - words) < count) {
		cursor_fail(cursor, PACKED_FOUND_END);
		return NULL;
	}
	cursor->at += count;
	return words;
}

static uint32_t take_word(struct cursor *cursor)
{
	const uint32_t *word = take_words(cursor, 1);

	return word ? *word : 0;
}

static uint64_t number_at(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

static uint64_t take_number(struct cursor *cursor)
{
	const uint32_t *words = take_words(cursor, 2);

	return words ? number_at(words) : 0;
}

/* A count up to max, and so many things of size bytes. */
static struct run take_run(struct cursor *cursor, uint32_t max, size_t size)
{
	uint32_t count = take_word(cursor);

	if (count > max) {
		cursor_fail(cursor, PACKED_FOUND_DAMAGE);
		return (struct run){ 0 };
	}
	const uint32_t *words =
		take_words(cursor, (count * size + sizeof(*words) - 1) / sizeof(*words));
	return (struct run){ words, words ? count : 0 };
}

static void take_body(struct cursor *cursor, struct body *ret)
{
	uint32_t head = take_word(cursor);
	uint32_t bits = head & 0xffff;

	*ret = (struct body){ .type = head >> 16 };
	if (bits & ~(uint32_t)PACKED_FIELDS_ALL)
		cursor_fail(cursor, PACKED_FOUND_DAMAGE);
	if (bits & PACKED_OBJECT)
		ret->object = take_number(cursor);
	if (bits & PACKED_OTHER)
		ret->other = take_number(cursor);
	if (bits & PACKED_VALUE)
		ret->value = take_number(cursor);
	if (bits & PACKED_SITE)
		ret->site = take_number(cursor);
	if (bits & PACKED_STACK)
		ret->stack = take_number(cursor);
	if (bits & PACKED_TEXT)
		ret->text = take_run(cursor, PACKED_TEXT_MAX, 1);
	if (bits & PACKED_BUILD_ID)
		ret->build_id = take_run(cursor, PACKED_TEXT_MAX, 1);
	if (bits & PACKED_FRAMES)
		ret->frames = take_run(cursor, PACKED_FRAMES_MAX, sizeof(uint64_t));
}

/* The event_type, or -1. */
static int known_type(const struct packed_reader *reader, uint32_t number)
{
	int type = number < reader->type_count ? reader->types[number] : -1;

	if (type < 0 || type >= EVENT_COUNT || event_info((enum event_type)type)->is_tool_event)
		return -1;
	return type;
}

static int slot_reserve(struct slot *slot, size_t size)
{
	if (size <= slot->memory_size)
		return 0;
	void *memory = malloc(size);
	if (!memory)
		return -ENOMEM;
	free(slot->memory);
	slot->memory = memory;
	slot->memory_size = size;
	return 0;
}

static const char *copy_text(char **at, const struct run *text)
{
	char *copy = *at;

	if (text->count)
		memcpy(copy, text->words, text->count);
	copy[text->count] = '\0';
	*at += text->count + 1;
	return copy;
}

/* Strings and frames, as far as the shape carries them. */
static int slot_fill_runs(struct slot *slot, const struct event_fields *fields,
			  const struct body *body)
{
	uint32_t frame_count = fields->frames ? body->frames.count : 0;
	size_t size = frame_count * sizeof(uint64_t) + (fields->text ? body->text.count + 1 : 0) +
		      (fields->build_id ? body->build_id.count + 1 : 0);

	if (slot_reserve(slot, size))
		return -ENOMEM;
	uint64_t *frames = slot->memory;
	for (uint32_t i = 0; i < frame_count; i++)
		frames[i] = number_at(body->frames.words + 2 * i);
	char *at = slot->memory ? (char *)(frames + frame_count) : NULL;
	slot->event.frames = frame_count ? frames : NULL;
	slot->event.frame_count = frame_count;
	slot->event.text = fields->text ? copy_text(&at, &body->text) : NULL;
	slot->event.build_id = fields->build_id ? copy_text(&at, &body->build_id) : NULL;
	return 0;
}

static int slot_fill(struct slot *slot, const struct packed_reader *reader, const struct body *body)
{
	int type = known_type(reader, body->type);

	slot->found = PACKED_FOUND_UNKNOWN;
	if (type < 0)
		return 0;
	const struct event_fields *fields = event_fields((enum event_type)type);
	slot->has_object = fields->object;
	slot->event = (struct event){
		.type = (enum event_type)type,
		.site = body->site,
		.object = fields->object ? body->object : 0,
		.other = fields->other ? body->other : 0,
		.value = fields->value ? (int64_t)body->value : 0,
		.stack = fields->stack ? body->stack : 0,
	};
	if ((fields->text || fields->build_id || fields->frames) &&
	    slot_fill_runs(slot, fields, body))
		return -ENOMEM;
	slot->found = PACKED_FOUND_EVENT;
	return 0;
}

static inline struct slot *slot_find(struct packed_reader *reader, uint32_t number)
{
	uint32_t position = reader->positions[number];

	if (position >= reader->count || reader->slots[position].number != number)
		return NULL;
	return &reader->slots[position];
}

static int slots_grow(struct packed_reader *reader)
{
	uint32_t capacity = reader->capacity ? 2 * reader->capacity : FIRST_CAPACITY;
	struct slot *slots = realloc(reader->slots, capacity * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	memset(slots + reader->capacity, 0, (capacity - reader->capacity) * sizeof(*slots));
	reader->slots = slots;
	reader->capacity = capacity;
	return 0;
}

static struct slot *slot_of(struct packed_reader *reader, uint32_t number)
{
	struct slot *slot = slot_find(reader, number);

	if (slot)
		return slot;
	if (reader->count == reader->capacity && slots_grow(reader))
		return NULL;
	reader->positions[number] = (uint16_t)reader->count;
	slot = &reader->slots[reader->count++];
	slot->number = number;
	return slot;
}

static void read_advance(struct packed_reader *reader, struct cursor *cursor, uint32_t argument)
{
	uint32_t lower = take_word(cursor);

	if (cursor->found == PACKED_FOUND_EVENT)
		reader->ticks += (uint64_t)argument << 32 | lower;
}

static void read_define(struct packed_reader *reader, struct cursor *cursor, uint32_t number,
			bool is_wide)
{
	struct body body;

	if (!number || number > PACKED_SLOT_MAX || is_wide != (number >= PACKED_WIDE_MIN))
		cursor_fail(cursor, PACKED_FOUND_DAMAGE);
	take_body(cursor, &body);
	if (cursor->found != PACKED_FOUND_EVENT)
		return;
	struct slot *slot = slot_of(reader, number);
	if (!slot || slot_fill(slot, reader, &body)) {
		cursor_fail(cursor, PACKED_FOUND_DAMAGE);
		return;
	}
	slot->is_wide = is_wide;
}

static void read_event(struct packed_reader *reader, struct cursor *cursor)
{
	uint32_t delta = take_word(cursor);
	struct body body;

	take_body(cursor, &body);
	if (cursor->found != PACKED_FOUND_EVENT)
		return;
	if (slot_fill(&reader->single, reader, &body)) {
		cursor_fail(cursor, PACKED_FOUND_DAMAGE);
		return;
	}
	reader->ticks += delta;
	cursor->found = reader->single.found;
}

static void read_lost(struct packed_reader *reader, struct cursor *cursor)
{
	uint32_t count = take_word(cursor);

	if (cursor->found != PACKED_FOUND_EVENT)
		return;
	reader->single.event = (struct event){ .type = EVENT_events_lost, .value = count };
	cursor->found = PACKED_FOUND_LOST;
}

/*
 * One record other than of a defined slot. True: it is to be told, as *found says. EVENT, LOST and
 * UNKNOWN are in reader->single.
 */
static bool read_record(struct packed_reader *reader, const uint32_t **at, const uint32_t *end,
			enum packed_found *found)
{
	struct cursor cursor = { *at, end, PACKED_FOUND_EVENT };
	uint32_t word = take_word(&cursor);
	uint32_t kind = (word >> ARGUMENT_BITS) & 63, argument = word & 0xffff;
	bool is_wide = kind == PACKED_WIDE;
	bool is_silent = kind == PACKED_ADVANCE || kind == PACKED_DEFINE || is_wide;

	if (word >> PACKED_DELTA_BITS != PACKED_ESCAPE || (argument && !is_silent))
		cursor_fail(&cursor, PACKED_FOUND_DAMAGE);
	else if (kind == PACKED_ADVANCE)
		read_advance(reader, &cursor, argument);
	else if (kind == PACKED_DEFINE || is_wide)
		read_define(reader, &cursor, argument, is_wide);
	else if (kind == PACKED_EVENT)
		read_event(reader, &cursor);
	else if (kind == PACKED_LOST)
		read_lost(reader, &cursor);
	else
		cursor_fail(&cursor, PACKED_FOUND_DAMAGE);
	*found = cursor.found;
	if (cursor.found == PACKED_FOUND_END || cursor.found == PACKED_FOUND_DAMAGE)
		return true;
	*at = cursor.at;
	return !is_silent;
}

/* The word behind the one that names slot. False: it is not there (yet). */
static bool slot_take_object(struct slot *slot, const uint32_t **at, const uint32_t *end)
{
	if (end - *at < 2)
		return false;
	uint32_t lower = *++*at;
	if (slot->has_object)
		slot->event.object = (slot->event.object & ~(uint64_t)UINT32_MAX) | lower;
	return true;
}

enum packed_found packed_read(struct packed_reader *reader, const uint32_t **at,
			      const uint32_t *end, struct event **ret, uint64_t *ticks)
{
	while (*at < end) {
		uint32_t word = **at;
		struct slot *slot = slot_find(reader, word >> PACKED_DELTA_BITS);
		enum packed_found found;

		if (slot) {
			if (slot->is_wide && !slot_take_object(slot, at, end))
				return PACKED_FOUND_END;
			++*at;
			reader->ticks += word & PACKED_DELTA_MAX;
			found = slot->found;
		} else if (read_record(reader, at, end, &found)) {
			slot = &reader->single;
		} else {
			continue;
		}
		*ret = &slot->event;
		*ticks = reader->ticks;
		return found;
	}
	return PACKED_FOUND_END;
}
