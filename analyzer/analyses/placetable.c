/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places as small numbers. Where there is a stack, it says all that the site says. */
#include "analyzer/analyses/placetable.h"

static uint64_t mix(uint64_t hash, uint64_t word)
{
	return address_table_mix(hash + word + 1);
}

uint64_t placetable_key(uint64_t hash, struct place place)
{
	hash = mix(hash, place.process ? place.process->index + 1 : 0);
	return mix(mix(hash, place.stack != 0), place.stack ? place.stack : place.site);
}

void placetable_done(struct placetable *table)
{
	address_table_done(&table->by_key);
	if (table->places)
		g_array_unref(table->places);
	table->places = NULL;
}

uint32_t placetable_id(struct placetable *table, struct place place)
{
	if (!place.process || (!place.site && !place.stack))
		return 0;
	uint64_t key = placetable_key(0, place);
	uint32_t id = GPOINTER_TO_UINT(address_table_get(&table->by_key, key));
	if (id)
		return id;
	if (!table->places)
		table->places = g_array_new(FALSE, FALSE, sizeof(struct place));
	if (table->places->len >= PLACETABLE_MAX)
		return 0;
	g_array_append_val(table->places, place);
	address_table_set(&table->by_key, key, GUINT_TO_POINTER(table->places->len));
	return table->places->len;
}

struct place placetable_place(const struct placetable *table, uint32_t id)
{
	static const struct place nowhere;

	return id ? g_array_index(table->places, struct place, id - 1) : nowhere;
}
