/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits until descriptors are ready: poll, select, epoll and their kin. */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "tests/conformance/conform.h"

/* What _FORTIFY_SOURCE makes of poll() and ppoll(). */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *signals, size_t size);

static const struct timespec none, moment = { .tv_nsec = 5000000 }, long_time = { .tv_sec = 100 };
static const struct timespec bad = { .tv_nsec = 1000000000 };
static int input, output, epoll;

/* What the compiler knows nothing of. */
static void *volatile nowhere = (void *)8;
static volatile unsigned too_many = 100000000;

static sigset_t nothing_blocked;

static int call_poll(void *unused)
{
	struct pollfd polled = { .fd = input, .events = POLLIN };

	(void)unused;
	return poll(&polled, 1, -1);
}

static int call_poll_chk(void *unused)
{
	struct pollfd polled = { .fd = input, .events = POLLIN };

	(void)unused;
	return __poll_chk(&polled, 1, 100000, sizeof(polled));
}

static int call_ppoll(void *unused)
{
	struct pollfd polled = { .fd = input, .events = POLLIN };

	(void)unused;
	return ppoll(&polled, 1, NULL, &nothing_blocked);
}

static int call_ppoll_chk(void *unused)
{
	struct pollfd polled = { .fd = input, .events = POLLIN };

	(void)unused;
	return __ppoll_chk(&polled, 1, &long_time, &nothing_blocked, sizeof(polled));
}

static int call_select(void *unused)
{
	fd_set set;

	(void)unused;
	FD_ZERO(&set);
	FD_SET(input, &set);
	return select(input + 1, &set, NULL, NULL, NULL);
}

static int call_pselect(void *unused)
{
	fd_set set;

	(void)unused;
	FD_ZERO(&set);
	FD_SET(input, &set);
	return pselect(input + 1, &set, NULL, NULL, &long_time, &nothing_blocked);
}

static int call_epoll_wait(void *unused)
{
	struct epoll_event event;

	(void)unused;
	return epoll_wait(epoll, &event, 1, -1);
}

static int call_epoll_pwait(void *unused)
{
	struct epoll_event event;

	(void)unused;
	return epoll_pwait(epoll, &event, 1, 100000, &nothing_blocked);
}

static int call_epoll_pwait2(void *unused)
{
	struct epoll_event event;

	(void)unused;
	return epoll_pwait2(epoll, &event, 1, &long_time, &nothing_blocked);
}

static const struct wait {
	const char *name;
	int (*call)(void *);
	bool has_mask;
} waits[] = {
	{ "poll", call_poll, false },
	{ "__poll_chk", call_poll_chk, false },
	{ "ppoll", call_ppoll, true },
	{ "__ppoll_chk", call_ppoll_chk, true },
	{ "select", call_select, false },
	{ "pselect", call_pselect, true },
	{ "epoll_wait", call_epoll_wait, false },
	{ "epoll_pwait", call_epoll_pwait, true },
	{ "epoll_pwait2", call_epoll_pwait2, true },
};

#define WAIT_COUNT (sizeof(waits) / sizeof(waits[0]))

static const char *line(const char *name, const char *what)
{
	static __thread char text[96];

	snprintf(text, sizeof(text), "%s: %s", name, what);
	return text;
}

static void drain(void)
{
	char byte;

	check_result("drain", read(input, &byte, 1), errno);
}

/* SIGUSR1 is blocked in the thread, but not while it waits. */
static int wait_with_mask(void *wait)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return ((const struct wait *)wait)->call(NULL);
}

static void *wait_cancelled(void *wait)
{
	pthread_cancel(pthread_self());
	((const struct wait *)wait)->call(NULL);
	return NULL;
}

static void each_way_out(const struct wait *wait)
{
	struct blocked blocked;

	blocked_start(&blocked, -1, wait->call, NULL);
	CHECK_CALL("a byte", write(output, "x", 1));
	blocked_check_count(line(wait->name, "ready"), &blocked);
	CHECK_CALL(line(wait->name, "ready before"), wait->call(NULL));
	drain();
	blocked_start(&blocked, -1, wait->call, NULL);
	blocked_signal(&blocked, SA_RESTART);
	blocked_check_count(line(wait->name, "signal"), &blocked);
	if (wait->has_mask) {
		blocked_start(&blocked, -1, wait_with_mask, (void *)wait);
		blocked_signal(&blocked, 0);
		blocked_check_count(line(wait->name, "signal let through"), &blocked);
	}
	check_cancelled(line(wait->name, "cancelled"), -1, wait->call, NULL);
	check_number(line(wait->name, "cancellation pending"),
		     join_thread(run_thread(wait_cancelled, (void *)wait)) == PTHREAD_CANCELED);
}

