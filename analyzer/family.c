/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND and all that descends from it. */
#include "analyzer/family.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct process *find(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++) {
		if (processes->list[i].pid == pid)
			return &processes->list[i];
	}
	return NULL;
}

/*
 * Does the line of parents lead to us? The list is no snapshot, so a ring is possible
 * in it: the count bounds the walk.
 */
static bool is_descendant(const struct processes *processes, const struct process *process)
{
	pid_t self = getpid();

	for (size_t i = 0; process && i < processes->count; i++) {
		if (process->parent == self)
			return true;
		process = find(processes, process->parent);
	}
	return false;
}

static bool is_any(pid_t pid)
{
	(void)pid;
	return true;
}

/* Where the main thread has left others the process lives, and looks like a zombie. */
static bool has_ended(const struct process *process)
{
	return process->state == 'Z' && process->threads < 2;
}

static bool is_excepted(const struct process *process, const pid_t *except)
{
	for (; *except; except++)
		if (process->session == *except)
			return true;
	return false;
}

int family_read(const pid_t *except, struct processes *family)
{
	struct processes all;
	size_t kept = 0;
	int ret = processes_read(&all);

	*family = (struct processes){ 0 };
	if (ret < 0)
		return ret;
	/* Parents are looked up in the whole list: no entry may go before the last look. */
	bool *is_kept = calloc(all.count + 1, sizeof(*is_kept));
	for (size_t i = 0; is_kept && i < all.count; i++)
		is_kept[i] = !has_ended(&all.list[i]) && !is_excepted(&all.list[i], except) &&
			     is_descendant(&all, &all.list[i]);
	for (size_t i = 0; is_kept && i < all.count; i++)
		if (is_kept[i])
			all.list[kept++] = all.list[i];
	free(is_kept);
	all.count = kept;
	*family = all;
	return 0;
}

/* Stopped ones are continued where the signal means that they are to do something. */
static void send(pid_t pid, int signal)
{
	struct rlimit limit;

	/* As the process itself might have set it. */
	if (signal == SIGABRT && prlimit(pid, RLIMIT_CORE, NULL, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		prlimit(pid, RLIMIT_CORE, &limit, NULL);
	}
	kill(pid, signal);
	if (signal == SIGTERM || signal == SIGABRT)
		kill(pid, SIGCONT);
}

static size_t signal_some(const pid_t *except, int signal, bool (*is_wanted)(pid_t pid))
{
	struct processes family;
	size_t count = 0;

	if (family_read(except, &family) < 0)
		return 0;
	for (size_t i = 0; i < family.count; i++) {
		if (!is_wanted(family.list[i].pid))
			continue;
		count++;
		send(family.list[i].pid, signal);
	}
	processes_done(&family);
	return count;
}

/* Does it catch or ignore signal? */
static bool is_handled(pid_t pid, int signal)
{
	char path[64];
	char line[256];
	uint64_t signals, handled = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	cleanup_fclose FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "SigIgn: %" SCNx64, &signals) == 1 ||
		    sscanf(line, "SigCgt: %" SCNx64, &signals) == 1)
			handled |= signals;
	}
	return handled >> (signal - 1) & 1;
}

static bool has_children(const struct processes *family, pid_t pid)
{
	for (size_t i = 0; i < family->count; i++)
		if (family->list[i].parent == pid)
			return true;
	return false;
}

void family_abort(const pid_t *except)
{
	struct processes family;

	if (family_read(except, &family) < 0)
		return;
	for (size_t i = 0; i < family.count; i++) {
		const struct process *process = &family.list[i];
		bool is_telling = process->threads > 1 || !has_children(&family, process->pid);
		bool is_abort = is_telling && !is_handled(process->pid, SIGTERM);

		send(process->pid, is_abort ? SIGABRT : SIGTERM);
	}
	processes_done(&family);
}

size_t family_signal(const pid_t *except, int signal)
{
	return signal_some(except, signal, is_any);
}

/* poll(NULL, 0, 100), or what libc makes of it where the kernel has no poll. */
static bool is_nap(const char *line)
{
	unsigned long number, fds, count;

	if (sscanf(line, "%lu %lx %lx", &number, &fds, &count) != 3 || fds || count)
		return false;
#ifdef SYS_poll
	return number == SYS_poll;
#else
	return number == SYS_ppoll;
#endif
}

static bool is_thread_stuck(pid_t pid, pid_t tid)
{
	char path[64];
	char line[256];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	cleanup_fclose FILE *file = fopen(path, "re");
	return file && fgets(line, sizeof(line), file) && is_nap(line);
}

static bool is_stuck(pid_t pid)
{
	cleanup_closedir DIR *threads = processes_threads(pid);

	for (pid_t tid; (tid = processes_next(threads)) > 0;)
		if (is_thread_stuck(pid, tid))
			return true;
	return false;
}

size_t family_signal_stuck(const pid_t *except, int signal)
{
	return signal_some(except, signal, is_stuck);
}

void family_reap_but(pid_t command)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0 &&
	       info.si_pid != command) {
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

void family_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}
