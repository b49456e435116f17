/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model: processes, threads and objects of a trace, who holds what and
 * who waits for what. It turns each event into steps, which the analyses see.
 *
 * The model never fails. What does not fit is counted by kind in struct misfits
 * and worked around.
 *
 * Everything below belongs to the model and lives until model_free(); objects and
 * threads are never freed before. Order of all lists is order of appearance in the
 * trace, so a walk over them is deterministic.
 */
#ifndef ANALYZER_MODEL_H
#define ANALYZER_MODEL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/priority.h"
#include "analyzer/elapsed.h"
#include "libtrace/event.h"

/* A place in a program: where a call came from, and the stack if one was taken. */
struct place {
	struct process *process; /* NULL: unknown place */
	uint64_t site;		 /* return address, 0 unknown */
	uint64_t stack;		 /* id for process_frames(), 0 none */
};

/* A file mapped into a process. */
struct module {
	uint64_t start, size;
	const char *path;     /* Owned by this, never NULL */
	const char *build_id; /* hex, Owned by this, may be empty */
};

struct process {
	int32_t pid;
	unsigned index;		/* 0, 1, ... in the trace */
	struct process *parent; /* Weak, NULL unknown */
	const char *command;	/* its command line, NULL unknown. Owned by this */
	GArray *modules;	/* struct module; a later one hides an earlier one */
	GPtrArray *threads;	/* struct thread */
	GPtrArray *objects;	/* struct object */
	int64_t start_ns, end_ns;
	/*
	 * It ended by itself: exit, _exit, return from main, exec. False: killed,
	 * or still alive when the recording ended.
	 */
	bool has_exited;
	/* It did so after the recorder had begun to end it. */
	bool was_ended;
	/* The main thread left by pthread_exit while the process went on. */
	bool main_left;
	struct thread *exiting; /* who began the exit, Weak, or NULL */
	bool is_fork;		/* began as a copy of parent: same modules, stacks, objects */
	/*
	 * Of a fork: locks that other threads of parent held when it was made. Nobody in
	 * this process can release them. struct inherited_hold, NULL none.
	 */
	GArray *inherited;
	struct place fork_place; /* of the fork in parent, process NULL: unknown */
	struct process_private *private;
};

enum wait_kind {
	WAIT_NONE,
	WAIT_LOCK,	/* object: a mutex, spin lock, rwlock or once */
	WAIT_COND,	/* object: the condition; mutex: released meanwhile */
	WAIT_JOIN,	/* target: the thread */
	WAIT_SEMAPHORE, /* object: the semaphore */
	WAIT_BARRIER,	/* object: the barrier, at which it has arrived */
	WAIT_FUTEX,	/* object: the futex */
	WAIT_IO,	/* call: a function that may block */
	WAIT_SLEEP,	/* call: a function that sleeps */
	WAIT_KIND_COUNT
};

/* What a blocked thread waits for. */
struct wait {
	enum wait_kind kind;
	struct object *object;
	struct object *mutex;
	struct thread *target; /* NULL while the pthread_t is not known */
	uint64_t handle;       /* pthread_t of a join */
	int64_t since_ns;
	struct place place;
	bool is_timed;
	bool is_read;	  /* WAIT_LOCK of an rwlock: for reading */
	const char *call; /* name of the function, lives as long as the model */
	/* WAIT_COND: it held the mutex when it began to wait, or nobody can know. */
	bool had_mutex;
	/*
	 * WAIT_COND, WAIT_SEMAPHORE, WAIT_FUTEX: a signal, post or wake (or a broadcast after
	 * the wait began) has come that is meant for this wait: the earliest not yet consumed. A
	 * condition's waiter now waits for the mutex. waker: who sent it. WAIT_BARRIER: the last
	 * party has arrived, who is the waker.
	 */
	bool is_woken;
	struct thread *waker;
	int64_t woken_ns;
	struct place waker_place;
	/* Its thread saw then that it is in a ring of so many waits; 0: it did not. */
	int64_t found_ns;
	int64_t found_count;
	int32_t found_pid, found_tid; /* who holds what it waits for */
	/* Of a model that was stopped (model_stop()): the rest of the trace ends this wait, when. */
	bool ends_later;
	int64_t ends_ns;
};