static void polls(void)
{
	struct pollfd polled[] = { { .fd = input, .events = POLLIN },
				   { .fd = output, .events = POLLOUT },
				   { .fd = 900, .events = POLLIN } };

	CHECK_CALL("poll: not ready, no time", poll(polled, 1, 0));
	CHECK_CALL("poll: not ready", poll(polled, 1, 5));
	CHECK_CALL("poll: nothing", poll(NULL, 0, 5));
	CHECK_CALL("poll: nothing, no time", poll(NULL, 0, 0));
	CHECK_CALL("poll: one of two, one not open", poll(polled, 3, -1));
	check_number("poll: of the first", polled[0].revents);
	check_number("poll: of the second", polled[1].revents);
	check_number("poll: of the third", polled[2].revents);
	CHECK_CALL("poll: no such address", poll(nowhere, 1, 5));
	CHECK_CALL("poll: too many", poll(polled, too_many, 5));
	CHECK_CALL("ppoll: not ready, no time", ppoll(polled, 1, &none, NULL));
	CHECK_CALL("ppoll: not ready", ppoll(polled, 1, &moment, NULL));
	CHECK_CALL("ppoll: nothing", ppoll(NULL, 0, &moment, NULL));
	CHECK_CALL("ppoll: no such time", ppoll(polled, 1, &bad, NULL));
	CHECK_CALL("ppoll: no such address of a mask", ppoll(polled, 1, &moment, nowhere));
	CHECK_CALL("__poll_chk: not ready", __poll_chk(polled, 1, 5, sizeof(polled)));
	CHECK_CALL("__poll_chk: nothing", __poll_chk(NULL, 0, 5, 0));
	CHECK_CALL("__ppoll_chk: not ready", __ppoll_chk(polled, 1, &moment, NULL, sizeof(polled)));
}

static void selects(void)
{
	struct timeval time = { .tv_usec = 5000 }, no_time = { 0 }, negative = { .tv_sec = -1 };
	fd_set in, out, other;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&other);
	FD_SET(input, &in);
	CHECK_CALL("select: not ready", select(input + 1, &in, NULL, NULL, &time));
	check_number("select: the set", FD_ISSET(input, &in));
	check_number("select: nothing of the time is left", time.tv_sec + time.tv_usec);
	FD_SET(input, &in);
	CHECK_CALL("select: not ready, no time", select(input + 1, &in, NULL, NULL, &no_time));
	FD_SET(input, &in);
	FD_SET(output, &out);
	CHECK_CALL("select: one of two", select(output + 1, &in, &out, &other, NULL));
	check_number("select: the first", FD_ISSET(input, &in));
	check_number("select: the second", FD_ISSET(output, &out));
	CHECK_CALL("select: negative count", select(-1, &in, NULL, NULL, NULL));
	CHECK_CALL("select: negative time", select(0, NULL, NULL, NULL, &negative));
	FD_SET(502, &in);
	CHECK_CALL("select: not open", select(503, &in, NULL, NULL, NULL));
	FD_ZERO(&in);
	FD_SET(input, &in);
	CHECK_CALL("pselect: not ready", pselect(input + 1, &in, NULL, NULL, &moment, NULL));
	CHECK_CALL("pselect: no such time", pselect(input + 1, &in, NULL, NULL, &bad, NULL));
	CHECK_CALL("pselect: nothing, no time", pselect(0, NULL, NULL, NULL, &none, NULL));
}

static void epolls(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .u32 = 7 } }, found[4];

	CHECK_CALL("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, input, &event));
	CHECK_CALL("epoll_wait: not ready, no time", epoll_wait(epoll, found, 4, 0));
	CHECK_CALL("epoll_wait: not ready", epoll_wait(epoll, found, 4, 5));
	CHECK_CALL("epoll_wait: room for none", epoll_wait(epoll, found, 0, 5));
	CHECK_CALL("epoll_wait: no descriptor", epoll_wait(-1, found, 4, 5));
	CHECK_CALL("epoll_wait: no epoll", epoll_wait(input, found, 4, 5));
	CHECK_CALL("epoll_pwait: not ready", epoll_pwait(epoll, found, 4, 5, NULL));
	CHECK_CALL("epoll_pwait2: not ready, no time", epoll_pwait2(epoll, found, 4, &none, NULL));
	CHECK_CALL("epoll_pwait2: not ready", epoll_pwait2(epoll, found, 4, &moment, NULL));
	CHECK_CALL("epoll_pwait2: no such time", epoll_pwait2(epoll, found, 4, &bad, NULL));
	CHECK_CALL("epoll_pwait2: no such address of a time",
		   epoll_pwait2(epoll, found, 4, nowhere, NULL));
	CHECK_CALL("a byte", write(output, "x", 1));
	CHECK_CALL("epoll_wait: no such address", epoll_wait(epoll, nowhere, 4, -1));
	CHECK_CALL("epoll_wait: ready", epoll_wait(epoll, found, 4, -1));
	check_number("epoll_wait: what", found[0].events);
	check_number("epoll_wait: data", found[0].data.u32);
	drain();
}

int main(void)
{
	int ends[2];

	conform_start();
	if (pipe(ends) == -1)
		conform_give_up("make a pipe");
	/* Numbers that are the same whoever else has opened files. */
	input = dup2(ends[0], 500);
	output = dup2(ends[1], 501);
	close(ends[0]);
	close(ends[1]);
	epoll = epoll_create1(0);
	sigemptyset(&nothing_blocked);
	polls();
	selects();
	epolls();
	for (size_t i = 0; i < WAIT_COUNT; i++)
		each_way_out(&waits[i]);
	close(output);
	CHECK_CALL("poll: nobody writes", call_poll(NULL));
	CHECK_CALL("select: nobody writes", call_select(NULL));
	CHECK_CALL("epoll_wait: nobody writes", call_epoll_wait(NULL));
	return 0;
}
