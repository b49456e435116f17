/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND while it runs: its signals, its time limit, and the daemon that records it. */
#ifndef ANALYZER_WATCH_H
#define ANALYZER_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyzer/ending.h"
#include "analyzer/live.h"
#include "analyzer/notes.h"
#include "analyzer/signals.h"
#include "libtrace/collector.h"
#include "libtrace/error.h"
#include "libtrace/session.h"

struct watch {
	pid_t command; /* a child, not yet reaped */
	const struct session *session;
	struct collector *collector;   /* NULL: --plain */
	struct notes *notes;	       /* for where threads are when they are ended */
	const struct signals *signals; /* taken before COMMAND was started */
	int64_t timeout_ns;	       /* 0: none */
	int64_t stall_ns; /* for how long nothing may move; 0: for ever. Not without collector */
	enum live_answer on_deadlock;
	void (*say)(const char *sentence); /* see live.h */
	bool wants_core;		   /* of what does not end by itself */
};

struct watched {
	int wait_status;
	int64_t cpu_ns;		  /* of COMMAND and the children that it waited for */
	bool is_interrupted;	  /* a signal to us came, before it ended */
	enum ending_reason ended; /* why we ended it, with its family */
	/* What session_check() said while it ran, or -EPIPE: the collector ended; 0: nothing. */
	int broken;
	struct error why; /* where broken is set */
	size_t freed;	  /* processes that hung in their tracer for that reason and were ended */
};

/*
 * Wait for COMMAND, and reap what it leaves to us.
 *
 * A signal from the terminal went to COMMAND as well; any other is passed on. A second
 * Ctrl-C kills COMMAND and its family. When the time is over, when nothing has moved for
 * stall_ns (stall.h), and where its threads deadlock and that is the answer, it is noted where all
 * threads are, and the family is ended as ending.h says. Children that outlive COMMAND are left alone
 * otherwise. Where the recording breaks the collector is given up, and all goes on unrecorded.
 */
int watch_command(const struct watch *watch, struct watched *watched, struct error *err) MUST_CHECK;

/*
 * The processes that lead the sessions of the recording's own processes, for family_signal().
 * collector: NULL for none.
 */
void watch_tracers(const struct session *session, const struct collector *collector,
		   pid_t tracers[3]);

#endif
