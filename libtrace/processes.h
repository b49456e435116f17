/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of this machine, as /proc shows them at one moment. */
#ifndef LIBTRACE_PROCESSES_H
#define LIBTRACE_PROCESSES_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libtrace/error.h"

struct process {
	pid_t pid;
	pid_t parent;
	pid_t session;
	char state;	    /* 'R', 'S', 'Z' ... */
	uint64_t cpu_ticks; /* that it has used, in ticks of sysconf(_SC_CLK_TCK) a second */
	unsigned threads;
	uint64_t start_time; /* in clock ticks since boot: with pid it names a process for ever */
	char name[16];
};

struct processes {
	struct process *list; /* Owned by this */
	size_t count;
};

/* One process. Returns 0, or -ESRCH where it is gone. */
int processes_get(pid_t pid, struct process *process) MUST_CHECK;

/* The same of a thread of it, whose tid is then process->pid. */
int processes_get_thread(pid_t pid, pid_t tid, struct process *process) MUST_CHECK;

/* A process's threads, for processes_next(); NULL where it is gone. The caller closes it. */
DIR *processes_threads(pid_t pid) MUST_CHECK;

/* The next number that a folder of /proc lists, 0: no more, which is all of NULL. */
pid_t processes_next(DIR *directory);

/*
 * All of them. What starts or ends meanwhile may be in or not. Returns 0, or
 * -errno with an empty list.
 */
int processes_read(struct processes *processes) MUST_CHECK;

void processes_done(struct processes *processes);

#endif
