/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals of conditions that came when nobody waited, and the waits that began behind them; a part of the
 * analysis of deadlocks.
 *
 * Most signals without a waiter are right: what they tell is in a variable, and who comes later looks at
 * that before it waits. It cannot be seen, but what goes with it can. A wait has missed a signal where
 *
 * - it is a race: the waiter had the mutex already, the signal came before it waited, and who signalled
 *   had not used that mutex, so that it may have changed the variable behind the waiter's back; or
 * - it came early: alone, and nobody had the mutex between signal and waiter, so that nobody can have
 *   taken up what the signal told. This is a possible one only: the waiter may have looked.
 *
 * That alone is no finding: it is one where nobody is left to end the wait, or where it ended by its time
 * limit and the thread did not wait again at once, as it does that finds the variable unchanged.
 * Where acquisitions are not told one by one (STEP_SUMMARY) nothing of this is known.
 */
#ifndef ANALYZER_ANALYSES_LOSTWAKEUP_H
#define ANALYZER_ANALYSES_LOSTWAKEUP_H

#include "analyzer/analyses/wording.h"
#include "analyzer/model.h"

struct lostwakeup_missed {
	const struct thread *waiter, *signaller;
	const struct object *cond, *mutex;
	struct place wait_place, signal_place;
	int64_t since_ns, signal_ns;
	int64_t ended_ns; /* of a wait that ended by its time limit */
	bool is_broadcast;
	bool is_race; /* else it came early */
	unsigned count;
};

struct lostwakeup;

struct lostwakeup *lostwakeup_new(void);
void lostwakeup_free(struct lostwakeup *lost);

void lostwakeup_step(struct lostwakeup *lost, const struct step *step);

/* What thread, which waits for a condition, has missed; or NULL. */
const struct lostwakeup_missed *lostwakeup_of(const struct lostwakeup *lost,
					      const struct thread *thread);

/* missed, which nobody will end; rule: of the finding that says so. In lostwakeup_words.c. */
void lostwakeup_report(const struct wording *wording, const struct lostwakeup_missed *missed,
		       const char *rule);
/* Waits that ended by their time limit, of all processes: a finding each. Once, at the end. */
void lostwakeup_report_timeouts(struct lostwakeup *lost, const struct wording *wording);

/* The words of lostwakeup_report_timeouts(). */
void lostwakeup_tell_timeout(const struct wording *wording, const struct lostwakeup_missed *missed);

#endif
