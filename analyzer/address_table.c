/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growth and replacement; the look-up is in the header. */
#include <glib.h>

#include "analyzer/address_table.h"

#define FIRST_SIZE 16

static struct address_entry *find(const struct address_table *table, uint64_t key)
{
	size_t at = address_table_mix(key) & (table->size - 1);

	while (table->entries[at].value && table->entries[at].key != key)
		at = (at + 1) & (table->size - 1);
	return &table->entries[at];
}

static void grow(struct address_table *table)
{
	struct address_table bigger = { .size = table->size ? table->size * 2 : FIRST_SIZE,
					.count = table->count };

	bigger.entries = g_new0(struct address_entry, bigger.size);
	for (size_t i = 0; i < table->size; i++)
		if (table->entries[i].value)
			*find(&bigger, table->entries[i].key) = table->entries[i];
	g_free(table->entries);
	*table = bigger;
}

void address_table_set(struct address_table *table, uint64_t key, void *value)
{
	if (table->count * 2 >= table->size)
		grow(table);
	struct address_entry *entry = find(table, key);
	if (!entry->value)
		table->count++;
	*entry = (struct address_entry){ .key = key, .value = value };
}

void address_table_done(struct address_table *table)
{
	g_free(table->entries);
	*table = (struct address_table){ 0 };
}
