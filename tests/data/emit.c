/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Emits events through heddle's provider; the traces beside this file come from it.
 *
 *	emit all		one event of each type, and one that is not heddle's
 *	emit pairs COUNT	COUNT times mutex_lock and mutex_unlock
 *	emit killed COUNT	the same, and then it is killed
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <lttng/tracef.h>

#include "libtrace/event.h"
#include "libtrace/provider.h"
#include "tests/data/pattern.h"

extern const struct provider heddle_provider;

static void emit_all(void)
{
	for (int type = 0; type < EVENT_COUNT; type++) {
		struct pattern pattern;

		if (event_info((enum event_type)type)->is_tool_event)
			continue;
		pattern_fill(&pattern, (enum event_type)type);
		pattern.event.pid = getpid();
		pattern.event.tid = getpid();
		heddle_provider.emit(&pattern.event);
	}
	lttng_ust_tracef("not heddle's");
}

static void emit_pairs(long count)
{
	struct event event = {
		.pid = getpid(), .tid = getpid(), .object = 0x5580, .site = 0x4011d6
	};

	for (long i = 0; i < count; i++) {
		event.type = EVENT_mutex_lock;
		heddle_provider.emit(&event);
		event.type = EVENT_mutex_unlock;
		heddle_provider.emit(&event);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "all"))
		emit_all();
	else if (argc == 3)
		emit_pairs(atol(argv[2]));
	else
		return 2;
	if (!strcmp(argv[1], "killed"))
		raise(SIGKILL);
	return 0;
}
