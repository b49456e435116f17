/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of this machine, as /proc shows them at one moment. */
#include "libtrace/processes.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>

static int parse_stat(char *line, struct process *process)
{
	/* The name may hold blanks and parentheses: it ends at the last one. */
	char *name = strchr(line, '(');
	char *end = strrchr(line, ')');

	if (!name || !end || end < name)
		return -ESRCH;
	*end = '\0';
	snprintf(process->name, sizeof(process->name), "%s", name + 1);
	uint64_t user, system;
	int found = sscanf(end + 1,
			   " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			   " %*d %*d %*d %*d %u %*d %" SCNu64,
			   &process->state, &process->parent, &process->session, &user, &system,
			   &process->threads, &process->start_time);
	process->cpu_ticks = user + system;
	return found == 7 ? 0 : -ESRCH;
}

static int read_stat(const char *path, pid_t pid, struct process *process)
{
	char line[1024];

	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	ssize_t length = read(fd, line, sizeof(line) - 1);
	if (length <= 0)
		return -ESRCH;
	line[length] = '\0';
	process->pid = pid;
	return parse_stat(line, process);
}

int processes_get(pid_t pid, struct process *process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return read_stat(path, pid, process);
}

int processes_get_thread(pid_t pid, pid_t tid, struct process *process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	return read_stat(path, tid, process);
}

DIR *processes_threads(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return opendir(path);
}

pid_t processes_next(DIR *directory)
{
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return 0;
}

static int add(struct processes *processes, size_t *room, pid_t pid)
{
	if (processes->count == *room) {
		size_t more = *room ? 2 * *room : 256;
		struct process *list = reallocarray(processes->list, more, sizeof(*list));

		if (!list)
			return -ENOMEM;
		processes->list = list;
		*room = more;
	}
	if (processes_get(pid, &processes->list[processes->count]) == 0)
		processes->count++;
	return 0;
}

int processes_read(struct processes *processes)
{
	size_t room = 0;
	int ret = 0;

	*processes = (struct processes){ 0 };
	cleanup_closedir DIR *proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (pid_t pid; ret == 0 && (pid = processes_next(proc)) > 0;)
		ret = add(processes, &room, pid);
	if (ret < 0)
		processes_done(processes);
	return ret;
}

void processes_done(struct processes *processes)
{
	free(processes->list);
	*processes = (struct processes){ 0 };
}