enum thread_state {
	THREAD_NEW,	/* create was seen, its start not yet */
	THREAD_RUNNING, /* not blocked in a traced call */
	THREAD_BLOCKED, /* wait says in what */
	THREAD_EXITING, /* left its routine; destructors may run, wait says if blocked */
	THREAD_EXITED
};

/* A lock that a thread holds. In the list of its thread, oldest first. */
struct hold {
	struct object *object;
	struct thread *thread;
	int64_t since_ns;
	struct place place; /* of the first acquisition */
	unsigned depth;	    /* 1, more for recursive acquisitions */
	bool is_read;	    /* of an rwlock, for reading: shared with others */
	struct hold *previous, *next;
	struct hold *previous_holder,
		*next_holder; /* of the same object, in order of acquisition */
};

struct thread {
	struct process *process;
	int32_t tid;	 /* 0 while unknown */
	uint64_t handle; /* pthread_t, 0 unknown */
	unsigned index;	 /* 0, 1, ... in its process, 0 is the first seen */
	unsigned id;	 /* 0, 1, ... in the trace: index for analyses' own arrays */
	bool is_main;
	const char *name; /* as the program gave it, NULL none. Owned by this */
	enum thread_state state;
	bool was_joined, is_detached;
	bool is_killed;		/* ended with its process or the recording, not by itself */
	struct thread *creator; /* Weak, NULL unknown */
	struct place create_place;
	uint64_t routine;	  /* address of its start routine, 0 unknown */
	struct priority priority; /* its own, not what a mutex may lend it */
	int64_t start_ns, end_ns; /* first event, exit (or last event of the trace) */
	/*
	 * kind is WAIT_NONE unless blocked. A signal handler may wait while its thread waits:
	 * this is the innermost wait, and when it ends the one around it is here again, as old as
	 * it is. Its thread is in the list of waiters of this wait alone.
	 */
	struct wait wait;
	struct hold *held, *held_last; /* in order of acquisition, NULL none */
	unsigned held_count;
	uint64_t steps; /* count of its steps so far: its program order */
	struct thread *previous_waiter, *next_waiter; /* of wait.object */
};

struct object {
	struct process *process;
	enum event_object kind; /* from OBJECT_MUTEX to OBJECT_FUTEX */
	uint64_t address;
	unsigned generation;	 /* 1, 2, ... at that address */
	unsigned id;		 /* 0, 1, ... in the trace: index for analyses' own arrays */
	unsigned index;		 /* 1, 2, ... among those of its kind in its process */
	enum native_kind native; /* of the native library: as what; else NATIVE_NONE */
	bool is_handed;		 /* a native lock: another thread than its holder has released it */
	int mutex_kind;		 /* enum mutex_kind, -1 unknown */
	int rwlock_kind;	 /* enum rwlock_kind, -1 unknown */
	bool is_shared;		 /* other processes may use it too */
	/* The one before it at that address, Weak, NULL none; its memory may have been reused. */
	struct object *previous;
	const char *name;	  /* by heddle_name() or sem_open(), NULL none. Owned by this */
	struct place init_place;  /* site 0: never seen, e.g. a static initialiser */
	struct place first_place; /* of its first use */
	bool is_destroyed;
	bool is_gone;	      /* the stack frame in which it lay was left; also is_destroyed then */
	bool owner_died;      /* its holder exited or was cancelled while holding it */
	bool is_inconsistent; /* robust, acquired from a dead owner, not yet declared consistent */
	/*
	 * NULL free, or acquired before the trace, or its acquisition was not told. Of several
	 * readers the one who has held longest, the others follow as next_holder.
	 */
	struct hold *holder;
	unsigned holder_count;
	/* A semaphore: its count as far as the trace tells, -1 unknown. A barrier: of its parties. */
	int64_t count;
	/*
	 * A semaphore: it began with 1, never had more, and each post was by the thread that
	 * had taken it last: it serves as a lock, and owner is who took it and has not posted since.
	 */
	bool is_lock_like;
	struct thread *owner; /* Weak, of any semaphore: the last taker, NULL when posted since */
	struct place owner_place; /* where it took it */
	int64_t owner_since_ns;
	struct thread *waiters, *waiters_last; /* in order of arrival, NULL none */
	struct thread *last_holder;	       /* Weak, NULL never held */
};

/* See struct process. */
struct inherited_hold {
	uint64_t address;
	struct object *object; /* the parent's */
	struct thread *holder; /* in the parent */
	struct place place;    /* where it was acquired there */
	int64_t since_ns;
};

