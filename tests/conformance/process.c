/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes: how they are made, how they become other programs, and how they end. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/conformance/conform.h"

extern char **environ;

/* This program, with arguments that make it say what it was given. */
static const char self[] = "/proc/self/exe";
static char *const arguments[] = { "conform", "say", "two words", NULL };
static char *environment[] = { "CONFORM=given", NULL };
static char directory[] = "/tmp/conform.XXXXXX";

static int say(char **given)
{
	const char *word = getenv("CONFORM");
	printf("a new program: %s, %s, %s\n", given[0], given[2], word ? word : "nothing");
	return 5;
}

/* Those with a p have a shell run what the kernel does not know. */
static const char *const exec_names[] = { "execl",    "execle", "execv",  "execve", "fexecve",
					  "execveat", "execlp", "execvp", "execvpe" };

#define EXEC_COUNT 9
#define EXEC_FIRST_P 6

static int exec_by(int way, const char *file)
{
	switch (way) {
	case 0:
		return execl(file, "conform", "say", "two words", NULL);
	case 1:
		return execle(file, "conform", "say", "two words", NULL, environment);
	case 2:
		return execv(file, arguments);
	case 3:
		return execve(file, arguments, environment);
	case 4:
		return fexecve(open(file, O_RDONLY | O_CLOEXEC), arguments, environment);
	case 5:
		return execveat(AT_FDCWD, file, arguments, environment, 0);
	case 6:
		return execlp(file, "conform", "say", "two words", NULL);
	case 7:
		return execvp(file, arguments);
	}
	return execvpe(file, arguments, environment);
}

static const char *exec_file;

static int exec_it(void *way)
{
	CHECK_CALL("it returns", exec_by(*(int *)way, exec_file));
	return 99;
}

/* Those from first_run on run something, in a child. */
static void exec_of(const char *what, const char *file, int first_run)
{
	char name[64];

	exec_file = file;
	for (int i = 0; i < EXEC_COUNT; i++) {
		snprintf(name, sizeof(name), "%s, %s", exec_names[i], what);
		if (i >= first_run)
			check_child(name, exec_it, &i);
		else
			CHECK_CALL(name, exec_by(i, file));
	}
}

/* More arguments than any program may have. */
static void exec_too_much(void)
{
	static char long_one[(1 << 17) + 1];
	char *const too_long[] = { "conform", long_one, NULL };

	memset(long_one, 'x', sizeof(long_one) - 1);
	CHECK_CALL("execv, too long", execv(self, too_long));
	CHECK_CALL("execve, too long", execve(self, too_long, environment));
}

static void execs_all(void)
{
	char path[64];

	setenv("CONFORM", "inherited", 1);
	exec_of("done", self, 0);
	exec_of("no such file", "/nonexistent/program", EXEC_COUNT);
	exec_of("a directory", "/tmp", EXEC_COUNT);
	snprintf(path, sizeof(path), "%s/text", directory);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	exec_of("not executable", path, EXEC_COUNT);
	chmod(path, 0755);
	exec_of("no program", path, EXEC_FIRST_P);
	unlink(path);
	exec_too_much();
}

/* Who forks: counts what the handlers of pthread_atfork() did, each under a lock. */
static pthread_mutex_t fork_lock = PTHREAD_MUTEX_INITIALIZER;
static char fork_order[16];

static void note(char letter)
{
	size_t length = strlen(fork_order);

	if (length < sizeof(fork_order) - 1)
		fork_order[length] = letter;
}

static void prepare_first(void)
{
	pthread_mutex_lock(&fork_lock);
	note('a');
}

static void prepare_second(void)
{
	note('b');
}

static void parent_first(void)
{
	note('c');
	pthread_mutex_unlock(&fork_lock);
}

static void parent_second(void)
{
	note('d');
}

static void child_first(void)
{
	note('e');
	pthread_mutex_unlock(&fork_lock);
}

static void child_second(void)
{
	note('f');
}

static void *return_it(void *argument)
{
	pthread_mutex_lock(&fork_lock);
	pthread_mutex_unlock(&fork_lock);
	return argument;
}

/* In a child: its ids are right, and threads work. */
static int look_around(pid_t parent)
{
	check_text("in the child: handlers", fork_order);
	check_number("in the child: the parent", getppid() == parent);
	check_number("in the child: one thread", gettid() == getpid());
	check_number("in the child: a thread",
		     join_thread(run_thread(return_it, &parent)) == &parent);
	check("in the child: trylock", pthread_mutex_trylock(&fork_lock));
	return 6;
}

static void fork_by(const char *name, pid_t (*call)(void))
{
	pid_t parent = getpid();

	memset(fork_order, 0, sizeof(fork_order));
	errno = ERRNO_MARK;
	pid_t pid = call();
	int error = errno;
	if (pid == 0) {
		check_text("errno in the child", errno_state(error));
		_exit(look_around(parent));
	}
	int status = wait_for_child(pid);
	printf("%s: %s, %s\n", name, pid > 0 ? "a child" : "no child", errno_state(error));
	check_status(name, status);
	check_text("in the parent: handlers", fork_order);
	CHECK("in the parent: trylock", pthread_mutex_trylock(&fork_lock));
	pthread_mutex_unlock(&fork_lock);
}

static void *fork_in_thread(void *unused)
{
	(void)unused;
	fork_by("fork in a thread", fork);
	return NULL;
}

static int fork_too_many(void *unused)
{
	struct rlimit none = { 0, 0 };

	(void)unused;
	setrlimit(RLIMIT_NPROC, &none);
	if (setuid(65534) == -1 && getuid() == 0)
		return 99;
	CHECK_CALL("fork, no more allowed", fork());
	CHECK_CALL("_Fork, no more allowed", _Fork());
	return 0;
}

