/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the findings of several analyses are put into words with. */
#ifndef ANALYZER_ANALYSES_WORDING_H
#define ANALYZER_ANALYSES_WORDING_H

#include "analyzer/model.h"
#include "analyzer/names.h"
#include "analyzer/report.h"

/* Where words come from and go to. */
struct wording {
	const struct model *model;
	struct names *names;
	struct report *report;
};

/* A step of a finding. */
struct wording_step {
	const struct thread *thread;
	const char *action;
	const char *object; /* NULL none */
	struct place place;
	int64_t time_ns; /* when, as stamped */
	bool is_lasting; /* from then until the end of its process */
};

enum wording_verb {
	WORDING_HOLDS,
	WORDING_WAITS,
	WORDING_REQUESTS,
	WORDING_FAILS,
	WORDING_ACQUIRES
};

/*
 * What a step says before the name of object: "holds", "waits for the write lock of", "runs the
 * routine of", "waits at". is_read: of an rwlock.
 */
const char *wording_action(enum wording_verb verb, const struct object *object, bool is_read);

/* What a thread in such a wait does: "waits for", "is in", ...; *awaited: the name behind that. */
const char *wording_wait(const struct wording *wording, const struct wait *wait,
			 const char **awaited);

/* " for reading" or " for writing" behind the name of an rwlock, "" behind that of others. */
const char *wording_mode(const struct object *object, bool is_read);

/* "read" or "write" of an rwlock, NULL of others. */
const char *wording_mode_word(const struct object *object, bool is_read);

/* "running", "blocked", "exited", ... */
const char *wording_state(const struct thread *thread);

/* A new finding about process, with nothing in its lists. rules.def has rule, with that level. */
struct finding *wording_finding(const struct wording *wording, const char *rule, enum level level,
				enum certainty certainty, const struct process *process);

void wording_add_step(const struct wording *wording, struct finding *finding,
		      const struct wording_step *step);

/* Strings of report's, in a fixed order and each once: identity is a set. Frees words. */
void wording_set_identity(const struct wording *wording, struct finding *finding, GPtrArray *words);

/* "It lasted 3.00 ms.", "It happened 3 times, for 60.0 ms in all and 30.0 ms at most." */
const char *wording_amount(const struct wording *wording, uint64_t count, int64_t total_ns,
			   int64_t longest_ns);

/* The latest finding says that count more of its kind are not told; nothing where that is 0. */
void wording_untold(const struct wording *wording, uint64_t count);

/* "a, b and c"; at most max of them, then "and 7 more". Lives as long as the report. */
const char *wording_list(const struct wording *wording, const GPtrArray *words, unsigned max);

#endif
