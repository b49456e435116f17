/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the analyses found, as words and numbers: all that the formats know.
 * No pointer into the model. Strings are made with report_string() or are static;
 * report_free() frees everything.
 */
#ifndef ANALYZER_REPORT_H
#define ANALYZER_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/finding.h"

struct report_object {
	unsigned id;
	const char *kind; /* "mutex", "rwlock", "condition" */
	const char *name;
};

struct distribution {
	int64_t total, max, p50, p99; /* ns */
};

/* At most INT64_MAX: a broken trace may tell of any times. */
static inline int64_t report_sum_ns(int64_t sum, int64_t ns)
{
	return __builtin_add_overflow(sum, ns, &sum) ? INT64_MAX : sum;
}

struct tally {
	const char *thread; /* name */
	uint64_t count;
	int64_t ns;
};

/* A row of the contention table; an rwlock may have two. */
struct contention {
	struct report_object object;
	const char *mode;	  /* of an rwlock: "read" or "write", else NULL */
	uint64_t acquisitions;	  /* of a condition, barrier or futex: finished waits */
	uint64_t contended;	  /* those that had to wait */
	struct distribution wait; /* at a barrier: until the last thread arrived */
	struct distribution hold; /* zero where nobody holds: conditions, semaphores, ... */
	GArray *waiters;	  /* struct tally: who waited, most first */
	GArray *holders;	  /* struct tally: whom they waited for, most first */
};

/* A part of that: waits at one place because of what was done at one. */
struct blame_place {
	const char *waiter_place; /* where it waited, NULL unknown */
	const char *holder_place; /* where the other took the lock, or woke it; NULL unknown */
	struct stack waiter_stack, holder_stack;
	uint64_t count;
	int64_t ns;
};

/* One waiter made to wait by one other thread on one object. */
struct blame {
	const char *waiter;
	const char *holder; /* who held it, or who woke the waiter */
	struct report_object object;
	const char *mode; /* of an rwlock: what the waiter wanted, "read" or "write"; else NULL */
	uint64_t count;
	int64_t ns;
	GArray *places; /* struct blame_place, most time first, the first few; NULL not told */
};

enum blocked_kind {
	BLOCKED_LOCK, /* futexes too: most are locks of a language's own */
	BLOCKED_CONDITION,
	BLOCKED_EVENT, /* of the native library, timers too */
	BLOCKED_SEMAPHORE,
	BLOCKED_BARRIER,
	BLOCKED_JOIN,
	BLOCKED_IO,
	BLOCKED_SLEEP,
	BLOCKED_KIND_COUNT
};

struct thread_row {
	int32_t pid, tid;
	const char *name;
	const char *state; /* "running", "blocked", "exited", ... at the end */
	int64_t lifetime_ns;
	int64_t blocked_ns[BLOCKED_KIND_COUNT];
};

/* Calls of one function from one place, in all threads and processes. */
struct blocking_call {
	const char *call; /* name of the function; "other calls" for places that are one too many */
	enum blocked_kind kind; /* BLOCKED_IO or BLOCKED_SLEEP */
	uint64_t count;
	uint64_t threads;   /* that called */
	int64_t total, max; /* ns */
	const char *place;  /* in a word or two */
	struct stack stack;
};

/* One thread doing one thing, on the critical path. */
struct path_segment {
	const char *thread;
	const char *action; /* "runs", "wakes up", "waits for", "is in", "sleeps in", ... */
	const char *object; /* waited for, a call, or what it does then is about. NULL none */
	const char *then;   /* at its end: "releases", "signals", "ends", "creates", ... or NULL */
	const char *next;   /* the thread that this lets go on, NULL none */
	int64_t start_ns;   /* since the start of the trace; not of a sum */
	int64_t ns;
	uint64_t count;	    /* 1; of a sum: parts */
	const char *place;  /* where it lets next go on, or waits; NULL unknown */
	struct stack stack; /* of place; not of a sum */
};

/* A lock on the critical path. */
struct path_lock_share {
	struct report_object object;
	uint64_t waits;	 /* on the path */
	int64_t wait_ns; /* of the path that passed within them */
	int64_t hold_ns; /* of the path within its sections; -1 not told */
	int64_t free_ns; /* by how much at most the path were shorter without it; -1 not worked out */
};

/* From the end of a process back to its start, from each wait to who ended it. */
struct critical_path {
	int32_t pid;
	const char *process;   /* its command line, NULL unknown */
	unsigned thread_count; /* of the process; 0: there is no path */
	int64_t start_ns, ns;  /* since the start of the trace; how long */
	/* ns in parts: running, woken but not yet running, in calls and time limits, the rest. */
	int64_t running_ns, waking_ns, blocked_ns, unknown_ns;
	bool is_cut;		/* what was before start_ns is not known any more */
	uint64_t segment_count; /* all, not only those that are kept */
	/* In a wait at its end that never ended, and who waits for whom there. NULL: there is none. */
	int64_t endless_ns;
	const char *ending;
	GArray *segments;    /* struct path_segment, in order of time, the longest ones */
	GArray *sums;	     /* struct path_segment: parts alike, longest sums first */
	unsigned lock_count; /* all */
	GArray *locks;	     /* struct path_lock_share, most waited for first */
};

