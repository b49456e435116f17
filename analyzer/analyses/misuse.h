/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Primitives used as they must not be; between the files of that analysis only. */
#ifndef ANALYZER_ANALYSES_MISUSE_H
#define ANALYZER_ANALYSES_MISUSE_H

#include "analyzer/analyses/wording.h"

/* What may be wrong: a rule, or one of the sentences of a rule. */
enum misuse_case {
	MISUSE_UNLOCK_NOT_OWNER,
	MISUSE_DOUBLE_UNLOCK,
	MISUSE_UNLOCK_NEVER_LOCKED,
	MISUSE_RELOCK,
	MISUSE_UPGRADE,
	MISUSE_TRY_UPGRADE,
	MISUSE_DESTROY_LOCKED,
	MISUSE_DESTROY_WAITED_ON,
	MISUSE_USE_AFTER_DESTROY,
	MISUSE_PERHAPS_AFTER_DESTROY,
	MISUSE_INIT_HELD,
	MISUSE_INIT_WAITED_ON,
	MISUSE_INIT_AGAIN,
	MISUSE_PERHAPS_INIT_AGAIN,
	MISUSE_WAIT_WITHOUT_MUTEX,
	MISUSE_WAIT_OTHER_MUTEX,
	MISUSE_EXIT_HOLDING,
	MISUSE_PERHAPS_EXIT_HOLDING,
	MISUSE_FORK_WHILE_HELD,
	MISUSE_ROBUST_INCONSISTENT,
	MISUSE_CONDITION_UNLOCKED,
	MISUSE_OVER_RELEASE,
	MISUSE_BROKEN_BARRIER,
	MISUSE_CASE_COUNT
};

/* What a thread did, and where. */
struct misuse_act {
	const struct thread *thread; /* NULL: not known, and nothing else is */
	struct place place;
	int64_t time_ns;
};

/* One misuse, perhaps seen often. */
struct misuse_fault {
	enum misuse_case what;
	bool is_doubtful;
	const struct object *object;
	const struct object *mutex, *other_mutex; /* of waits on a condition, else NULL */
	struct misuse_act before;		  /* what makes it wrong */
	struct misuse_act after;		  /* what was wrong */
	/* What was done, where the words of the case do not say it; else NULL. */
	const char *before_action, *after_action;
	int64_t result; /* the errno with which it failed, 0 if it did not */
	unsigned count;
	/* struct misuse_act, whom it made fail, too, each thread once. NULL none. Owned by this */
	GArray *others;
};

/* What is remembered of an object. */
struct misuse_object {
	struct misuse_act released; /* last */
	struct misuse_act made;	    /* or destroyed, where is_destroyed says so */
	/* A wrong release of it, which may fail yet, and who did it. */
	struct misuse_fault *unlocking;
	const struct thread *unlocker;
	const struct thread *robbed; /* whose hold another thread ended last, NULL none */
	bool is_seen;		     /* in any step */
	bool is_made;		     /* by a call */
	bool is_destroyed;	     /* the same */
};

/* What is remembered of a process. */
struct misuse_process {
	bool has_start; /* its start was seen: nothing was acquired before */
	bool has_exit;	/* it called exit, not exec */
	bool has_used;	/* a forked child that has used locks */
	/* Of a fork: addresses of inherited locks that it has not made its own. NULL none yet. */
	GHashTable *inherited;
};

struct misuse {
	GArray *objects;      /* struct misuse_object, by id */
	GArray *exits;	      /* struct misuse_act, by id of the thread */
	GArray *processes;    /* struct misuse_process, by index */
	GPtrArray *faults;    /* struct misuse_fault, Owned by this */
	GHashTable *known;    /* the same, by what they are */
	GHashTable *barriers; /* of native ones that broke, by struct object */
};

/* A mutex, spin lock or rwlock. */
bool misuse_is_lock(const struct object *object);

/* Valid until the next call. */
struct misuse_object *misuse_object(struct misuse *self, const struct object *object);
struct misuse_process *misuse_process(struct misuse *self, const struct process *process);

/* The step as an act of thread. */
struct misuse_act misuse_act(const struct thread *thread, const struct step *step);
/* How hold began. */
struct misuse_act misuse_acquired(const struct hold *hold);
/* How a wait of thread began. */
struct misuse_act misuse_begun(const struct thread *thread, const struct wait *wait);

/* Remember the fault, which has no others, or count it; the result is the one that is remembered. */
struct misuse_fault *misuse_add(struct misuse *self, const struct misuse_fault *fault);

/* misuse_ends.c: where the life of an object, a thread or a process begins and ends */
/* Did thread take hold in the parent of its process, before the fork? */
bool misuse_is_inherited(const struct hold *hold);
void misuse_init(struct misuse *self, const struct step *step);
void misuse_destroy(struct misuse *self, const struct step *step);
/* The first step about an object. */
void misuse_first_use(struct misuse *self, const struct step *step);
/* A call that the primitive refused because it is destroyed. */
void misuse_refused(struct misuse *self, const struct step *step);
/* Any step about a lock in a forked child. */
void misuse_in_fork(struct misuse *self, const struct step *step);
/* What can be said at the end only. */
void misuse_finish(struct misuse *self, const struct model *model);

/* misuse_native.c: what the native library refuses, and barriers that break. Any step. */
void misuse_native(struct misuse *self, const struct step *step);

/* misuse_barrier.c */
void misuse_fault_free(void *data);
/* What is remembered of barriers. The caller frees it. */
GHashTable *misuse_barriers_new(void);
/* A thread has left a native barrier. */
void misuse_left_barrier(struct misuse *self, const struct step *step);

/* misuse_words.c */
void misuse_report(const struct wording *wording, const GPtrArray *faults);

#endif
