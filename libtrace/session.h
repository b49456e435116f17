/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One recording session of LTTng-UST, with the daemon that it needs. */
#ifndef LIBTRACE_SESSION_H
#define LIBTRACE_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libtrace/error.h"

struct session;

/* Who writes events into it. */
enum session_writers {
	SESSION_MANY, /* every process of COMMAND */
	SESSION_ONE,  /* the collector, as fast as it can */
};

/*
 * Start to record below directory/RECORDING_CTF; directory is absolute and
 * exists. An ordinary user gets a private daemon, which ends with this process; root
 * uses the machine's, where the session keeps only the events of its own run.
 *
 * With a private daemon, LTTNG_HOME of this process is changed until the session is
 * stopped: one session a process, and no other thread that reads the environment.
 * After an error nothing is left.
 */
int session_start(const char *directory, enum session_writers writers, struct session **ret,
		  struct error *err) MUST_CHECK;

/* What a program needs in RECORDING_RUN_VARIABLE: 1 to INT64_MAX, random. */
uint64_t session_run(const struct session *session);

/* What a program needs in LTTNG_HOME, NULL: nothing. The session's. */
const char *session_home(const struct session *session);

/* What LTTNG_HOME was before the session, NULL: it was not set. The session's. */
const char *session_home_before(const struct session *session);

/* The daemon's process, which leads the session (setsid) of all its helpers; 0 not known. */
pid_t session_daemon(const struct session *session);

/*
 * Process descriptors that become readable when the daemon or its consumer
 * ends; -1 for one that is not known. The session's.
 */
void session_watch(const struct session *session, int fds[2]);

/*
 * Is the trace still being written? 0, or why not: -EPIPE the daemon or its consumer has
 * ended, -ENOSPC the disk is full, -EIO it cannot write for another reason. A program
 * whose buffer fills up after that waits in it for ever. Costs some 10
 * microseconds.
 */
int session_check(const struct session *session, struct error *err) MUST_CHECK;

/*
 * Stop recording, wait until all is written, and end the daemon where it is
 * ours. Frees session in every case. flushing is called about ten times a second
 * while it waits (NULL: not). Ends within about two minutes whatever the daemon does. On
 * error the trace may lack its end: as session_check(), -ENOBUFS: some
 * processes were not recorded, or -ETIMEDOUT: no answer.
 */
int session_stop(struct session *session, void (*flushing)(void *argument), void *argument,
		 struct error *err) MUST_CHECK;

/*
 * Bytes of one of the SESSION_BUFFERS parts of a process's buffer for a CPU, when
 * free_bytes of shared memory are left for all processes on cpus CPUs. A
 * power of two. The second: where there is one process, which writes all.
 */
#define SESSION_BUFFERS 4
uint64_t session_buffer_size(uint64_t free_bytes, uint64_t cpus);
uint64_t session_buffer_size_of_one(uint64_t free_bytes, uint64_t cpus);

#endif
