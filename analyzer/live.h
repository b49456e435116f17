/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlocks that traced threads find while COMMAND runs (libtrace/waits.h): whether they last, who
 * is in them, and what is to be done.
 *
 * A ring is certain when it is told, but somebody may still break it: a signal handler that jumps, a
 * thread that cancels another. So it is looked at once more a moment later.
 */
#ifndef ANALYZER_LIVE_H
#define ANALYZER_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "libtrace/arena.h"

#define LIVE_NEVER INT64_MAX

/* In the order of the words of --on-deadlock. */
enum live_answer { LIVE_KILL, LIVE_REPORT, LIVE_IGNORE };

struct live {
	enum live_answer answer;
	void (*say)(const char *sentence); /* NULL: nobody hears it */
	const struct arena *arena;	   /* NULL: no deadlock is told of here */
	int64_t due_ns[WAITS_RINGS];	   /* when to look once more; 0: not heard of yet */
	int64_t next_ns; /* the earliest of them, or LIVE_NEVER. CLOCK_MONOTONIC */
};

void live_init(struct live *live, enum live_answer answer, void (*say)(const char *sentence),
	       const struct arena *arena);

/* News came. */
void live_hear(struct live *live, int64_t now_ns);

/* What is due at now_ns is looked at, and said. True: COMMAND is to be ended for it. */
bool live_step(struct live *live, int64_t now_ns);

/* For live.c: one sentence about a ring of that many threads. The caller frees it; NULL: no memory. */
char *live_sentence(const struct waits_seen *members, uint32_t known, uint32_t count,
		    bool is_ended) MUST_CHECK;

#endif
