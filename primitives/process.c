/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes: start, exec, exit.
 *
 * The child of a vfork shares our memory but is not us; it is known by its process id
 * and tells nothing.
 */
#include "primitives/process.h"

#include <alloca.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "libtrace/recording.h"
#include "primitives/fork.h"
#include "primitives/lifetime.h"
#include "primitives/modules.h"
#include "primitives/noise.h"
#include "primitives/schedule.h"

/* The exit was told. */
static atomic_bool has_exited;
/* What exit() was called with, -1 not known. */
static int exit_status = -1;

bool process_is_vfork_child(void)
{
	return getpid() != wrap_pid();
}

/* The command line of this process, arguments separated by blanks. */
static const char *command_line(char *line, size_t size)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? real.read(fd, line, size - 1) : 0;

	if (fd >= 0)
		close(fd);
	if (length < 0)
		length = 0;
	while (length > 0 && line[length - 1] == '\0')
		length--;
	for (ssize_t i = 0; i < length; i++) {
		if (line[i] == '\0')
			line[i] = ' ';
	}
	line[length] = '\0';
	return line;
}

void process_begin(struct call *call, enum event_type type)
{
	char line[1024];
	int saved_errno = errno;

	wrap_emit_text(call, type, (void *)pthread_self(), getppid(),
		       command_line(line, sizeof(line)));
	errno = saved_errno;
}

void process_exit(struct call *call, int status)
{
	if (process_is_vfork_child() || atomic_exchange(&has_exited, true))
		return;
	wrap_emit(call, EVENT_process_exit, NULL, NULL, status);
	packer_flush_counts((uintptr_t)__builtin_frame_address(0));
	packer_close();
}

void process_after_fork(void)
{
	wrap_after_fork();
	lifetime_after_fork();
	noise_after_fork();
	atomic_store(&has_exited, false);
}

/* The kernel lays the program's path on top of the main thread's stack. */
static void know_main_stack(void)
{
	struct rlimit limit;
	size_t size = 8UL << 20;

	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		size = limit.rlim_cur;
	frames_know_stack(&wrap_thread.frames, getauxval(AT_EXECFN), size);
}

/* The process has run its exit handlers and ends. */
static void process_leave(void)
{
	struct call call = { 0 };

	process_exit(&call, exit_status);
}

static void load_noise(void)
{
	char line[1024];
	int saved_errno = errno;

	if (getenv(RECORDING_NOISE_VARIABLE))
		noise_load(command_line(line, sizeof(line)));
	errno = saved_errno;
}

static __attribute__((constructor)) void process_load(void)
{
	/* The place of the program's own file, so that its data has names too. */
	struct call call = { .site = modules_program() };

	lifetime_start();
	wrap_load(process_leave);
	know_main_stack();
	load_noise();
	fork_load();
	process_begin(&call, EVENT_process_start);
	schedule_begin(&call);
}

/* Mostly the provider has said so before. */
static __attribute__((destructor)) void process_unload(void)
{
	process_leave();
}

/* Announce an exec; true when a failure is to be told too. */
static bool exec_begin(struct call *call, const char *path)
{
	int saved_errno = errno;
	bool is_told = !process_is_vfork_child();

	if (is_told) {
		wrap_emit_text(call, EVENT_process_exec, NULL, 0, path ? path : "");
		packer_close();
	}
	errno = saved_errno;
	return is_told;
}

static int exec_failed(struct call *call, bool is_told, int result)
{
	if (is_told)
		wrap_emit(call, EVENT_process_exec_failed, NULL, NULL, errno);
	return result;
}

/* The wrapper of an exec function: path is what the event says. */
#define EXEC(path, ...)                                                                            \
	do {                                                                                       \
		struct call call;                                                                  \
		bool is_recorded = WRAP(&call, process_exec);                                      \
                                                                                                   \
		wrap_resolve();                                                                    \
		is_recorded = is_recorded && exec_begin(&call, path);                              \
		return exec_failed(&call, is_recorded, __VA_ARGS__);                               \
	} while (0)

PUBLIC int execve(const char *path, char *const argv[], char *const environment[])
{
	EXEC(path, real.execve(path, argv, environment));
}

PUBLIC int execv(const char *path, char *const argv[])
{
	EXEC(path, real.execv(path, argv));
}

PUBLIC int execvp(const char *file, char *const argv[])
{
	EXEC(file, real.execvp(file, argv));
}

PUBLIC int execvpe(const char *file, char *const argv[], char *const environment[])
{
	EXEC(file, real.execvpe(file, argv, environment));
}

PUBLIC int execveat(int directory, const char *path, char *const argv[], char *const environment[],
		    int flags)
{
	EXEC(path, real.execveat(directory, path, argv, environment, flags));
}

PUBLIC int fexecve(int fd, char *const argv[], char *const environment[])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXEC(path, real.fexecve(fd, argv, environment));
}

/* The arguments of a variadic exec, on the stack as libc does it; first is argv[0]. */
#define GATHER(argv, first, args)                                                                  \
	do {                                                                                       \
		size_t count = 1;                                                                  \
		va_list counted;                                                                   \
                                                                                                   \
		va_start(args, first);                                                             \
		va_copy(counted, args);                                                            \
		while (va_arg(counted, char *))                                                    \
			count++;                                                                   \
		va_end(counted);                                                                   \
		argv = alloca((count + 1) * sizeof(*argv));                                        \
		argv[0] = (char *)first;                                                           \
		for (size_t i = 1; i <= count; i++)                                                \
			argv[i] = va_arg(args, char *);                                            \
	} while (0)

PUBLIC int execl(const char *path, const char *first, ...)
{
	char **argv;
	va_list args;

	GATHER(argv, first, args);
	va_end(args);
	EXEC(path, real.execv(path, argv));
}

PUBLIC int execlp(const char *file, const char *first, ...)
{
	char **argv;
	va_list args;

	GATHER(argv, first, args);
	va_end(args);
	EXEC(file, real.execvp(file, argv));
}

PUBLIC int execle(const char *path, const char *first, ...)
{
	char **argv;
	va_list args;

	GATHER(argv, first, args);
	char **environment = va_arg(args, char **);
	va_end(args);
	EXEC(path, real.execve(path, argv, environment));
}

PUBLIC void exit(int status)
{
	wrap_resolve();
	exit_status = status & 0xff;
	real.exit(status);
	__builtin_unreachable();
}

PUBLIC void _exit(int status)
{
	struct call call;

	if (WRAP(&call, process_exit))
		process_exit(&call, status & 0xff);
	real._exit(status);
	__builtin_unreachable();
}

PUBLIC void _Exit(int status)
{
	struct call call;

	if (WRAP(&call, process_exit))
		process_exit(&call, status & 0xff);
	real._Exit(status);
	__builtin_unreachable();
}

PUBLIC void quick_exit(int status)
{
	struct call call;

	if (WRAP(&call, process_exit))
		process_exit(&call, status & 0xff);
	real.quick_exit(status);
	__builtin_unreachable();
}
