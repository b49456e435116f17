/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * COMMAND and all that descends from it. What its parent left behind
 * counts when this process is a child subreaper (see prctl(2)).
 */
#ifndef ANALYZER_FAMILY_H
#define ANALYZER_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "libtrace/error.h"
#include "libtrace/processes.h"

/*
 * Send signal (0: only count) to each descendant of this process, except those in the
 * sessions (setsid) that processes of except lead, a list that 0 ends. SIGTERM continues
 * the stopped ones too. Returns how many there are that have not ended.
 */
size_t family_signal(const pid_t *except, int signal);

/*
 * SIGTERM to each of them, but where that would end it without a core, and it has several threads or
 * no children, SIGABRT; which its limit for the size of cores then does not forbid, as far as can be.
 */
void family_abort(const pid_t *except);

/* Those that it would be sent to; processes_done() frees. Returns 0 or -errno. */
int family_read(const pid_t *except, struct processes *family) MUST_CHECK;

/*
 * The same for those with a thread that naps because a tracer's buffer is full. A
 * program may nap like that for a moment by itself: look more than once.
 */
size_t family_signal_stuck(const pid_t *except, int signal);

/* Reap every child that has ended but command, whose process id stays ours; none after it. */
void family_reap_but(pid_t command);

/* Reap every child that has ended. */
void family_reap(void);

#endif
