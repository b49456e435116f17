/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sleeps: for a time, and until a signal comes. */
#include "primitives/blocking.h"

PUBLIC unsigned sleep(unsigned seconds)
{
	SLEEP(result ? EINTR : 0, sleep, seconds);
}

PUBLIC int usleep(useconds_t us)
{
	SLEEP(BLOCKING_ERRNO, usleep, us);
}

PUBLIC int nanosleep(const struct timespec *time, struct timespec *left)
{
	SLEEP(BLOCKING_ERRNO, nanosleep, time, left);
}

PUBLIC int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			   struct timespec *left)
{
	SLEEP(result, clock_nanosleep, clock, flags, time, left);
}

/* -1 where a signal came, something else negative for other errors. */
PUBLIC int thrd_sleep(const struct timespec *time, struct timespec *left)
{
	SLEEP(result == -1 ? EINTR : result < 0 ? EINVAL : 0, thrd_sleep, time, left);
}

PUBLIC int pause(void)
{
	SLEEP(BLOCKING_ERRNO, pause);
}

PUBLIC int sigsuspend(const sigset_t *mask)
{
	SLEEP(BLOCKING_ERRNO, sigsuspend, mask);
}

PUBLIC int sigwait(const sigset_t *signals, int *number)
{
	SLEEP(result, sigwait, signals, number);
}

PUBLIC int sigwaitinfo(const sigset_t *signals, siginfo_t *info)
{
	SLEEP(BLOCKING_ERRNO, sigwaitinfo, signals, info);
}

PUBLIC int sigtimedwait(const sigset_t *signals, siginfo_t *info, const struct timespec *timeout)
{
	SLEEP_IF(!blocking_is_zero(timeout), sigtimedwait, signals, info, timeout);
}
