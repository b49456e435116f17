/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals of this process while COMMAND runs: read from a descriptor, and given back. */
#ifndef ANALYZER_SIGNALS_H
#define ANALYZER_SIGNALS_H

#include <signal.h>

#include "libtrace/error.h"

struct signals {
	int fd;			/* signalfd. Owned by this */
	sigset_t mask;		/* as it was before */
	struct sigaction child; /* disposition of SIGCHLD, as it was before */
};

/*
 * From now on SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGCHLD come out of fd. One that was
 * ignored (nohup, a background job) stays ignored.
 */
int signals_take(struct signals *signals, struct error *err) MUST_CHECK;

/* Mask and dispositions as they were: for a child between fork and exec. */
void signals_restore(const struct signals *signals);

/* The same for this process, which then gets what came and was not read. */
void signals_give_back(struct signals *signals);

#endif
