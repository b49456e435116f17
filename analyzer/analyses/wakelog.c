/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log of waits and of who ended them: words in chunks. A record is its pairs, its fields and,
 * last, a head that says what lies before it:
 *
 *	bits 0-1 kind, 2-5 wait, 6 is_timeout, 7-31 held_count, 32-63 thread
 */
#include "analyzer/analyses/wakelog.h"

#include <string.h>

#define CHUNK_WORDS 32768
#define HELD_MAX 8192 /* pairs of one record: the rest is left out */

struct wake_chunk {
	struct wake_chunk *previous, *next;
	size_t used;
	uint64_t records;
	int64_t last_ns;
	uint64_t words[CHUNK_WORDS];
};

void wakelog_done(struct wakelog *log)
{
	while (log->first) {
		struct wake_chunk *next = log->first->next;

		g_free(log->first);
		log->first = next;
	}
	placetable_done(&log->places);
	address_table_done(&log->calls);
	if (log->call_names)
		g_ptr_array_unref(log->call_names);
}

/* The oldest chunk, taken out to be used anew. */
static struct wake_chunk *drop_first(struct wakelog *log)
{
	struct wake_chunk *chunk = log->first;

	log->first = chunk->next;
	if (log->first)
		log->first->previous = NULL;
	else
		log->last = NULL;
	log->is_cut = true;
	log->cut_ns = chunk->last_ns;
	log->records -= chunk->records;
	return chunk;
}

static void add_chunk(struct wakelog *log)
{
	bool is_full = log->first && log->bytes + sizeof(struct wake_chunk) > log->max_bytes;
	struct wake_chunk *chunk = is_full ? drop_first(log) : g_new(struct wake_chunk, 1);

	log->bytes += is_full ? 0 : sizeof(*chunk);
	chunk->previous = log->last;
	chunk->next = NULL;
	chunk->used = 0;
	chunk->records = 0;
	if (log->last)
		log->last->next = chunk;
	else
		log->first = chunk;
	log->last = chunk;
}

/* Names of calls are few, and each is one pointer as long as the model lives. */
static uint32_t call_id(struct wakelog *log, const char *name)
{
	uint64_t key = (uintptr_t)name;
	uint32_t id = GPOINTER_TO_UINT(address_table_get(&log->calls, key));

	if (id || !name)
		return id;
	if (!log->call_names)
		log->call_names = g_ptr_array_new();
	g_ptr_array_add(log->call_names, (void *)name);
	address_table_set(&log->calls, key, GUINT_TO_POINTER(log->call_names->len));
	return log->call_names->len;
}

static uint64_t pair_of(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static uint64_t *put_fields(struct wakelog *log, uint64_t *word, const struct wake_record *record)
{
	bool is_call = record->wait == WAIT_IO || record->wait == WAIT_SLEEP;

	*word++ = (uint64_t)record->begin_ns;
	*word++ = (uint64_t)record->wake_ns;
	*word++ = pair_of(record->waker, record->object);
	*word++ = pair_of(record->place, is_call ? call_id(log, record->call) : record->wake_place);
	return word;
}

void wakelog_add(struct wakelog *log, const struct wake_record *record)
{
	unsigned held_count = MIN(record->held_count, HELD_MAX);
	size_t count = 2 * (size_t)held_count + (record->kind == WAKE_MARK ? 2 : 6);

	if (!log->last || log->last->used + count > CHUNK_WORDS)
		add_chunk(log);
	struct wake_chunk *chunk = log->last;
	uint64_t *word = chunk->words + chunk->used;
	if (held_count)
		memcpy(word, record->held, 2 * (size_t)held_count * sizeof(*word));
	word += 2 * (size_t)held_count;
	if (record->kind != WAKE_MARK)
		word = put_fields(log, word, record);
	*word++ = (uint64_t)record->end_ns;
	*word = pair_of(record->thread, (uint32_t)record->kind | (uint32_t)record->wait << 2 |
						(uint32_t)record->is_timeout << 6 |
						held_count << 7);
	chunk->used += count;
	chunk->records++;
	chunk->last_ns = record->end_ns;
	log->records++;
}

static void get_fields(const struct wakelog *log, const uint64_t *word, struct wake_record *record)
{
	bool is_call = record->wait == WAIT_IO || record->wait == WAIT_SLEEP;

	record->begin_ns = (int64_t)word[0];
	record->wake_ns = (int64_t)word[1];
	record->waker = word[2] >> 32;
	record->object = (uint32_t)word[2];
	record->place = word[3] >> 32;
	record->wake_place = is_call ? 0 : (uint32_t)word[3];
	record->call = is_call && (uint32_t)word[3] ? log->call_names->pdata[(uint32_t)word[3] - 1]
						    : NULL;
}

bool wakelog_previous(const struct wakelog *log, struct wakelog_cursor *cursor,
		      struct wake_record *record)
{
	if (!cursor->has_begun)
		*cursor = (struct wakelog_cursor){ .chunk = log->last,
						   .at = log->last ? log->last->used : 0,
						   .has_begun = true };
	if (cursor->chunk && !cursor->at) {
		cursor->chunk = cursor->chunk->previous;
		cursor->at = cursor->chunk ? cursor->chunk->used : 0;
	}
	if (!cursor->chunk)
		return false;
	const uint64_t *word = cursor->chunk->words + cursor->at - 2;
	uint32_t head = (uint32_t)word[1];
	record->kind = head & 3;
	record->wait = head >> 2 & 15;
	record->is_timeout = head >> 6 & 1;
	record->held_count = head >> 7;
	record->thread = word[1] >> 32;
	record->end_ns = (int64_t)word[0];
	if (record->kind != WAKE_MARK) {
		word -= 4;
		get_fields(log, word, record);
	}
	record->held = word - 2 * (size_t)record->held_count;
	cursor->at = (size_t)(record->held - cursor->chunk->words);
	return true;
}
