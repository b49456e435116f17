/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorder's side of the collector.
 *
 * A socket joins both. The process says that it is ready, or why not; the recorder shuts its side down
 * when the recording is over; then the process sends its result, and is killed when the session is stopped.
 */
#include "libtrace/collector.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "libtrace/collecting.h"

#define READY_TIMEOUT_MS 60000
#define STEP_MS 100
#define FINISH_STEPS 1200

struct collector {
	pid_t pid;
	int pidfd;  /* Owned by this; -1: none */
	int socket; /* Owned by this */
	char buffers[PATH_MAX];
	struct arena_file file;
};

pid_t collector_pid(const struct collector *collector)
{
	return collector->pid;
}

struct arena *collector_arena(const struct collector *collector)
{
	return collector->file.arena;
}

int collector_pidfd(const struct collector *collector)
{
	return collector->pidfd;
}

bool collector_is_alive(const struct collector *collector)
{
	struct pollfd fd = { .fd = collector->pidfd, .events = POLLIN };

	return poll(&fd, 1, 0) <= 0;
}

/* It may have been reaped by somebody else: its number is not its any more then. */
static void end_process(struct collector *collector)
{
	siginfo_t info;

	if (collector->pidfd < 0)
		return;
	pidfd_send_signal(collector->pidfd, SIGKILL, NULL, 0);
	waitid(P_PIDFD, (id_t)collector->pidfd, &info, WEXITED);
}

void collector_give_up(struct collector *collector)
{
	arena_close(collector->file.arena);
	end_process(collector);
}

void collector_free(struct collector *collector, bool removes_buffers)
{
	if (!collector)
		return;
	end_process(collector);
	cleanup_closep(&collector->pidfd);
	cleanup_closep(&collector->socket);
	arena_file_done(&collector->file);
	if (removes_buffers && collector->buffers[0])
		unlink(collector->buffers);
	free(collector);
}

static int start_process(struct collector *collector, const struct collector_options *options,
			 struct error *err)
{
	pid_t recorder = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(err, errno, "cannot make a socket: %s", strerror(errno));
	collector->socket = ends[0];
	collector->pid = fork();
	if (collector->pid == 0) {
		close(ends[0]);
		collecting_run(options, &collector->file, ends[1], recorder);
	}
	int code = errno;
	close(ends[1]);
	if (collector->pid < 0)
		return fail(err, code, "cannot make a process: %s", strerror(code));
	collector->pidfd = pidfd_open(collector->pid, 0);
	if (collector->pidfd >= 0)
		return 0;
	code = errno;
	kill(collector->pid, SIGKILL);
	waitpid(collector->pid, NULL, 0);
	return fail(err, code, "cannot watch a process: %s", strerror(code));
}

/* Returns whether a message of size bytes came. */
static bool hear(const struct collector *collector, void *message, size_t size, int timeout_ms)
{
	struct pollfd fd = { .fd = collector->socket, .events = POLLIN };
	int count;

	do
		count = poll(&fd, 1, timeout_ms);
	while (count < 0 && errno == EINTR);
	return count > 0 && recv(collector->socket, message, size, MSG_DONTWAIT) == (ssize_t)size;
}

int collector_news_fd(const struct collector *collector)
{
	return collector->socket;
}

bool collector_take_news(const struct collector *collector)
{
	struct collecting_news news;
	ssize_t size;

	do
		size = recv(collector->socket, &news, sizeof(news), MSG_DONTWAIT);
	while (size == (ssize_t)sizeof(news));
	return size < 0 && (errno == EAGAIN || errno == EINTR);
}

static int wait_ready(const struct collector *collector, struct error *err)
{
	struct collecting_ready ready;

	if (!hear(collector, &ready, sizeof(ready), READY_TIMEOUT_MS))
		return collector_is_alive(collector)
			       ? fail(err, ETIMEDOUT, "the collector does not answer")
			       : fail(err, EPIPE, "the collector ended at its start");
	if (ready.code == 0)
		return 0;
	return fail(err, ready.code, "%.*s", (int)sizeof(ready.text) - 1, ready.text);
}

int collector_start(const struct collector_options *options, struct collector **ret_collector,
		    struct error *err)
{
	struct collector *collector = calloc(1, sizeof(*collector));

	if (!collector)
		return fail(err, ENOMEM, "out of memory");
	collector->pidfd = -1;
	collector->socket = -1;
	collector->file = (struct arena_file){ NULL, -1 };
	int ret = arena_file_make(&collector->file, options->buffers, &options->settings, err);
	if (ret == 0) {
		snprintf(collector->buffers, sizeof(collector->buffers), "%s", options->buffers);
		ret = start_process(collector, options, err);
	}
	if (ret == 0)
		ret = wait_ready(collector, err);
	if (ret < 0)
		collector_free(collector, true);
	else
		*ret_collector = collector;
	return ret;
}

int collector_finish(struct collector *collector, bool (*go_on)(void *argument), void *argument,
		     struct collector_result *result, struct error *err)
{
	bool has_result = false;

	shutdown(collector->socket, SHUT_WR);
	arena_wake_collector(collector->file.arena);
	for (int i = 0; i < FINISH_STEPS && !has_result && collector_is_alive(collector); i++) {
		has_result = hear(collector, result, sizeof(*result), STEP_MS);
		if (!go_on(argument))
			break;
	}
	if (has_result || hear(collector, result, sizeof(*result), 0))
		return 0;
	int code = collector_is_alive(collector) ? ETIMEDOUT : EPIPE;
	collector_give_up(collector);
	if (code == EPIPE)
		return fail(err, code, "the collector ended during the recording");
	return fail(err, code, "the collector could not write all of the recording");
}
