/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A log of waits and of who ended them, to be read backwards. Between its records lies how long the
 * thread held which lock, so that the time a path spends in the sections of a lock is known without
 * a record of each section. Where it outgrows its budget, the oldest records are dropped.
 */
#ifndef ANALYZER_ANALYSES_WAKELOG_H
#define ANALYZER_ANALYSES_WAKELOG_H

#include "analyzer/address_table.h"
#include "analyzer/analyses/placetable.h"
#include "analyzer/model.h"

/* In place of the id of a thread or an object. */
#define WAKELOG_NOBODY UINT32_MAX

enum wake_kind {
	WAKE_MARK,  /* the thread is about to wait, to wake others, or to end */
	WAKE_WAIT,  /* a wait is over */
	WAKE_START, /* a thread has started; the wait is for that, since its creation */
};

struct wake_record {
	enum wake_kind kind;
	uint32_t thread; /* id */
	int64_t end_ns;	 /* of the mark: when */
	/*
	 * Pairs of words: id of a lock, ns for which thread held it, from its record before this one to
	 * begin_ns, or of a wait from begin_ns to end_ns: while it waited.
	 */
	const uint64_t *held;
	unsigned held_count; /* pairs */
	/* Of a wait or start: */
	enum wait_kind wait;
	bool is_timeout;
	/* id; WAKELOG_NOBODY: not known, or nobody's doing; thread itself: it had not to wait. */
	uint32_t waker;
	int64_t begin_ns, wake_ns;
	uint32_t object;     /* id, WAIT_JOIN: of the thread; WAKELOG_NOBODY none */
	uint32_t place;	     /* of placetable: where it waited */
	uint32_t wake_place; /* of placetable: where the waker ended it */
	const char *call;    /* WAIT_IO, WAIT_SLEEP: name of the function */
};

/* Zeroed memory, max_bytes set, is an empty one. */
struct wakelog {
	struct wake_chunk *first, *last; /* Owned by this */
	size_t bytes, max_bytes;
	uint64_t records; /* kept */
	bool is_cut;	  /* older ones were dropped */
	int64_t cut_ns;	  /* end of the latest that was dropped */
	struct placetable places;
	struct address_table calls;
	GPtrArray *call_names; /* NULL none */
};

void wakelog_done(struct wakelog *log);

/* record->call need not outlive the call to this one beyond what struct wait says. */
void wakelog_add(struct wakelog *log, const struct wake_record *record);

/* Zeroed memory stands behind the latest record. */
struct wakelog_cursor {
	const struct wake_chunk *chunk;
	size_t at;
	bool has_begun;
};

/* The record before cursor; what it points to lives until the next wakelog_add(). False: none. */
bool wakelog_previous(const struct wakelog *log, struct wakelog_cursor *cursor,
		      struct wake_record *record);

#endif
