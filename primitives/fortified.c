/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs call instead of read(), recv() and poll() where _FORTIFY_SOURCE made them. */
#include "primitives/blocking.h"

PUBLIC ssize_t __read_chk(int fd, void *buffer, size_t count, size_t size)
{
	IO_AS("read", fd, __read_chk, fd, buffer, count, size);
}

PUBLIC ssize_t __pread_chk(int fd, void *buffer, size_t count, off_t offset, size_t size)
{
	IO_AS("pread", fd, __pread_chk, fd, buffer, count, offset, size);
}

PUBLIC ssize_t __pread64_chk(int fd, void *buffer, size_t count, off64_t offset, size_t size)
{
	IO_AS("pread", fd, __pread64_chk, fd, buffer, count, offset, size);
}

PUBLIC ssize_t __recv_chk(int fd, void *buffer, size_t count, size_t size, int flags)
{
	IO_AS_IF(!(flags & MSG_DONTWAIT), "recv", fd, __recv_chk, fd, buffer, count, size, flags);
}

PUBLIC ssize_t __recvfrom_chk(int fd, void *buffer, size_t count, size_t size, int flags,
			      struct sockaddr *address, socklen_t *length)
{
	IO_AS_IF(!(flags & MSG_DONTWAIT), "recvfrom", fd, __recvfrom_chk, fd, buffer, count, size,
		 flags, address, length);
}

PUBLIC int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t size)
{
	if (count == 0)
		SLEEP_AS_IF(timeout_ms != 0, "poll", __poll_chk, fds, count, timeout_ms, size);
	IO_AS_IF(timeout_ms != 0, "poll", -1, __poll_chk, fds, count, timeout_ms, size);
}

PUBLIC int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		       const sigset_t *signals, size_t size)
{
	/* libc reads the time limit too. */
	bool may_block = !timeout || timeout->tv_sec != 0 || timeout->tv_nsec != 0;

	if (count == 0)
		SLEEP_AS_IF(may_block, "ppoll", __ppoll_chk, fds, count, timeout, signals, size);
	IO_AS_IF(may_block, "ppoll", -1, __ppoll_chk, fds, count, timeout, signals, size);
}
