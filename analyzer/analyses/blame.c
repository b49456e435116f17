/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made whom wait: sums, and the turns of a lock while it is waited for. */
#include "analyzer/analyses/blame.h"

#include <string.h>

/* More turns than this in one wait are not told apart. */
#define TURNS_PER_WAIT 4096
#define FIRST_SIZE 16

/* Good enough to stand for the key: 64 bits of a mixture never meet by chance. */
static uint64_t key_hash(struct blame_key key)
{
	return address_table_mix(address_table_mix((uint64_t)key.waiter << 32 | key.holder) +
				 ((uint64_t)key.object << 1 | key.is_read));
}

void blame_table_init(struct blame_table *table)
{
	*table = (struct blame_table){ 0 };
	table->entries = g_ptr_array_new_with_free_func(g_free);
}

void blame_table_done(struct blame_table *table)
{
	address_table_done(&table->by_key);
	g_ptr_array_unref(table->entries);
}

static struct blame_entry *entry_of(struct blame_table *table, struct blame_key key)
{
	uint64_t hash = key_hash(key);
	struct blame_entry *entry = address_table_get(&table->by_key, hash);

	if (entry)
		return entry;
	entry = g_new0(struct blame_entry, 1);
	entry->key = key;
	g_ptr_array_add(table->entries, entry);
	address_table_set(&table->by_key, hash, entry);
	return entry;
}

void blame_table_sum(struct blame_table *table, struct blame_key key, uint64_t count, int64_t ns)
{
	struct blame_entry *entry = entry_of(table, key);

	entry->count += count;
	if (__builtin_add_overflow(entry->ns, ns, &entry->ns))
		entry->ns = INT64_MAX;
}

void blame_table_add(struct blame_table *table, struct blame_key key, uint64_t wait, int64_t ns)
{
	struct blame_entry *entry = entry_of(table, key);

	entry->count += entry->last_wait != wait;
	entry->last_wait = wait;
	if (__builtin_add_overflow(entry->ns, ns, &entry->ns))
		entry->ns = INT64_MAX;
}

void turns_done(struct turns *turns)
{
	g_free(turns->list);
	*turns = (struct turns){ 0 };
}

void turns_reset(struct turns *turns)
{
	turns->base += turns->count;
	turns->count = 0;
}

uint64_t turns_present(const struct turns *turns)
{
	return turns->base + (turns->count ? turns->count - 1 : 0);
}

static void make_room(struct turns *turns, uint64_t first_needed)
{
	size_t old = first_needed > turns->base
			     ? (size_t)MIN(first_needed - turns->base, turns->count)
			     : 0;

	if (old >= turns->count / 2 + 1) {
		turns->count -= old;
		memmove(turns->list, turns->list + old, turns->count * sizeof(*turns->list));
		turns->base += old;
		return;
	}
	turns->size = turns->size ? turns->size * 2 : FIRST_SIZE;
	turns->list = g_renew(struct turn, turns->list, turns->size);
}

void turns_add(struct turns *turns, uint32_t thread, int64_t since_ns, uint64_t first_needed)
{
	if (turns->count && turns->list[turns->count - 1].thread == thread)
		return;
	if (turns->count == turns->size)
		make_room(turns, first_needed);
	turns->list[turns->count++] = (struct turn){ .thread = thread, .since_ns = since_ns };
}

void turns_charge(const struct turns *turns, uint64_t first, struct blame_table *table,
		  uint64_t wait, struct blame_key key, int64_t since_ns, int64_t until_ns)
{
	size_t at = first > turns->base ? (size_t)(first - turns->base) : 0;
	size_t end = MIN(turns->count, at + TURNS_PER_WAIT);
	int64_t from_ns = since_ns;

	for (; at < end; at++) {
		int64_t to_ns = at + 1 < turns->count ? turns->list[at + 1].since_ns : until_ns;
		key.holder = turns->list[at].thread;
		blame_table_add(table, key, wait, elapsed_ns(from_ns, to_ns));
		from_ns = MAX(from_ns, to_ns);
	}
	if (end < turns->count) {
		key.holder = BLAME_OTHERS;
		blame_table_add(table, key, wait, elapsed_ns(from_ns, until_ns));
	}
}

void begun_add(struct begun *begun, uint32_t object, uint64_t turn)
{
	if (begun->count == BEGUN_MAX) {
		begun->count--;
		memmove(begun->list, begun->list + 1, begun->count * sizeof(*begun->list));
	}
	begun->list[begun->count++] = (struct begun_wait){ .object = object, .turn = turn };
}

bool begun_find(const struct begun *begun, uint32_t object, uint64_t *turn)
{
	for (unsigned i = begun->count; i-- > 0;) {
		if (begun->list[i].object != object)
			continue;
		*turn = begun->list[i].turn;
		return true;
	}
	return false;
}

void begun_end(struct begun *begun, uint32_t object)
{
	for (unsigned i = begun->count; i-- > 0;) {
		if (begun->list[i].object != object)
			continue;
		begun->count = i;
		return;
	}
}
