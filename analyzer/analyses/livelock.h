/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of livelocks remembers; between its files only. */
#ifndef ANALYZER_ANALYSES_LIVELOCK_H
#define ANALYZER_ANALYSES_LIVELOCK_H

#include "analyzer/analyses/wording.h"
#include "analyzer/model.h"

/* The manual tells these two. */
#define LIVELOCK_ROUNDS 20
#define LIVELOCK_NS INT64_C(100000000)

#define LIVELOCK_HOLDS 4    /* locks that a thread holds at its attempts */
#define LIVELOCK_MEMBERS 16 /* of a ring */
#define LIVELOCK_RINGS 1000

/* A lock that was held at a failed attempt: the latest time. */
struct livelock_hold {
	const struct object *object;
	struct place place;
	int64_t since_ns;
};

/* Failed attempts of one thread at one lock. */
struct livelock_streak {
	const struct object *target; /* NULL: there is none */
	const struct thread *holder; /* of target, at the latest attempt */
	bool is_read;		     /* of an rwlock, for reading */
	struct place place;	     /* of the latest attempt */
	int64_t start_ns, latest_ns;
	uint64_t failures, rounds;
	uint64_t number; /* of the latest failure, among those of all threads */
	struct livelock_hold holds[LIVELOCK_HOLDS];
	unsigned hold_count;
	struct livelock_ring *ring; /* that it is part of, Weak, or NULL */
};

/* Each member has failed to get what the next one holds, the last one what the first holds. */
struct livelock_ring {
	struct {
		const struct thread *thread;
		struct livelock_streak streak; /* once it is closed */
	} members[LIVELOCK_MEMBERS];
	unsigned count;
	int64_t start_ns, end_ns; /* of all: the latest start; when it was over */
	bool is_open;
	const struct thread *ended_by; /* who got on, NULL nobody */
};

/* In livelock_words.c. */
void livelock_report(const struct wording *wording, const struct livelock_ring *ring);

#endif
