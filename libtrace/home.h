/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session daemon of our own, in a home directory of its own: for an ordinary user. */
#ifndef LIBTRACE_HOME_H
#define LIBTRACE_HOME_H

#include <stdbool.h>

#include "libtrace/daemon.h"
#include "libtrace/error.h"

struct home {
	char path[96]; /* LTTNG_HOME of daemon, recorder and program; "": none */
	char *before;  /* what LTTNG_HOME was. Owned by this */
};

/*
 * Make the directory, set LTTNG_HOME of this process to it, and start the
 * daemon. Also after an error: home_leave().
 */
int home_enter(struct home *home, struct daemon *daemon, struct error *err) MUST_CHECK;

/* The daemon's messages, with size bytes at path. */
void home_log(const struct home *home, char *path, size_t size);

/* End the daemon (is_sudden: kill it), remove the directory, set LTTNG_HOME back. */
void home_leave(struct home *home, struct daemon *daemon, bool is_sudden);

#endif
