/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of blocking calls has counted; between its two files only. */
#ifndef ANALYZER_ANALYSES_BLOCKING_H
#define ANALYZER_ANALYSES_BLOCKING_H

#include "analyzer/address_table.h"
#include "analyzer/analysis.h"

/* Calls of one function from one place in one process. */
struct call_stats {
	struct place place;
	const char *call;
	enum wait_kind kind; /* WAIT_IO or WAIT_SLEEP */
	uint32_t index;	     /* in the list of all */
	uint32_t last_thread;
	uint64_t count;
	int64_t total, max; /* ns; total stops at INT64_MAX */
};

struct caller {
	uint32_t call, thread; /* index of a struct call_stats, id of a thread */
};

/* In place of a function's name: places that are one too many to tell them apart. */
#define OTHER_CALLS "other calls"

enum note_rule { NOTE_BLOCKED_HOLDING, NOTE_LONG_WAIT, NOTE_LONG_HOLD, NOTE_RULE_COUNT };

/* A wait or a hold that lasted too long, or a wait during a hold. */
struct spell {
	const struct thread *thread;
	struct hold hold; /* object NULL: none. Its lists are void */
	struct wait wait; /* kind WAIT_NONE: none */
	int64_t ns;	  /* of the wait, or of the hold where there is no wait */
};

/* All spells of one rule, lock, thing waited for, and place. */
struct note {
	enum note_rule rule;
	uint64_t count;
	int64_t total; /* ns; stops at INT64_MAX */
	struct spell longest;
};

struct blocking_state {
	struct limits limits;
	struct address_table calls_by_key;
	GPtrArray *calls; /* struct call_stats, Owned by this */
	struct address_table callers_by_key;
	GArray *callers; /* struct caller, each pair once */
	struct address_table notes_by_key;
	GPtrArray *notes;	    /* struct note, Owned by this */
	uint64_t untold;	    /* spells for which there was no note left */
	struct note *released_note; /* of the latest release, NULL none */
	int64_t released_ns;	    /* how long that hold was */
};

/* Put the calls and the notes into report. */
void blocking_report_calls(const struct blocking_state *state, struct names *names,
			   struct report *report);
void blocking_report_notes(const struct blocking_state *state, const struct model *model,
			   struct names *names, struct report *report);

#endif
