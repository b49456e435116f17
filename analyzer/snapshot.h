/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where all threads of COMMAND's family stand at one moment, for the recording. */
#ifndef ANALYZER_SNAPSHOT_H
#define ANALYZER_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyzer/notes.h"
#include "libtrace/error.h"

struct snapshot_options {
	const pid_t *except; /* whose sessions are not of the family, see family_signal() */
	int64_t budget_ns;   /* for all of it; what is not done then is left out */
	/* Called where signals becomes readable; true: cut it short. */
	int signals;
	bool (*is_cut)(void *argument);
	void *argument;
};

/*
 * Look at the threads of all traced processes of the family, which are stopped for that, and add
 * to notes, stamped with time_ns, what was seen: thread_seen of each, with its process_stack and process_module,
 * and thread_unseen where stacks are missing. Many-threaded processes come first. Returns
 * soon after the budget even where a process of the family cannot be read.
 */
int snapshot_take(const struct snapshot_options *options, struct notes *notes, int64_t time_ns,
		  struct error *err) MUST_CHECK;

#endif
