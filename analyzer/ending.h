/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How COMMAND and its family are ended: what is sent to them, and when. */
#ifndef ANALYZER_ENDING_H
#define ANALYZER_ENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ENDING_NEVER INT64_MAX

/* Why. */
enum ending_reason {
	ENDING_NONE,	 /* they are not */
	ENDING_TIMEOUT,	 /* the time of the run is over */
	ENDING_STALL,	 /* nothing moved for too long */
	ENDING_DEADLOCK, /* threads were seen to wait for each other for ever */
};

/* "timeout", "stall", "deadlock"; "none". Static. */
const char *ending_reason_name(enum ending_reason reason);

/*
 * SIGTERM, a grace, SIGABRT where a core is wanted and time to write it, SIGKILL, and that again
 * after each grace. Times are of CLOCK_MONOTONIC.
 */
struct ending {
	enum ending_reason reason;
	bool wants_core;
	int64_t due_ns; /* when ending_step() has something to do, or ENDING_NEVER */
	int64_t grace_ns;
	int next; /* signal that is due then */
};

void ending_init(struct ending *ending, bool wants_core);

/* The first signal is due at once. False: it has begun before, for the reason that stays. */
bool ending_begin(struct ending *ending, enum ending_reason reason, int64_t now_ns);

/* The signal that is due at now_ns, 0 none; the next one is then due a grace later. */
int ending_take(struct ending *ending, int64_t now_ns);

/*
 * Send what is due at now_ns to the family, but for those that processes of except lead, see
 * family_signal().
 */
void ending_step(struct ending *ending, const pid_t *except, int64_t now_ns);

/*
 * COMMAND has ended: where that was begun, go on with the rest of the family until nobody is
 * left, or two graces have passed since SIGKILL. Reaps all children but command.
 */
void ending_finish(struct ending *ending, const pid_t *except, pid_t command);

#endif
