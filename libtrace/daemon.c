/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process lttng-sessiond: started, watched, ended. */
#include "libtrace/daemon.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "libtrace/processes.h"

#define PROGRAM "lttng-sessiond"
#define START_TIMEOUT_MS 30000
#define END_TIMEOUT_MS 10000

void daemon_init(struct daemon *daemon)
{
	*daemon = (struct daemon){ .pidfd = -1, .consumer_pidfd = -1 };
}

/* Looks where PATH of an ordinary user may not lead, too. */
static bool find_program(char *path, size_t size)
{
	const char *search = getenv("PATH");
	cleanup_free char *all = NULL;

	if (asprintf(&all, "%s:/usr/bin:/usr/sbin:/usr/local/bin", search ? search : "") < 0) {
		all = NULL;
		return false;
	}
	char *rest = all;
	for (char *place; (place = strsep(&rest, ":"));) {
		snprintf(path, size, "%s/" PROGRAM, place);
		if (place[0] == '/' && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn))
become_daemon(const char *path, int log, bool is_ours, pid_t parent)
{
	setsid();
	reset_signals();
	if (is_ours)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	int nothing = open("/dev/null", O_RDONLY);
	dup2(nothing, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	/* A pipe of our caller must not stay open for as long as the daemon lives. */
	close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	if (chdir("/") == 0)
		execl(path, PROGRAM, "--no-kernel", "--sig-parent", (char *)NULL);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", path, strerror(errno));
	_exit(EXIT_FAILURE);
}

/* Returns 0 when pid has said that it is ready. */
static int wait_ready(int signals, int pidfd, pid_t pid)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
				{ .fd = pidfd, .events = POLLIN } };

	for (;;) {
		int count = poll(fds, 2, START_TIMEOUT_MS);

		if (count == 0)
			return -ETIMEDOUT;
		if (count < 0 && errno != EINTR)
			return -errno;
		struct signalfd_siginfo info;
		if (count > 0 && fds[0].revents &&
		    read(signals, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_pid == (uint32_t)pid)
			return 0;
		if (count > 0 && fds[1].revents)
			return -ECHILD;
	}
}

/* The last line of the log, or why there is none. */
static void last_words(const char *log_path, char *words, size_t size)
{
	cleanup_fclose FILE *log = fopen(log_path, "re");
	char line[200];

	snprintf(words, size, "it says nothing");
	while (log && fgets(line, sizeof(line), log)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			snprintf(words, size, "%s", line);
	}
}

bool daemon_has_said(const char *log_path, off_t start, const char *text)
{
	char line[1024];
	bool has_said = false;
	cleanup_fclose FILE *log = fopen(log_path, "re");

	if (!log || fseeko(log, start, SEEK_SET) < 0)
		return false;
	while (!has_said && fgets(line, sizeof(line), log))
		has_said = strstr(line, text);
	return has_said;
}

static int start_and_wait(struct daemon *daemon, const char *log_path, bool is_ours, int signals,
			  struct error *err)
{
	char path[PATH_MAX];
	char words[200];

	if (!find_program(path, sizeof(path)))
		return fail(err, ENOENT, "cannot find '" PROGRAM "' (Debian package lttng-tools)");
	cleanup_close int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log < 0)
		return fail(err, errno, "cannot write '%s': %s", log_path, strerror(errno));
	pid_t parent = getpid();
	daemon->pid = fork();
	if (daemon->pid < 0)
		return fail(err, errno, "cannot start " PROGRAM ": %s", strerror(errno));
	if (daemon->pid == 0)
		become_daemon(path, log, is_ours, parent);
	daemon->pidfd = pidfd_open(daemon->pid, 0);
	int ret = daemon->pidfd < 0 ? -errno : wait_ready(signals, daemon->pidfd, daemon->pid);
	if (ret == 0)
		return 0;
	daemon_end(daemon, true);
	last_words(log_path, words, sizeof(words));
	return fail(err, -ret, PROGRAM " did not start: %s", words);
}

int daemon_start(struct daemon *daemon, const char *log_path, bool is_ours, struct error *err)
{
	sigset_t ready, before;

	sigemptyset(&ready);
	sigaddset(&ready, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ready, &before);
	cleanup_close int signals = signalfd(-1, &ready, SFD_CLOEXEC | SFD_NONBLOCK);
	int ret = start_and_wait(daemon, log_path, is_ours, signals, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int daemon_adopt(struct daemon *daemon, pid_t pid, struct error *err)
{
	daemon->pidfd = pidfd_open(pid, 0);
	if (daemon->pidfd < 0)
		return fail(err, errno, "cannot watch the session daemon, process %d: %s", pid,
			    strerror(errno));
	daemon->pid = pid;
	return 0;
}

void daemon_find_consumer(struct daemon *daemon)
{
	struct processes processes;

	if (daemon->pid == 0 || processes_read(&processes) < 0)
		return;
	for (size_t i = 0; i < processes.count; i++) {
		const struct process *process = &processes.list[i];

		if (process->parent != daemon->pid || daemon->consumer_pidfd >= 0 ||
		    strcmp(process->name, "lttng-consumerd") != 0)
			continue;
		daemon->consumer_pid = process->pid;
		daemon->consumer_pidfd = pidfd_open(process->pid, 0);
	}
	processes_done(&processes);
}

/* True when the process of pidfd has ended within timeout_ms. No pidfd: not ended. */
static bool has_ended(int pidfd, int timeout_ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return pidfd >= 0 && poll(&fd, 1, timeout_ms) > 0;
}

bool daemon_is_alive(const struct daemon *daemon)
{
	return !has_ended(daemon->pidfd, 0) && !has_ended(daemon->consumer_pidfd, 0);
}

/* Whoever started it may be somebody else, then there is nothing to reap. */
static void end_process(pid_t pid, int pidfd, bool is_sudden)
{
	if (pidfd < 0)
		return;
	if (!is_sudden) {
		pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
		is_sudden = !has_ended(pidfd, END_TIMEOUT_MS);
	}
	if (is_sudden) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		has_ended(pidfd, END_TIMEOUT_MS);
	}
	waitpid(pid, NULL, WNOHANG);
}

void daemon_end(struct daemon *daemon, bool is_sudden)
{
	end_process(daemon->pid, daemon->pidfd, is_sudden);
	/* The consumer ends by itself when its daemon is gone. */
	if (daemon->consumer_pidfd >= 0 &&
	    !has_ended(daemon->consumer_pidfd, is_sudden ? 1000 : END_TIMEOUT_MS))
		end_process(daemon->consumer_pid, daemon->consumer_pidfd, true);
	if (daemon->consumer_pid > 0)
		waitpid(daemon->consumer_pid, NULL, WNOHANG);
	daemon_done(daemon);
}

void daemon_done(struct daemon *daemon)
{
	cleanup_closep(&daemon->pidfd);
	cleanup_closep(&daemon->consumer_pidfd);
	daemon_init(daemon);
}
