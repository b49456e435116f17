/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that are said to wait for each other, by a finding or by the explorer. */
#ifndef TESTS_RANDOM_CLAIM_H
#define TESTS_RANDOM_CLAIM_H

#include <glib.h>

#include "analyzer/report.h"
#include "tests/random/explore.h"
#include "tests/random/run.h"

/* Threads, and the action at which each of them is. */
struct claim {
	uint8_t threads; /* mask */
	uint8_t at[WORLD_THREADS];
	uint8_t phases[WORLD_THREADS];
};

/* What a finding says; false: it does not say which requests it is about. */
bool claim_read(struct claim *claim, const struct finding *finding, const struct record *record);

/* Threads that a finding names, a mask. */
uint8_t claim_threads(const struct finding *finding, const struct record *record);

/* Those of deadlock that are in a ring and there already. */
struct claim claim_of_ring(const struct deadlock *deadlock, uint8_t ring);

/* Do those threads wait for ever there in one of the deadlocks, and for each other? */
bool claim_is_reachable(const struct claim *claim, const struct record *record,
			const GArray *deadlocks);

/*
 * Does the claim tell of the ring: of all its threads or some of them, and of the same requests?
 * Requests of a thread for the same thing with the same locks held are the same, one is told.
 */
bool claim_covers(const struct claim *claim, const struct claim *ring, const struct record *record);

/* What its threads wait for: bits of objects, and of threads behind them. */
unsigned claim_things(const struct claim *claim, const struct record *record);

/* The same by kind: bits of enum claim_kind. */
enum claim_kind { CLAIM_LOCK, CLAIM_JOIN, CLAIM_CONDITION, CLAIM_SEMAPHORE, CLAIM_KIND_COUNT };
unsigned claim_kinds(const struct claim *claim, const struct record *record);

#endif
