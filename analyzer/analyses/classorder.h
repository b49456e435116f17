/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders in which locks were taken, by pairs; between the files of that analysis only. */
#ifndef ANALYZER_ANALYSES_CLASSORDER_H
#define ANALYZER_ANALYSES_CLASSORDER_H

#include "analyzer/address_table.h"
#include "analyzer/analyses/wording.h"
#include "analyzer/identity.h"

#define CLASSORDER_GATES_MAX 8

/* One thread requested a lock while it held another one, however often. Places: the first time. */
struct taken_order {
	const struct thread *thread;
	const struct object *held, *requested;
	bool held_is_read, requested_is_read;
	struct place held_place, requested_place;
	int64_t held_ns, requested_ns;
	uint64_t count;
	struct taken_order *next; /* of the same two locks in this order, NULL none */
	unsigned number;	  /* of what classorder_tell() makes of it */
	/* Further locks that were held each time: some of them, where they are many. */
	uint8_t gate_count;
	struct taken_gate {
		const struct object *object;
		bool is_read; /* of an rwlock, for reading, at least once */
	} gates[];
};

struct classorder {
	bool is_told;		      /* as findings */
	bool is_kept;		      /* in the report, to be joined with those of other traces */
	GPtrArray *orders;	      /* struct taken_order, Owned by this */
	struct address_table by_key;  /* hash of what makes an order: the order */
	struct address_table by_pair; /* ids of held and requested: the latest order, a list */
	uint64_t ignored;	      /* orders beyond the limit of memory */
};

/* The orders of those two locks, or NULL. */
const struct taken_order *classorder_of_pair(const struct classorder *self,
					     const struct object *held,
					     const struct object *requested);

/* Identities of locks, each made once. */
struct classorder_names {
	const struct wording *wording;
	GHashTable *identities; /* struct object: struct identity, Owned by this */
};

void classorder_names_init(struct classorder_names *names, const struct wording *wording);
void classorder_names_done(struct classorder_names *names);
const struct identity *classorder_identity(struct classorder_names *names,
					   const struct object *object);

/* Classes that are taken in both orders, as findings. */
void classorder_tell(const struct classorder *self, struct classorder_names *names);

/* One finding: the orders of ring contradict each other. */
void classorder_say(struct classorder_names *names, const struct taken_order *const *ring,
		    unsigned length);

/* All orders, in words that mean the same in other traces, into the report. */
void classorder_keep(const struct classorder *self, struct classorder_names *names);

#endif