/* What a thread did behind a traced call, until its next one from another place. */
struct serial_row {
	const char *thread;
	const char *place; /* of the call, in a word or two */
	int64_t share_ns;  /* while n threads of its process ran, an n-th of the time */
	int64_t alone_ns;  /* while no other did */
};

/* Where few threads ran; of all processes with more than one thread. */
struct serialisation {
	/* While some thread ran, while just one did, while none did; summed over processes. */
	int64_t running_ns, alone_ns, idle_ns;
	GArray *rows;		/* struct serial_row, largest share first */
	struct serial_row rest; /* of what is not in rows; no names */
};

/* Lock-order cycles that are no finding, by reason. */
struct dropped {
	const char *reason; /* "one thread", "gate lock", "ordered by create or join" */
	uint64_t cycles;
	GPtrArray *examples; /* const char *: a sentence each */
	bool is_undecided;   /* too many to look at: they may be findings, and there may be more */
};

/* What a thread holds at the moment of a state. */
struct state_hold {
	const char *action; /* "holds", "holds the read lock of", "took", ... */
	struct report_object object;
	const char *mode; /* of an rwlock: "read" or "write", else NULL */
	unsigned depth;	  /* 1, more where a recursive lock was taken more often */
	int64_t time_ns;  /* since when, from the start of the trace */
	int64_t since_ns; /* for how long */
	struct stack stack;
};

/* What a thread waits for at that moment. */
struct state_wait {
	enum blocked_kind kind;
	const char *action;	     /* "waits for", "waits for the end of", "is in", ... */
	const char *awaited;	     /* name of an object, thread or function */
	struct report_object object; /* name NULL: it is none */
	const char *mode;
	const char *mutex;   /* name of what a condition needs again, else NULL */
	const char *waker;   /* who has notified, posted or woken already, else NULL */
	GPtrArray *holders;  /* const char *: names of those who hold it, or are to end */
	bool is_timed;	     /* it ends by itself */
	int64_t time_ns;     /* since when, from the start of the trace */
	int64_t since_ns;    /* for how long */
	int64_t ended_in_ns; /* how long it lasted from then on, -1: to the end of the trace */
	struct stack stack;
};

struct state_thread {
	int32_t pid, tid;
	const char *name;
	const char *process;	       /* command line, NULL unknown */
	const char *state;	       /* "running", "blocked", ... */
	const struct state_wait *wait; /* NULL: it does not wait */
	GArray *holds;		       /* struct state_hold, oldest first */
};

/* Who holds it and who waits for it: there is somebody. */
struct state_object {
	struct report_object object;
	GPtrArray *holders, *waiters; /* const char *: names */
};

/* What the threads that lived at a moment were about. */
struct state {
	int64_t at_ns;	 /* from the start of the trace */
	GArray *threads; /* struct state_thread, by process and order of creation */
	GArray *objects; /* struct state_object, in order of appearance */
};

/* A thread at the moment when the recorder was about to end the command. */
struct hang_thread {
	int32_t pid, tid;
	const char *name;
	const char *process; /* command line, NULL unknown */
	const char *state;   /* to the kernel: "running", "sleeping", "stopped", ... */
	const char *action;  /* "waits for", "is in", ...; NULL: it was in no traced call */
	const char *awaited; /* name of an object, thread or function; NULL with action */
	int64_t since_ns;    /* how long it had waited, -1: it did not */
	int64_t cpu_ns;	     /* that it had used */
	bool is_found;	     /* a finding tells of it, and of its stack */
	struct stack stack;
};

/* How many threads were seen without a stack, and why. */
struct hang_gap {
	int64_t count; /* 0: all */
	const char *why;
};

struct hang {
	const char *reason; /* "timeout", "stall" or "deadlock" */
	int64_t at_ns;	    /* from the start of the trace */
	int64_t idle_ns;    /* for how long nothing had moved, -1: that was not why */
	GArray *threads;    /* struct hang_thread, those with most to tell first */
	GArray *gaps;	    /* struct hang_gap */
};

/* A lock that was held each time: its key as in struct kept_order. */
struct kept_gate {
	const char *key;
	bool is_read;
};

/*
 * One lock requested while another one was held, kept to be joined with what other traces show; no
 * format writes it. A key is the same for the same lock in each run, or, unless is_one, for
 * all locks that were made at the same place.
 */
struct kept_order {
	unsigned process; /* index in the trace */
	uint32_t thread;  /* id in the trace */
	bool is_by_main;
	const char *thread_name;
	struct kept_lock {
		const char *key, *name, *stable;
		bool is_one;
		bool is_read;	    /* of an rwlock, for reading */
		const char *action; /* "holds", "requests the write lock of" */
		int64_t time_ns;    /* since the start of the trace */
		struct stack stack;
	} held, requested;
	const char *place; /* of the request, the same in every run */
	const struct kept_gate *gates;
	unsigned gate_count;
};

