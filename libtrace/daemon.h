/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process lttng-sessiond: started, watched, ended. */
#ifndef LIBTRACE_DAEMON_H
#define LIBTRACE_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include "libtrace/error.h"

struct daemon {
	pid_t pid;	    /* 0: not known */
	int pidfd;	    /* Owned by this; -1: none */
	pid_t consumer_pid; /* lttng-consumerd, which writes the trace; 0: not known */
	int consumer_pidfd; /* Owned by this; -1: none */
};

/* No process, nothing to close. */
void daemon_init(struct daemon *daemon);

/*
 * Start lttng-sessiond and wait until it takes commands. Its messages are
 * appended to the file log_path, whose last line is part of the sentence when it
 * does not start. It leads a session of its own, so that signals of the
 * terminal do not reach it. Where is_ours is set it gets SIGTERM when this
 * thread ends, however that comes about.
 */
int daemon_start(struct daemon *daemon, const char *log_path, bool is_ours,
		 struct error *err) MUST_CHECK;

/* Watch a daemon that somebody else started. */
int daemon_adopt(struct daemon *daemon, pid_t pid, struct error *err) MUST_CHECK;

/* Find the consumer, which the daemon starts when the first channel is made. */
void daemon_find_consumer(struct daemon *daemon);

/* Is there a line with text in the log behind its first start bytes? No file: no. */
bool daemon_has_said(const char *log_path, off_t start, const char *text);

/* False once the daemon or its consumer has ended. What is not known counts as alive. */
bool daemon_is_alive(const struct daemon *daemon);

/*
 * Ask the daemon to end, wait up to 10 s, then kill it; the same for its consumer. With
 * is_sudden it is killed at once. Then done as by daemon_done().
 */
void daemon_end(struct daemon *daemon, bool is_sudden);

/* Watch it no longer; it goes on. */
void daemon_done(struct daemon *daemon);

#endif