static void forks(void)
{
	pthread_atfork(prepare_first, parent_first, child_first);
	pthread_atfork(prepare_second, parent_second, child_second);
	fork_by("fork", fork);
	fork_by("_Fork", _Fork);
	join_thread(run_thread(fork_in_thread, NULL));
	check_child("fork, no more allowed", fork_too_many, NULL);
	pid_t pid = vfork();
	if (pid == 0) {
		execve(self, arguments, environment);
		_exit(98);
	}
	check_status("vfork and execve", wait_for_child(pid));
	pid = vfork();
	if (pid == 0) {
		execve("/nonexistent/program", arguments, environment);
		_exit(errno == ENOENT ? 3 : 98);
	}
	check_status("vfork and a failed execve", wait_for_child(pid));
}

static void spawns(void)
{
	char line[128] = "";
	pid_t pid;
	int error = posix_spawn(&pid, self, NULL, NULL, arguments, environ);
	check_status("posix_spawn", error ? error : wait_for_child(pid));
	CHECK("posix_spawnp", posix_spawnp(&pid, "true", NULL, NULL, arguments, environ));
	check_status("posix_spawnp", wait_for_child(pid));
	CHECK("posix_spawn, no such file",
	      posix_spawn(&pid, "/nonexistent", NULL, NULL, arguments, environ));
	check_status("system", system("exit 4"));
	check_status("system, a signal", system("kill -TERM $$"));

	FILE *in = popen("echo to the pipe; exit 2", "r");
	if (!in || !fgets(line, sizeof(line), in))
		conform_give_up("read from a child");
	line[strcspn(line, "\n")] = 0;
	check_text("popen", line);
	check_status("pclose", pclose(in));
	errno = ERRNO_MARK;
	pid = waitpid(-1, NULL, 0);
	check_result("no child is left", pid, errno);
}

static void at_exit(void)
{
	pthread_mutex_lock(&fork_lock);
	puts("an atexit handler");
	pthread_mutex_unlock(&fork_lock);
}

static void at_quick_exit_(void)
{
	puts("an at_quick_exit handler");
}

static void *exit_here(void *unused)
{
	(void)unused;
	exit(9);
}

static void *return_late(void *unused)
{
	(void)unused;
	pause_ms(5);
	puts("the last thread");
	return NULL;
}

static void leave_no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/* Ends its process in the way number. */
static int end_by(void *way)
{
	atexit(at_exit);
	at_quick_exit(at_quick_exit_);
	switch (*(int *)way) {
	case 0:
		exit(11);
	case 1:
		_exit(12);
	case 2:
		_Exit(13);
	case 3:
		quick_exit(14);
	case 4:
		leave_no_core();
		abort();
	case 5:
		join_thread(run_thread(exit_here, NULL));
		break;
	case 6:
		run_thread(return_late, NULL);
		pthread_exit(NULL);
	case 7:
		syscall(SYS_exit_group, 15);
	}
	return 99;
}

static int be_killed(void *number)
{
	leave_no_core();
	atexit(at_exit);
	raise(*(int *)number);
	return 99;
}

static void ends(void)
{
	static const char *const names[] = { "exit",	    "_exit",	 "_Exit",
					     "quick_exit",  "abort",	 "exit in a thread",
					     "last thread", "exit_group" };
	int fatal[] = { SIGTERM, SIGKILL, SIGSEGV, SIGINT, SIGUSR2 };

	for (int i = 0; i < 8; i++)
		check_child(names[i], end_by, &i);
	for (int i = 0; i < 5; i++)
		check_child("a fatal signal", be_killed, &fatal[i]);
}

/* Closes what it was given, the tracer's descriptors too, and works on. */
static int close_all(void *out)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != *(int *)out)
			close(fd);
	check_number("with all closed: a new descriptor", dup(0) > 2);
	check_number("with all closed: a thread", join_thread(run_thread(return_it, out)) == out);
	CHECK("with all closed: lock", pthread_mutex_lock(&fork_lock));
	pthread_mutex_unlock(&fork_lock);
	pid_t pid = fork();
	if (!pid)
		_exit(2);
	check_status("with all closed: fork", wait_for_child(pid));
	return dprintf(*(int *)out, "written\n") == 8 ? 0 : 1;
}

/* The daemon's own child of the parent that waited; it writes to a pipe. */
static int become_daemon(void *out)
{
	errno = ERRNO_MARK;
	int result = daemon(0, 0);

	dprintf(*(int *)out, "%d %d %d %s\n", result, getsid(0) != getpid(),
		join_thread(run_thread(return_it, out)) == out, getcwd((char[64]){ 0 }, 64));
	return 8;
}

static void through_pipe(const char *name, int (*body)(void *))
{
	char text[128] = "";
	int ends_of_pipe[2];

	if (pipe2(ends_of_pipe, O_CLOEXEC) != 0)
		conform_give_up("make a pipe");
	check_child(name, body, &ends_of_pipe[1]);
	close(ends_of_pipe[1]);
	if (read(ends_of_pipe[0], text, sizeof(text) - 1) < 1)
		strcpy(text, "nothing");
	close(ends_of_pipe[0]);
	text[strcspn(text, "\n")] = 0;
	check_text(name, text);
}

int main(int count, char **given)
{
	if (count > 2 && strcmp(given[1], "say") == 0)
		return say(given);
	conform_start();
	alarm(200); /* many programs: a busy machine is slow to start them recorded */
	if (!mkdtemp(directory))
		conform_give_up("make a directory");
	forks();
	spawns();
	execs_all();
	ends();
	through_pipe("close all descriptors", close_all);
	through_pipe("daemon", become_daemon);
	return rmdir(directory);
}
