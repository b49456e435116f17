/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals of this process while COMMAND runs: read from a descriptor, and given back. */
#include "analyzer/signals.h"

#include <stdbool.h>
#include <sys/signalfd.h>

static const int wanted[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int signals_take(struct signals *signals, struct error *err)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t taken;

	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		/* A blocked signal comes out of the descriptor even where it is ignored. */
		if (!is_ignored(wanted[i]))
			sigaddset(&taken, wanted[i]);
	}
	signals->fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return fail(err, errno, "cannot watch signals: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &taken, &signals->mask);
	/* Were it ignored, the kernel would not keep the wait status of a child. */
	sigaction(SIGCHLD, &normal, &signals->child);
	return 0;
}

void signals_restore(const struct signals *signals)
{
	sigaction(SIGCHLD, &signals->child, NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void signals_give_back(struct signals *signals)
{
	cleanup_closep(&signals->fd);
	signals->fd = -1;
	signals_restore(signals);
}
