/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places as small numbers, each place once. */
#ifndef ANALYZER_ANALYSES_PLACETABLE_H
#define ANALYZER_ANALYSES_PLACETABLE_H

#include <glib.h>

#include "analyzer/address_table.h"
#include "analyzer/model.h"

/* More are not told apart from unknown ones. */
#define PLACETABLE_MAX 200000

/* Zeroed memory is an empty one. */
struct placetable {
	struct address_table by_key;
	GArray *places; /* struct place; the first is number 1 */
};

void placetable_done(struct placetable *table);

/* Good enough to stand for hash and place: 64 bits of a mixture never meet by chance. */
uint64_t placetable_key(uint64_t hash, struct place place);

/* The number of place, 0 for an unknown one. */
uint32_t placetable_id(struct placetable *table, struct place place);

struct place placetable_place(const struct placetable *table, uint32_t id);

#endif
