/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session daemon of our own, in a home directory of its own: for an ordinary user. */
#include "libtrace/home.h"

#include <lttng/lttng.h>

#include "libtrace/tree.h"

#define HOME_VARIABLE "LTTNG_HOME"
#define LOG_NAME "/log"

/* The path of a socket has 108 bytes, and LTTng adds up to 40 to its home. */
#define PARENT_LENGTH_MAX 40

static int make_directory(struct home *home, struct error *err)
{
	const char *parent = getenv("TMPDIR");

	if (!parent || parent[0] != '/' || strlen(parent) > PARENT_LENGTH_MAX)
		parent = "/tmp";
	snprintf(home->path, sizeof(home->path), "%s/heddle-lttng-XXXXXX", parent);
	if (mkdtemp(home->path))
		return 0;
	int code = errno;
	home->path[0] = '\0';
	return fail(err, code, "cannot make a directory in '%s': %s", parent, strerror(code));
}

/* liblttng-ctl finds the daemon by the environment of this process. */
static int set_variable(struct home *home, struct error *err)
{
	const char *before = getenv(HOME_VARIABLE);

	if (before) {
		home->before = strdup(before);
		if (!home->before)
			return fail(err, ENOMEM, "out of memory");
	}
	/* A member of the group that may use the machine's daemon gets a private one as well. */
	if (setenv(HOME_VARIABLE, home->path, 1) < 0 ||
	    lttng_set_tracing_group("heddle, nobody's group") < 0)
		return fail(err, ENOMEM, "out of memory");
	return 0;
}

void home_log(const struct home *home, char *path, size_t size)
{
	snprintf(path, size, "%s" LOG_NAME, home->path);
}

int home_enter(struct home *home, struct daemon *daemon, struct error *err)
{
	char log[sizeof(home->path) + sizeof(LOG_NAME)];

	*home = (struct home){ 0 };
	int ret = make_directory(home, err);
	if (ret == 0)
		ret = set_variable(home, err);
	if (ret < 0)
		return ret;
	home_log(home, log, sizeof(log));
	return daemon_start(daemon, log, true, err);
}

void home_leave(struct home *home, struct daemon *daemon, bool is_sudden)
{
	daemon_end(daemon, is_sudden);
	if (home->before)
		setenv(HOME_VARIABLE, home->before, 1);
	else if (home->path[0])
		unsetenv(HOME_VARIABLE);
	free(home->before);
	if (home->path[0])
		tree_remove(home->path);
	*home = (struct home){ 0 };
}
