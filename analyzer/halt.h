/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The threads of another process, stopped for a moment to be looked at. By ptrace, which a
 * process may do to its descendants where nothing forbids it. All calls by the same thread of ours; what
 * it has not let go when it ends the kernel lets go.
 */
#ifndef ANALYZER_HALT_H
#define ANALYZER_HALT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct halted {
	pid_t tid;
	char state;	  /* before: 'R', 'S', 'D', 'T', ... as ps(1) has it */
	char name[16];	  /* as the kernel has it */
	int64_t cpu_ns;	  /* that it has used */
	bool is_attached; /* something is to be let go */
	bool is_stopped;  /* its registers and stack may be read */
	int signal;	  /* that came meanwhile, which it gets when it is let go */
};

struct halt {
	pid_t pid;
	GArray *threads; /* struct halted, all that were there. Owned by this */
	int refused;	 /* the errno with which ptrace refused a thread, 0: it did not */
};

/*
 * Stop the threads of pid, those that can be stopped until until_ns (CLOCK_MONOTONIC). Who sleeps in a
 * device does not stop, nor who has ended meanwhile. halt_end() lets go whoever is attached.
 */
void halt_begin(struct halt *halt, pid_t pid, int64_t until_ns);
void halt_end(struct halt *halt);

#endif
