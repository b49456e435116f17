/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The threads of another process, stopped for a moment to be looked at. They are seized, so that one that
 * is stopped by job control stays so, and waited for without ever blocking.
 */
#include "analyzer/halt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/clock.h"
#include "libtrace/processes.h"

/* Threads that start while others are seized are met in the next round. */
#define ROUNDS_MAX 4
#define THREADS_MAX 2048
#define NAP_MS 1

static bool is_known(const struct halt *halt, pid_t tid)
{
	for (guint i = 0; i < halt->threads->len; i++)
		if (g_array_index(halt->threads, struct halted, i).tid == tid)
			return true;
	return false;
}

static void seize(struct halt *halt, struct halted *thread)
{
	/* The dead are beyond that, and no refusal. */
	if (strchr("ZXx", thread->state))
		return;
	if (ptrace(PTRACE_SEIZE, thread->tid, NULL, NULL) == 0) {
		thread->is_attached = true;
		ptrace(PTRACE_INTERRUPT, thread->tid, NULL, NULL);
	} else if (errno != ESRCH) {
		halt->refused = errno;
	}
}

static bool add(struct halt *halt, pid_t tid)
{
	struct process seen;
	struct halted thread = { .tid = tid };

	if (is_known(halt, tid) || halt->threads->len == THREADS_MAX ||
	    processes_get_thread(halt->pid, tid, &seen) < 0)
		return false;
	thread.state = seen.state;
	memcpy(thread.name, seen.name, sizeof(thread.name));
	thread.cpu_ns =
		(int64_t)(seen.cpu_ticks * (uint64_t)SECOND_NS / (uint64_t)sysconf(_SC_CLK_TCK));
	seize(halt, &thread);
	g_array_append_val(halt->threads, thread);
	return true;
}

/* Was there one that had not been met? */
static bool find_threads(struct halt *halt)
{
	cleanup_closedir DIR *threads = processes_threads(halt->pid);
	bool is_found = false;

	for (pid_t tid; (tid = processes_next(threads)) > 0;)
		is_found |= add(halt, tid);
	return is_found;
}

/*
 * Has it stopped, or ended? Only stops are waited for: the end of COMMAND is another one's to hear.
 */
static bool is_settled(struct halted *thread)
{
	siginfo_t info = { 0 };

	if (!thread->is_attached || thread->is_stopped)
		return true;
	if (waitid(P_PID, (id_t)thread->tid, &info, WSTOPPED | WNOHANG | __WALL) < 0) {
		thread->is_attached = false;
		return true;
	}
	if (info.si_pid == 0)
		return false;
	thread->is_stopped = true;
	/* Not our own stop: a signal was about to be delivered. */
	if (info.si_status >> 8 != PTRACE_EVENT_STOP)
		thread->signal = info.si_status & 0x7f;
	return true;
}

static bool are_settled(struct halt *halt)
{
	bool are = true;

	for (guint i = 0; i < halt->threads->len; i++)
		are &= is_settled(&g_array_index(halt->threads, struct halted, i));
	return are;
}

void halt_begin(struct halt *halt, pid_t pid, int64_t until_ns)
{
	*halt = (struct halt){ .pid = pid };
	halt->threads = g_array_new(FALSE, TRUE, sizeof(struct halted));
	for (int i = 0; i < ROUNDS_MAX && find_threads(halt); i++)
		;
	while (!are_settled(halt) && clock_now_ns() < until_ns)
		poll(NULL, 0, NAP_MS);
}

void halt_end(struct halt *halt)
{
	for (guint i = 0; i < halt->threads->len; i++) {
		const struct halted *thread = &g_array_index(halt->threads, struct halted, i);
		intptr_t signal = thread->signal;

		if (thread->is_stopped)
			ptrace(PTRACE_DETACH, thread->tid, NULL, (void *)signal);
	}
	g_array_unref(halt->threads);
}
