/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets: connections, and what goes through them. */
#include "primitives/blocking.h"

PUBLIC int accept(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
	IO(fd, accept, fd, address, length);
}

PUBLIC int accept4(int fd, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
	IO(fd, accept4, fd, address, length, flags);
}

PUBLIC int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
	IO(fd, connect, fd, address, length);
}

PUBLIC ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, send, fd, buffer, size, flags);
}

PUBLIC ssize_t sendto(int fd, const void *buffer, size_t size, int flags,
		      __CONST_SOCKADDR_ARG address, socklen_t length)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, sendto, fd, buffer, size, flags, address, length);
}

PUBLIC ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, sendmsg, fd, message, flags);
}

PUBLIC int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, sendmmsg, fd, messages, count, flags);
}

PUBLIC ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, recv, fd, buffer, size, flags);
}

PUBLIC ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, __SOCKADDR_ARG address,
			socklen_t *length)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, recvfrom, fd, buffer, size, flags, address, length);
}

PUBLIC ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, recvmsg, fd, message, flags);
}

PUBLIC int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
		    struct timespec *timeout)
{
	IO_IF(!(flags & MSG_DONTWAIT), fd, recvmmsg, fd, messages, count, flags, timeout);
}