/* Things in the trace that did not fit the model, by kind. */
struct misfits {
	uint64_t release_unheld; /* of what was not held: acquired before the trace? */
	uint64_t acquire_held;	 /* acquired while another thread holds it */
	uint64_t end_without_begin;
	uint64_t begin_while_blocked;
	uint64_t unknown_thread; /* join, name, detach of a pthread_t never seen */
	uint64_t after_exit;	 /* events of a thread that has ended */
	uint64_t inverted;	 /* stamps of two CPUs out of order, put right */
	uint64_t backward;	 /* earlier than the event before it */
};

enum step_kind {
	/*
	 * Also of a fork or exec. What the forking thread held follows: a STEP_ACQUIRE, is_try, of
	 * each by the child's thread, with a place in the parent (place.process is not process).
	 */
	STEP_PROCESS_START,
	STEP_FORK, /* thread is about to fork */
	STEP_PROCESS_EXIT,
	STEP_THREAD_CREATE, /* thread creates other */
	STEP_THREAD_START,  /* first step of thread; other: its creator or NULL */
	STEP_THREAD_EXIT,
	STEP_REQUEST,	     /* thread is about to block on a lock; thread->wait is set */
	STEP_REQUEST_FAILED, /* it gave up: timeout, deadlock error; wait: the wait that ended */
	STEP_ACQUIRE,	     /* hold: the new hold (depth 1). wait: the wait before it, or NULL;
				   is_try: by an attempt that would not have waited;
				   after a condition wait: wait is NULL, place that of the wait */
	STEP_REACQUIRE,	     /* recursive: hold->depth went up. Going down again is no step */
	STEP_TRY_FAILED,
	STEP_RELEASE,	     /* hold: about to end, already out of the lists; hold->depth is 0.
				   thread: whose hold it was; other: who released it where that
				   was another thread, else NULL (after STEP_SUMMARY always) */
	STEP_RELEASE_UNDONE, /* the release before it failed; hold is back, as old as it was */
	STEP_RELEASE_UNHELD, /* a lock that nobody holds; not in a fork that may have inherited it */
	STEP_RELEASE_FAILED, /* result says why; before the STEP_RELEASE_UNDONE, if there is one */
	STEP_CONSISTENT,     /* a robust mutex is declared consistent; result */
	/*
	 * Of a condition, semaphore, barrier or futex; thread->wait is set and says which. Of a
	 * condition it comes after the STEP_RELEASE of its mutex.
	 */
	STEP_WAIT_BEGIN,
	STEP_WAIT_END, /* wait: the wait that ended; of a condition before the STEP_ACQUIRE of the
				   mutex; of a semaphore with result 0 before the STEP_TAKE */
	STEP_TAKE,     /* a semaphore; wait: the wait before it, or NULL; place: as of STEP_ACQUIRE;
				   is_try, result 0 */
	STEP_SIGNAL,   /* condition, semaphore (a post), futex (a wake of one). other: the waiter
				   it is matched to or NULL; its wait may lie around other->wait.
				   result: EINVAL of a condition that is destroyed */
	STEP_BROADCAST, /* condition, or futex: a wake of several */
	STEP_LOOK, /* of a native event that was set; wait: what it would have been; other: its waker */
	STEP_REFUSED,	  /* a call on a native object, as misuse; result says why */
	STEP_POST_FAILED, /* other: the waiter that the post before it was matched to, or NULL */
	STEP_CALL_BEGIN,  /* thread->wait is set: WAIT_IO or WAIT_SLEEP */
	STEP_CALL_END,	  /* wait: the wait that ended */
	STEP_JOIN_BEGIN,  /* thread->wait is set */
	STEP_JOIN_END,	  /* wait: the wait that ended, NULL for a join that does not wait;
				   other: the joined thread, NULL unless result 0 */
	STEP_INIT, /* old: the object that was at that address, where it was not destroyed; it
				   has its holders and waiters still. A STEP_RELEASE of each hold follows */
	STEP_DESTROY,
	STEP_PRIORITY, /* other->priority has changed; thread: who did it */
	STEP_TALLY, /* count acquisitions of object, is_read, that are told by no other step; result:
				   how long one of them was held in ns, or -1 */
	/*
	 * From now on acquisitions and releases without a wait may not be told; those of one hold
	 * are told both or neither, and all that a thread holds is told before it waits. thread
	 * and process are NULL. Comes once, and for ever.
	 */
	STEP_SUMMARY,
	STEP_KIND_COUNT
};

