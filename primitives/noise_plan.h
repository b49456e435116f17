/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pauses --noise makes, and how long: the arithmetic alone.
 *
 * Each thread draws from a stream of its own. Where it begins depends on the seed, on the program and
 * on which child of which thread this one is; how far it is, on how many requests the thread has
 * made. So a thread that does the same things again draws the same pauses, whatever others do meanwhile.
 *
 * What a thread does for the first time pauses often, and the more often it has done so the more rarely:
 * all pauses at one place grow with the logarithm of its visits. Beyond that a process has a budget.
 */
#ifndef PRIMITIVES_NOISE_PLAN_H
#define PRIMITIVES_NOISE_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Locks that one thread holds at once; it may hold more, which are not looked at. */
#define NOISE_HELD_MAX 8

/* All zero: nothing is known of how the thread was made. */
struct noise_thread {
	uint64_t key;		       /* of its stream, 0 not made yet */
	uint32_t index;		       /* which child of its creator, from 1; 0 a first thread */
	uint32_t draws;		       /* so far */
	uint32_t children;	       /* threads and processes that it has made */
	uint64_t held[NOISE_HELD_MAX]; /* addresses, 0 none; in no order */
};

/* What is about to happen. */
enum noise_point {
	NOISE_NOTHING, /* of interest */
	NOISE_REQUEST, /* a lock is requested */
	NOISE_RELEASE, /* a lock is released */
	NOISE_SIGNAL,  /* a condition is signalled, or waited for */
	NOISE_START,   /* the thread begins */
	NOISE_NESTED,  /* a lock is requested while others are held */
	NOISE_POINT_COUNT
};

/* How often each thread was where; what does not fit is taken for something else, which thins it. */
#define NOISE_SIGHTS 32768
struct noise_sights {
	_Atomic uint16_t counts[2][NOISE_SIGHTS];
};

/*
 * Of a process: all pauses of its threads take NOISE_FREE_NS and one of NOISE_PART parts of the time, at
 * most. A quarter of that is not for the nested ones.
 */
#define NOISE_FREE_NS 64000000
#define NOISE_PART 2
struct noise_budget {
	int64_t start_ns;
	_Atomic int64_t nested_ns, other_ns; /* spent */
};

/*
 * The key of the first thread of a program. line: its command line, of which the directory of the
 * program is no part; nth: how many with that line were before.
 */
uint64_t noise_program_key(uint32_t seed, const char *line, uint32_t nth);
uint64_t noise_line_hash(const char *line);

/* parent makes a thread: what that one begins with. */
struct noise_thread noise_child(struct noise_thread *parent);
/* parent is about to make a process; and is the copy of it in the child. */
void noise_fork(struct noise_thread *parent);
void noise_forked(struct noise_thread *copy);

/* The thread has acquired object; has released it. Also in signal handlers. is_once: no more than one of it. */
void noise_hold(struct noise_thread *thread, uint64_t object, bool is_once);
void noise_let_go(struct noise_thread *thread, uint64_t object);
bool noise_holds_any(const struct noise_thread *thread);

/* How long to pause at point, which is at site; 0: not. A request is nested where locks are held. */
int64_t noise_draw(struct noise_thread *thread, struct noise_sights *sights, enum noise_point point,
		   uint64_t site);

/* Take ns out of the budget; false: there is not so much. */
bool noise_afford(struct noise_budget *budget, bool is_nested, int64_t ns, int64_t now_ns);

#endif
