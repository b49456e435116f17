/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A threaded program that forks; the child runs threads too, then execs itself. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define PAIRS 100

static pthread_mutex_t parent_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t child_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t exec_lock = PTHREAD_MUTEX_INITIALIZER;

struct task {
	const char *name;
	pthread_mutex_t *mutex;
};

static void *use(void *argument)
{
	const struct task *task = argument;

	EXPECT(pthread_setname_np(pthread_self(), task->name), 0);
	for (int i = 0; i < PAIRS; i++) {
		EXPECT(pthread_mutex_lock(task->mutex), 0);
		EXPECT(pthread_mutex_unlock(task->mutex), 0);
	}
	return NULL;
}

static void run(const char *name, pthread_mutex_t *mutex)
{
	struct task task = { name, mutex };
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, use, &task), 0);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void be_child(void)
{
	char *const arguments[] = { "fork_exec", "executed", NULL };

	run("of the child", &child_lock);
	execl("/nonexistent/program", "program", (char *)NULL);
	EXPECT(errno, ENOENT);
	execv("/proc/self/exe", arguments);
	_exit(99);
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && strcmp(argv[1], "executed") == 0) {
		run("of the exec", &exec_lock);
		return 5;
	}
	run("of the parent", &parent_lock);
	pid_t child = fork();

	if (child == 0)
		be_child();
	EXPECT(waitpid(child, &status, 0), child);
	EXPECT(WIFEXITED(status), 1);
	EXPECT(WEXITSTATUS(status), 5);
	puts("parent, child and exec ran");
	return 0;
}
