/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND and all that descends from it. */
#include "analyzer/family.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "libtrace/processes.h"

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

static bool is_excepted(const struct process *process, const pid_t *except)
{
	for (; *except; except++)
		if (process->session == *except)
			return true;
	return false;
}

static size_t signal_some(const pid_t *except, int signal, bool (*is_wanted)(pid_t pid))
{
	struct processes processes;
	size_t count = 0;

	if (processes_read(&processes) < 0)
		return 0;
	for (size_t i = 0; i < processes.count; i++) {
		const struct process *process = &processes.list[i];

		if (process->state == 'Z' || is_excepted(process, except) ||
		    !is_descendant(&processes, process) || !is_wanted(process->pid))
			continue;
		count++;
		kill(process->pid, signal);
		if (signal == SIGTERM)
			kill(process->pid, SIGCONT);
	}
	processes_done(&processes);
	return count;
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

static bool is_thread_stuck(pid_t pid, const char *tid)
{
	char path[300];
	char line[256];

	snprintf(path, sizeof(path), "/proc/%d/task/%s/syscall", pid, tid);
	cleanup_fclose FILE *file = fopen(path, "re");
	return file && fgets(line, sizeof(line), file) && is_nap(line);
}

static bool is_stuck(pid_t pid)
{
	char path[64];
	bool is_found = false;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *threads = opendir(path);
	if (!threads)
		return false;
	for (struct dirent *entry; !is_found && (entry = readdir(threads));)
		is_found = isdigit((unsigned char)entry->d_name[0]) &&
			   is_thread_stuck(pid, entry->d_name);
	closedir(threads);
	return is_found;
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
