/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's session daemon, which all recordings of root share. */
#ifndef LIBTRACE_MACHINE_H
#define LIBTRACE_MACHINE_H

#include <stdint.h>

#include "libtrace/daemon.h"
#include "libtrace/error.h"

/* Session names of heddle begin so; the recording's number follows. */
#define MACHINE_SESSION_PREFIX "heddle-"

/* Messages of a daemon that heddle started; they are about all recordings. */
#define MACHINE_LOG "/var/run/lttng/heddle-sessiond.log"

struct machine {
	int lock; /* Owned by this; -1: not joined */
	uint64_t run;
};

/*
 * Use the machine's daemon, or start it where there is none. run: the number of the recording,
 * from 1 to INT64_MAX. Sessions that killed recordings left there are removed.
 */
int machine_join(struct machine *machine, uint64_t run, struct daemon *daemon,
		 struct error *err) MUST_CHECK;

/*
 * The recording's own session must be gone. Ends the daemon where heddle started
 * it, no other recording uses it and nobody has a session in it. Then daemon is
 * done. is_broken: the daemon does not serve any more, do not ask it.
 */
void machine_leave(struct machine *machine, struct daemon *daemon, bool is_broken);

#endif
