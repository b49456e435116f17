/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits until descriptors are ready. One that asks for no descriptor is a sleep.
 *
 * libc itself reads the time limits of ppoll(), select() and pselect(); so may we.
 */
#include "primitives/blocking.h"

static bool is_zero(const struct timespec *timeout)
{
	return timeout && timeout->tv_sec == 0 && timeout->tv_nsec == 0;
}

static bool has_sets(int count, const fd_set *input, const fd_set *output, const fd_set *others)
{
	return count != 0 && (input || output || others);
}

PUBLIC int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (count == 0)
		SLEEP_IF(timeout_ms != 0, poll, fds, count, timeout_ms);
	IO_IF(timeout_ms != 0, -1, poll, fds, count, timeout_ms);
}

PUBLIC int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		 const sigset_t *signals)
{
	if (count == 0)
		SLEEP_IF(!is_zero(timeout), ppoll, fds, count, timeout, signals);
	IO_IF(!is_zero(timeout), -1, ppoll, fds, count, timeout, signals);
}

PUBLIC int select(int count, fd_set *input, fd_set *output, fd_set *others, struct timeval *timeout)
{
	bool is_sleep = !has_sets(count, input, output, others);

	if (is_sleep)
		SLEEP_IF(!timeout || timeout->tv_sec || timeout->tv_usec, select, count, input,
			 output, others, timeout);
	IO_IF(!timeout || timeout->tv_sec || timeout->tv_usec, -1, select, count, input, output,
	      others, timeout);
}

PUBLIC int pselect(int count, fd_set *input, fd_set *output, fd_set *others,
		   const struct timespec *timeout, const sigset_t *signals)
{
	bool is_sleep = !has_sets(count, input, output, others);

	if (is_sleep)
		SLEEP_IF(!is_zero(timeout), pselect, count, input, output, others, timeout,
			 signals);
	IO_IF(!is_zero(timeout), -1, pselect, count, input, output, others, timeout, signals);
}

PUBLIC int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
	IO_IF(timeout_ms != 0, fd, epoll_wait, fd, events, count, timeout_ms);
}

PUBLIC int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout_ms,
		       const sigset_t *signals)
{
	IO_IF(timeout_ms != 0, fd, epoll_pwait, fd, events, count, timeout_ms, signals);
}

PUBLIC int epoll_pwait2(int fd, struct epoll_event *events, int count,
			const struct timespec *timeout, const sigset_t *signals)
{
	IO_IF(!blocking_is_zero(timeout), fd, epoll_pwait2, fd, events, count, timeout, signals);
}
