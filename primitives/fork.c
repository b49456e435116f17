/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forks: fork(), _Fork(), daemon().
 *
 * The parent tells before the fork and after it; the child first tells from the first of
 * the handlers that pthread_atfork() runs in it, because others release locks there. At that
 * moment LTTng still writes to the parent's buffers, and a parent that ends at once takes them
 * along; so the child tells again, with its command line, when LTTng knows of it.
 *
 * LTTng keeps pointers to what it is told in the environment and looks again in the child. Programs that
 * set their title write it over arguments and environment, as far as these lie in one piece; so
 * the environment is made to lie in two, and LTTng's part is none that the program knows.
 *
 * A fork that does not come from here (forkpty() makes one inside libc, _Fork() is
 * one that runs no handlers) is unknown to LTTng: such a child is not recorded. All that concerns
 * LTTng is of no importance where events are packed: there every child tells once.
 */
#include "primitives/fork.h"

#include <errno.h>
#include <string.h>

#include "primitives/noise.h"
#include "primitives/process.h"

/* LTTng's part of the environment, for the program. */
static char texts[4096];

/* The call of fork() or daemon() in which this thread is, or NULL. */
static __thread struct call *forking __attribute__((tls_model("initial-exec")));

static void part_environment(void)
{
	size_t used = 0;

	for (char **variable = environ; variable && *variable; variable++) {
		size_t size = strlen(*variable) + 1;

		if (strncmp(*variable, "LTTNG_", 6) == 0 && size <= sizeof(texts) - used) {
			*variable = memcpy(texts + used, *variable, size);
			used += size;
		}
	}
}

void fork_other_child(void)
{
	struct call call = { 0 };

	if (!wrap_is_packed()) {
		wrap_fall_silent();
		return;
	}
	process_after_fork();
	process_begin(&call, EVENT_process_fork);
}

static void forked(void)
{
	if (!forking) {
		fork_other_child();
		return;
	}
	process_after_fork();
	if (wrap_is_packed())
		process_begin(forking, EVENT_process_fork);
	else
		wrap_emit_text(forking, EVENT_process_fork, (void *)pthread_self(), getppid(), "");
}

void fork_load(void)
{
	part_environment();
	pthread_atfork(NULL, NULL, forked);
}

/* Returns is_recorded. What is not recorded now may be later, in the child too. */
static bool begin(struct call *call, bool is_recorded)
{
	if (is_recorded)
		wrap_emit(call, EVENT_process_fork_begin, NULL, NULL, 0);
	else
		*call = (struct call){ 0 };
	noise_before_fork();
	forking = call;
	return is_recorded;
}

PUBLIC pid_t fork(void)
{
	struct call call;
	bool is_recorded = begin(&call, WRAP(&call, process_fork));

	pid_t pid = real.fork();
	forking = NULL;
	if (!is_recorded)
		return pid;
	if (pid == 0 && !wrap_is_packed())
		process_begin(&call, EVENT_process_fork);
	else if (pid != 0)
		wrap_emit(&call, EVENT_process_fork_end, (void *)(uintptr_t)(pid > 0 ? pid : 0),
			  NULL, pid < 0 ? errno : 0);
	return pid;
}

PUBLIC pid_t _Fork(void)
{
	struct call call;

	if (!WRAP(&call, process_fork))
		return real._Fork();
	noise_before_fork();
	pid_t pid = real._Fork();
	if (pid == 0)
		fork_other_child();
	return pid;
}

PUBLIC int daemon(int keep_directory, int keep_files)
{
	struct call call;
	bool is_recorded = begin(&call, WRAP(&call, process_fork));

	/* Where all goes well the caller leaves from within. */
	if (is_recorded) {
		wrap_emit(&call, EVENT_process_exit, NULL, NULL, 0);
		packer_close();
	}
	int result = real.daemon(keep_directory, keep_files);
	forking = NULL;
	if (result == 0 && is_recorded && !wrap_is_packed())
		process_begin(&call, EVENT_process_fork);
	return result;
}