/* What an event means. Pointers live for the call, what they point to as said above. */
struct step {
	enum step_kind kind;
	bool is_try;
	bool is_timed;
	bool is_read; /* of an rwlock, for reading */
	int64_t time_ns;
	struct process *process;
	struct thread *thread;
	struct object *object; /* lock or condition, NULL where none */
	struct thread *other;
	struct object *old;
	const struct hold *hold;
	const struct wait *wait;
	struct place place;
	int64_t result; /* 0 or an errno */
	uint64_t count;
};

/* What the recorder says that recording took; each -1 where it does not. */
struct recording_cost {
	int64_t events, bytes, flushes;
	int64_t blocked_ns; /* how long threads waited for the recorder, in all */
	int64_t event_ps;   /* how long it takes to record one event */
	int64_t cpu_ns;	    /* of the command */
};

/* A thread as the recorder saw it when it was about to end the command. */
struct seen_thread {
	struct process *process;
	struct thread *thread; /* NULL: the trace does not tell of it */
	int32_t tid;
	const char *state, *kernel_name; /* of thread_seen. Owned by this */
	int64_t cpu_ns;
	struct place place; /* its stack, and no site */
	struct wait wait;   /* as it was then, if thread was in a traced call */
};

/* Threads that it took no stack of. */
struct unseen_threads {
	int64_t count;	 /* 0: all */
	const char *why; /* Owned by this */
};

/* What the recorder saw then. */
struct model_hang {
	const char *reason; /* text of recording_hang. Owned by this */
	int64_t time_ns;
	int64_t idle_ns; /* for how long nothing had moved, -1: that was not why */
	GArray *seen;	 /* struct seen_thread */
	GArray *unseen;	 /* struct unseen_threads */
};

enum model_detail { MODEL_DETAIL_NOT_TOLD, MODEL_DETAIL_FULL, MODEL_DETAIL_SUMMARY };

struct model;
struct model *model_new(void);
void model_free(struct model *model); /* NULL is allowed */

typedef void (*model_step_fn)(void *context, const struct step *step);

/* Apply one event; step_fn is called for each step, with the model as it is after that step. */
void model_apply(struct model *model, const struct event *event, model_step_fn step_fn,
		 void *context);

/*
 * The trace goes on, but the model stops at time_ns, which is not before its last event: threads
 * live, hold and wait until then. lost: how many events the whole trace lost. Before model_finish().
 */
void model_stop(struct model *model, int64_t time_ns, uint64_t lost);

/*
 * The trace is over: settle has_exited, is_killed and end_ns of all. No
 * event may be applied afterwards.
 */
void model_finish(struct model *model);

/* All struct process *, in order of appearance. */
const GPtrArray *model_processes(const struct model *model);
const struct misfits *model_misfits(const struct model *model);
/* Those that were put right (inverted) do not count. */
uint64_t misfits_total(const struct misfits *misfits);

/* Time of the first and the last event; 0 where there was none. */
int64_t model_start_ns(const struct model *model);
int64_t model_end_ns(const struct model *model);

unsigned model_object_count(const struct model *model);
unsigned model_thread_count(const struct model *model);
const char *model_object_kind(const struct object *object); /* "mutex", ... for people. Static */

/* How many events the trace says it lost. */
uint64_t model_lost(const struct model *model);

/* Facts that the recorder noted; NULL or -1 where the trace has none. */
const char *model_command(const struct model *model);
const char *model_ending(const struct model *model); /* text of recording_end */
int64_t model_status(const struct model *model);     /* wait status of COMMAND */

/*
 * How much was recorded; of a trace that went over to summary that is it. since_ns: when that was,
 * unchanged for other details. What made no use of our recorder tells no detail.
 */
enum model_detail model_detail(const struct model *model, int64_t *since_ns);
const struct recording_cost *model_cost(const struct model *model);

/* NULL: the recorder did not end the command, or does not say so. */
const struct model_hang *model_hang(const struct model *model);

/* Frames of a stack, innermost first; NULL and 0 for an unknown id. */
const uint64_t *process_frames(const struct process *process, uint64_t stack, size_t *count);

/* The module that holds address at the end of the trace, or NULL. */
const struct module *process_module(const struct process *process, uint64_t address);

#endif
