/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a few threads do to a few objects, and what POSIX makes of it: one state at a time. The
 * explorer asks it about every state, the run that is recorded takes one way through.
 *
 * Conditions have no spurious wake-ups, and a signal is for the one who waits longest; one that
 * nobody waits for is lost. Who wants a mutex, rwlock or semaphore comes in any order, and readers
 * pass a writer who waits.
 */
#ifndef TESTS_RANDOM_WORLD_H
#define TESTS_RANDOM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#define WORLD_THREADS 4
#define WORLD_OBJECTS 4
#define WORLD_ACTIONS 31 /* of one thread */

enum thing_kind { THING_MUTEX, THING_RECURSIVE, THING_RWLOCK, THING_COND, THING_SEMAPHORE };

struct thing {
	enum thing_kind kind;
	uint8_t mutex; /* of a condition: which object */
	uint8_t count; /* of a semaphore, at first */
	bool is_lock;  /* a semaphore that served as one: see struct object of the model */
};

enum action_kind {
	ACTION_LOCK,
	ACTION_UNLOCK,
	ACTION_WAIT,
	ACTION_SIGNAL,
	ACTION_BROADCAST,
	ACTION_TAKE,
	ACTION_POST,
	ACTION_CREATE,
	ACTION_JOIN
};

/* One thing that a thread did, as far as a trace tells. Attempts that failed are none. */
struct action {
	enum action_kind kind;
	uint8_t object; /* of ACTION_CREATE and ACTION_JOIN: the thread */
	bool is_read;
	bool is_patient; /* would wait without a limit */
	bool gave_up;	 /* ACTION_WAIT: it ended by its limit, not by a signal */
	uint32_t site;	 /* no two are the same */
	uint32_t waker;	 /* ACTION_WAIT: site of the signal that ended it in the run, 0 none */
	uint8_t woken;	 /* ACTION_SIGNAL, ACTION_BROADCAST: how many waits it ended in the run */
	bool has_taken;	 /* ACTION_TAKE: in the run too; else the run ended before */
	bool has_post;	 /* ACTION_TAKE: it took what that action of poster had posted in the run */
	uint8_t poster, post;
};

/* All that the threads did, each in its order. */
struct record {
	unsigned thread_count;
	struct thing things[WORLD_OBJECTS];
	struct action actions[WORLD_THREADS][WORLD_ACTIONS];
	uint8_t counts[WORLD_THREADS];
	bool is_over[WORLD_THREADS]; /* it exited; else the record ends while it still runs or waits */
	uint8_t creators[WORLD_THREADS];
};

/* How far the action at which a thread is has come. */
enum phase { PHASE_BEFORE, PHASE_WAITING, PHASE_WOKEN };

struct world {
	uint8_t at[WORLD_THREADS]; /* the action that is next */
	uint8_t phases[WORLD_THREADS];
	uint8_t queue[WORLD_THREADS]; /* threads that wait for a signal, longest first */
	uint8_t queued;
	uint8_t created; /* mask of threads */
	/* A signal was for others than in the run or for nobody, a post for another take. */
	bool is_estranged;
	struct {
		int8_t owner; /* or writer, -1 none */
		uint8_t depth;
		uint8_t readers[WORLD_THREADS];
		uint8_t count;
	} objects[WORLD_OBJECTS];
};

/* "main", "one", ... */
const char *world_thread_name(unsigned thread);
/* "A", "B", ... */
const char *world_object_name(unsigned object);

void world_init(struct world *world, const struct record *record);

/* The same for two states if and only if the same can follow. */
uint64_t world_key(const struct world *world);

/* The action at which thread is, NULL when it has done all or is not there yet. */
const struct action *world_action(const struct world *world, const struct record *record,
				  unsigned thread);

/* Can thread go one step on: do its action, or begin to wait for a condition? */
bool world_can(const struct world *world, const struct record *record, unsigned thread);
void world_go(struct world *world, const struct record *record, unsigned thread);

/*
 * thread is about to wait for a signal that has been sent: one who looks at its data first need not.
 * Then let it go on without.
 */
bool world_may_pass(const struct world *world, const struct record *record, unsigned thread);
void world_pass(struct world *world, unsigned thread);

/* thread no longer waits for a condition, though nobody has woken it. */
void world_give_up(struct world *world, unsigned thread);

/* Threads that go on only when others of them do. */
struct deadlock {
	uint8_t threads;		  /* mask */
	uint8_t at[WORLD_THREADS];	  /* of those */
	uint8_t phases[WORLD_THREADS];	  /* of those */
	uint8_t waits_for[WORLD_THREADS]; /* masks, within threads; 0: nobody could end its wait */
	uint8_t absent;			  /* mask, within threads: not created yet */
	bool is_estranged;		  /* as of the state */
};

/* The greatest such set of this state; whether there is one. */
bool world_find_deadlock(const struct world *world, const struct record *record,
			 struct deadlock *deadlock);

#endif
