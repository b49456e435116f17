/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What wrappers of calls that may block are made of: each body is one of these macros.
 *
 *	PUBLIC ssize_t read(int fd, void *buffer, size_t count)
 *	{
 *		IO(fd, read, fd, buffer, count);
 *	}
 *
 * An event says the name of the function as people write it, so names that only the
 * width of an offset or _FORTIFY_SOURCE makes are told by IO_AS. The descriptor is the one
 * that comes first among the function's arguments, -1 none.
 *
 * A call whose arguments say that it returns at once is not recorded: the _IF forms. Memory
 * that the program points to is not looked at in them, unless libc does so too or
 * blocking_can_read() was asked: the kernel answers EFAULT where we would die.
 *
 * The child of a vfork may come here with its parent's memory. What it tells counts as its
 * parent's, which stands still meanwhile; a wait that it leaves by exec or _exit ends
 * with the next call of the parent's.
 */
#ifndef PRIMITIVES_BLOCKING_H
#define PRIMITIVES_BLOCKING_H

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include "primitives/wrap.h"

/* The object of an event of a call: its descriptor + 1, 0 none. */
static inline const void *blocking_object(int fd)
{
	return fd < 0 ? NULL : (const void *)(uintptr_t)(fd + 1U);
}

/*
 * Can the size bytes at address be read, in two pages at most? A request that the kernel refuses,
 * but only after it has read the set of signals; errno stays. Real functions are known.
 */
static inline bool blocking_can_read(const void *address, size_t size)
{
	uintptr_t words[] = { (uintptr_t)address & ~7UL, ((uintptr_t)address + size - 1) & ~7UL };
	int saved_errno = errno;
	bool can_read = true;

	for (int i = 0; i < 2 && can_read; i++) {
		real.syscall(SYS_rt_sigprocmask, ~0L, words[i], NULL, 8L);
		can_read = errno != EFAULT;
	}
	errno = saved_errno;
	return can_read;
}

/* A time limit that is over at once; what cannot be read is none. */
static inline bool blocking_is_zero(const struct timespec *timeout)
{
	return timeout && blocking_can_read(timeout, sizeof(*timeout)) && timeout->tv_sec == 0 &&
	       timeout->tv_nsec == 0;
}

/*
 * The body of a wrapper: event is io (EVENT_io_begin, EVENT_io_end) or sleep
 * (EVENT_sleep_begin, EVENT_sleep_end), may_block what is asked first once the real
 * functions are known, text the name to tell, error what is to be told of result.
 */
#define BLOCKING(event, may_block, fd, text, error, name, ...)                                     \
	do {                                                                                       \
		struct call call;                                                                  \
                                                                                                   \
		if (!WRAP(&call, event##_begin) || !(may_block))                                   \
			return real.name(__VA_ARGS__);                                             \
		wrap_wait_begin_text(&call, EVENT_##event##_begin, blocking_object(fd), text);     \
		__typeof__(real.name(__VA_ARGS__)) result = real.name(__VA_ARGS__);                \
		wrap_wait_end(&call, EVENT_##event##_end, blocking_object(fd), NULL, error);       \
		return result;                                                                     \
	} while (0)

/* Functions that return something negative and set errno where they fail. */
#define BLOCKING_ERRNO (result < 0 ? errno : 0)

#define IO(fd, name, ...) BLOCKING(io, true, fd, #name, BLOCKING_ERRNO, name, __VA_ARGS__)
#define IO_IF(may_block, fd, name, ...)                                                            \
	BLOCKING(io, may_block, fd, #name, BLOCKING_ERRNO, name, __VA_ARGS__)
#define IO_AS(text, fd, name, ...) BLOCKING(io, true, fd, text, BLOCKING_ERRNO, name, __VA_ARGS__)
#define IO_AS_IF(may_block, text, fd, name, ...)                                                   \
	BLOCKING(io, may_block, fd, text, BLOCKING_ERRNO, name, __VA_ARGS__)

#define SLEEP(error, name, ...) BLOCKING(sleep, true, -1, #name, error, name, __VA_ARGS__)
#define SLEEP_IF(may_block, name, ...)                                                             \
	BLOCKING(sleep, may_block, -1, #name, BLOCKING_ERRNO, name, __VA_ARGS__)
#define SLEEP_AS_IF(may_block, text, name, ...)                                                    \
	BLOCKING(sleep, may_block, -1, text, BLOCKING_ERRNO, name, __VA_ARGS__)

#endif
