/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One finding, as words and numbers. report.h makes, keeps and frees it, and its strings. */
#ifndef ANALYZER_FINDING_H
#define ANALYZER_FINDING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum level {
	LEVEL_NOTE,
	LEVEL_WARNING,
	LEVEL_ERROR,
	LEVEL_NONE /* as a threshold: nothing reaches it */
};

enum certainty { CERTAINTY_POSSIBLE, CERTAINTY_WITNESSED, CERTAINTY_ACTUAL };

/* One frame of a stack, resolved as far as possible. */
struct frame {
	uint64_t address;
	const char *function;  /* demangled, NULL unknown */
	const char *file;      /* as the debug information says it, NULL unknown */
	int line;	       /* 0 unknown */
	const char *module;    /* path, NULL unknown */
	uint64_t offset;       /* of address in module */
	bool is_inlined;       /* this function was inlined into the next frame */
	const char *directory; /* what file may be relative to, NULL unknown */
};

struct stack {
	const struct frame *frames; /* innermost first */
	unsigned count;
};

/*
 * The frame that people mean by a stack: the innermost that is not in a header of the C++ library
 * or the like. NULL of an empty one.
 */
const struct frame *stack_main_frame(const struct stack *stack);

/* One thing a thread did or does, on the way to a finding. */
struct finding_step {
	const char *thread; /* name */
	const char *action; /* "holds", "waits for", "acquires", "signalled", ... */
	const char *object; /* name, NULL none */
	int64_t time_ns;    /* since the start of the trace, -1 unknown */
	int64_t since_ns;   /* how long it held or waited, or had so far at the end, -1 not told */
	struct stack stack;
};

/* One thing that a thread does in an order of events that leads to a finding. */
struct schedule_step {
	const char *thread; /* name */
	const char *action; /* "acquires", "requests", ... */
	const char *object; /* name */
};

struct finding {
	const char *rule; /* stable name, e.g. "lock-order" */
	enum level level;
	enum certainty certainty;
	const char *message;	 /* one sentence with its full stop */
	const char *fingerprint; /* 16 hex digits; set by report_finish() */
	int32_t pid;
	const char *process; /* command line, NULL unknown */
	GPtrArray *threads;  /* const char *, names in the order of the ring */
	GPtrArray *objects;  /* const char * */
	GArray *steps;	     /* struct finding_step */
	GArray *schedule;    /* struct schedule_step: how it comes to it; empty where not told */
	GPtrArray *notes;    /* const char *: further sentences, e.g. what hangs on the ring */
	unsigned count;	     /* how often the same was seen, at least 1 */
	GPtrArray *traces;   /* const char *: paths, of a finding that joins traces; else empty */
	/*
	 * What makes this fault this fault, in words that are the same in every run:
	 * function names, object names. No address, tid, time. The fingerprint is made from
	 * rule and these. const char *
	 */
	GPtrArray *identity;
	bool is_hang; /* threads that never went on: no baseline may cover it */
	/* Set aside by what the user lists; either way it does not count. */
	const char *suppressed_by; /* the reason given, NULL not suppressed */
	bool is_baselined;	   /* known already; never where suppressed_by is set */
};

/* Whether it is told, and is for the verdict and the exit status: it is not set aside. */
static inline bool finding_counts(const struct finding *finding)
{
	return !finding->suppressed_by && !finding->is_baselined;
}

/* Of two with one fingerprint: whether one is to be told rather than other. */
static inline bool finding_is_worse(const struct finding *one, const struct finding *other)
{
	if (finding_counts(one) != finding_counts(other))
		return finding_counts(one);
	if (one->level != other->level)
		return one->level > other->level;
	return one->certainty > other->certainty;
}

#endif
