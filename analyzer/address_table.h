/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a 64-bit number to a pointer: open addressing, for look-ups on every event. */
#ifndef ANALYZER_ADDRESS_TABLE_H
#define ANALYZER_ADDRESS_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is an empty table. Entries are never taken out, only replaced. */
struct address_table {
	struct address_entry {
		uint64_t key;
		void *value; /* Weak, NULL: empty */
	} * entries;	     /* Owned by this */
	size_t size;	     /* 0 or a power of two */
	size_t count;
};

void address_table_done(struct address_table *table);

/* value must not be NULL. */
void address_table_set(struct address_table *table, uint64_t key, void *value);

static inline uint64_t address_table_mix(uint64_t key)
{
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93;
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93;
	return key ^ key >> 32;
}

/* The value of key, or NULL. */
static inline void *address_table_get(const struct address_table *table, uint64_t key)
{
	if (!table->size)
		return NULL;
	size_t at = address_table_mix(key) & (table->size - 1);
	while (table->entries[at].value && table->entries[at].key != key)
		at = (at + 1) & (table->size - 1);
	return table->entries[at].value;
}

#endif
