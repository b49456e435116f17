/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run a command and record what its threads do: the work behind `record` and `check`. */
#ifndef ANALYZER_RECORD_H
#define ANALYZER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/live.h"
#include "libtrace/error.h"

/* Exit codes for a COMMAND that was not run, as env, timeout and shells have them. */
enum record_exit {
	RECORD_EXIT_FAILED = 125, /* heddle itself failed */
	RECORD_EXIT_NOT_EXECUTABLE = 126,
	RECORD_EXIT_NOT_FOUND = 127,
};

/* How a recording ended. */
enum record_ending {
	RECORD_EXITED,	  /* COMMAND exited by itself */
	RECORD_SIGNALLED, /* a signal that did not come through us ended it */
	RECORD_TIMEOUT,	  /* it was ended because timeout_ns was over */
	/*
	 * SIGINT (Ctrl-C), SIGQUIT, SIGTERM or SIGHUP came to us, and then COMMAND ended by a
	 * signal or with 128+n. One that takes the signal as an order and exits as it
	 * likes has exited.
	 */
	RECORD_INTERRUPTED,
	RECORD_STALL,	 /* it was ended because nothing moved for stall_ns */
	RECORD_DEADLOCK, /* it was ended because threads were seen to wait for each other for ever */
	RECORD_BROKEN,	 /* tracing failed while it ran; what was recorded is kept */
};

struct record_options {
	const char *directory; /* is made, or is empty */
	char *const *command;  /* NULL ends it; at least one word */
	int64_t timeout_ns;    /* 0: none */
	int64_t stall_ns;      /* for how long nothing may move, 0: for ever. Not with is_plain */
	enum live_answer on_deadlock;	   /* nothing with is_plain */
	void (*say)(const char *sentence); /* for what is to be known at once; NULL allowed */
	bool wants_core;		   /* SIGABRT before SIGKILL, to what it has to end */
	unsigned int stacks;		   /* frames a call stack, 0 none */
	bool has_stacks_on_all;		   /* one with each operation that has a place */
	bool is_plain;			   /* one tracepoint an operation */
	bool is_summary;		   /* from the start; not with is_plain */
	uint64_t max_bytes;	/* above that a summary; 0: no limit. Nothing with is_plain */
	bool has_noise;		/* threads pause at random, */
	uint32_t noise_seed;	/* as this says */
	bool is_progress_shown; /* only where stderr is a terminal, too */
};

struct record_result {
	int wait_status; /* of COMMAND, as waitpid() gives it */
	enum record_ending ending;
	/*
	 * After success: COMMAND's own status, 128+n for signal n. After an
	 * error: one of enum record_exit.
	 */
	int exit_code;
	bool is_interrupted; /* we were asked to stop, however COMMAND took it */
	char warning[256];   /* a sentence about a recording that succeeded, or "" */
};

/*
 * Run COMMAND and record it into options->directory. Returns 0 with all of
 * result filled, or -errno with a sentence and result->exit_code set. What it
 * made is removed after an error, except where the ending is RECORD_BROKEN: then
 * the part that was recorded stays in the directory, and wait_status is set.
 *
 * Signals: while COMMAND runs, SIGINT, SIGQUIT, SIGTERM and SIGHUP to this process do not
 * end it; mask and dispositions are restored before return. It reaps every
 * child of the process. For the main thread of a process without others.
 */
int record_run(const struct record_options *options, struct record_result *result,
	       struct error *err) MUST_CHECK;

/*
 * heddle-PROGRAM-YYYYmmdd-HHMMSS in the current directory, with -2, -3 ...
 * added where that name is taken. The caller frees it. NULL: no memory.
 */
char *record_default_directory(const char *program) MUST_CHECK;

/* "exited", "signalled", "timeout", "stall", ...: text of recording_end. Static. */
const char *record_ending_name(enum record_ending ending);

/* Whether COMMAND was ended by us: it would not have ended, or not in time. */
bool record_was_ended(enum record_ending ending);

#endif
