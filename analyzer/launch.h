/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND, started with the preload library and nothing else changed. */
#ifndef ANALYZER_LAUNCH_H
#define ANALYZER_LAUNCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libtrace/error.h"

/* Where the two libraries are: absolute, without symbolic links. */
struct launch_libraries {
	char preload[PATH_MAX];
	char provider[PATH_MAX];
};

/*
 * In $HEDDLE_LIBDIR where that is set; else beside this program or in .libs
 * there, as in a build tree; else where they were installed.
 */
int launch_find_libraries(struct launch_libraries *libraries, struct error *err) MUST_CHECK;

/* What the tracer in COMMAND needs to know. */
struct launch_tracing {
	const struct launch_libraries *libraries;
	const char *home; /* LTTNG_HOME, NULL: leave it */
	uint64_t run;
	unsigned int stacks; /* frames a call stack */
	bool has_stacks_on_all;
	/* Where what threads do is packed; LTTng is not loaded then. NULL: --plain. */
	const char *buffers;
	const char *home_before; /* LTTNG_HOME where home is not to be used, NULL: not set */
	bool has_noise;
	uint32_t noise_seed;
};

/* Variables that tracing sets. */
#define LAUNCH_SETTINGS_MAX 8
#define LAUNCH_DROPPED_MAX 2

struct launch_environment {
	char **list; /* for exec, ends in NULL. Owned by this, the strings in it are not */
	char *settings[LAUNCH_SETTINGS_MAX]; /* NAME=value. Owned by this */
	size_t setting_count;
	const char *dropped[LAUNCH_DROPPED_MAX]; /* "NAME=": not to be there. Static */
	size_t dropped_count;
};

/*
 * The environment before, with what tracing needs set in it. It points into before, which
 * must outlive it. Returns 0 or -ENOMEM; launch_environment_done() frees in both cases.
 */
int launch_environment_init(struct launch_environment *environment, char *const *before,
			    const struct launch_tracing *tracing) MUST_CHECK;
void launch_environment_done(struct launch_environment *environment);

/*
 * Start command as execvp() would, in that environment. prepare(argument) is called in
 * the child before exec. Returns 0 with its process id once the exec has happened;
 * the caller reaps it. -errno: no process could be made. A positive errno:
 * exec failed, and the child is gone. err is filled in both cases.
 */
int launch_start(char *const *command, char **environment, void (*prepare)(const void *argument),
		 const void *argument, pid_t *pid, struct error *err) MUST_CHECK;

#endif