enum verdict { VERDICT_CLEAN, VERDICT_FINDINGS, VERDICT_INCOMPLETE };

/* How much was told of what threads did. */
enum trace_detail {
	TRACE_DETAIL_NOT_TOLD, /* not recorded by our recorder, and in full */
	TRACE_DETAIL_FULL,
	TRACE_DETAIL_SUMMARY /* at least from some moment on */
};

/* What recording took; each -1 where that is not known. */
struct recording {
	int64_t events, bytes, batches;
	int64_t blocked_ns; /* how long threads waited for the recorder, in all */
	int64_t share_ppm;  /* estimated, of the command's CPU time: millionths */
};

/* Pauses that --noise made. */
struct noise {
	int64_t seed;
	uint64_t pauses;
	int64_t paused_ns; /* all threads together */
};

struct trace_facts {
	const char *path;
	const char *command; /* NULL unknown */
	const char *ending; /* "exited with status 0", "was killed by signal 9", ...; NULL unknown */
	int64_t duration_ns;
	unsigned processes, threads, objects;
	uint64_t events, lost_events, lost_packets;
	uint64_t misfits;	       /* events that did not fit the model */
	bool is_complete;	       /* nothing lost, and properly ended */
	const char *incomplete_reason; /* NULL when complete */
	enum trace_detail detail;
	int64_t summary_since_ns; /* from the start of the trace; 0 where it was no summary */
	const struct recording *recording; /* NULL nothing known */
	const struct noise *noise;	   /* NULL none */
};

struct report {
	struct trace_facts trace;
	enum verdict verdict;
	GPtrArray *findings;	/* struct finding *, sorted by report_finish() */
	GArray *contention;	/* struct contention, most wait first */
	GArray *blame;		/* struct blame, most ns first */
	GArray *threads;	/* struct thread_row, by pid and order of creation */
	GArray *blocking_calls; /* struct blocking_call, most time first */
	GArray *dropped;	/* struct dropped */
	GArray *orders;		/* struct kept_order; empty unless several traces are joined */
	struct state *state;	/* NULL: the report is about the end of the trace */
	struct hang *hang;	/* NULL: the recorder did not end it */
	struct critical_path critical_path;
	struct serialisation serialisation;
	GHashTable *stable_names; /* see report_note_stable() */
	GStringChunk *strings;	  /* Owned by this */
	GPtrArray *memory;	  /* other blocks, Owned by this */
};

struct report *report_new(void);
void report_free(struct report *report); /* NULL is allowed */

/* A copy of text, interned; NULL gives NULL. */
const char *report_string(struct report *report, const char *text);
const char *report_format(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Zeroed memory that lives as long as report. */
void *report_alloc(struct report *report, size_t size);

/*
 * name, of a thread or an object, is stable in every run, as names.h has it. The first word on a
 * name stays.
 */
void report_note_stable(struct report *report, const char *name, const char *stable);
/* What was noted of name, else name. */
const char *report_stable_name(const struct report *report, const char *name);

/* The report is about a moment: from now on it has a state, with nothing in its lists. */
void report_state(struct report *report, int64_t at_ns);

/* The recorder ended it: from now on the report has a hang, with nothing in its lists. */
struct hang *report_hang(struct report *report);

/* A new finding, already in the list, with empty lists and count 1. */
struct finding *report_finding(struct report *report, const char *rule, enum level level,
			       enum certainty certainty);
/* A row of what is no finding for that reason, without examples. reason is static. */
void report_drop(struct report *report, const char *reason, uint64_t cycles);
/* A new step at the end of finding; the pointer is valid until the next call. */
struct finding_step *finding_step(struct finding *finding);

/*
 * Fingerprints, order (level, rule, message) and verdict. Of findings with one fingerprint one
 * stays, the worst and among those the first, with the count of all.
 */
void report_finish(struct report *report, enum level fail_on);

/* Of two pointers to struct finding *, in that order: for g_ptr_array_sort(). */
int report_compare_findings(const void *a, const void *b);

/*
 * The verdict again, after findings were set aside. Findings below fail_on do not make it
 * "findings"; an incomplete trace without such findings is "incomplete".
 */
void report_judge(struct report *report, enum level fail_on);

/* How many findings that count are at or above level. */
unsigned report_count(const struct report *report, enum level level);
/* How many are set aside, of any level: by suppressions, and by the baseline alone. */
unsigned report_suppressed(const struct report *report);
unsigned report_baselined(const struct report *report);

const char *level_name(enum level level);
const char *certainty_name(enum certainty certainty);
const char *verdict_name(enum verdict verdict);
const char *blocked_kind_name(enum blocked_kind kind); /* "lock", "condition", ... as in JSON */

#endif
