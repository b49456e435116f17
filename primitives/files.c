/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, pipes and terminals: what is read and written, brought to disk, moved and locked. */
#include <stdarg.h>

#include "primitives/blocking.h"

PUBLIC ssize_t read(int fd, void *buffer, size_t count)
{
	IO(fd, read, fd, buffer, count);
}

PUBLIC ssize_t pread(int fd, void *buffer, size_t count, off_t offset)
{
	IO(fd, pread, fd, buffer, count, offset);
}

PUBLIC ssize_t pread64(int fd, void *buffer, size_t count, off64_t offset)
{
	IO_AS("pread", fd, pread64, fd, buffer, count, offset);
}

PUBLIC ssize_t readv(int fd, const struct iovec *parts, int count)
{
	IO(fd, readv, fd, parts, count);
}

PUBLIC ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
	IO(fd, preadv, fd, parts, count, offset);
}

PUBLIC ssize_t preadv64(int fd, const struct iovec *parts, int count, off64_t offset)
{
	IO_AS("preadv", fd, preadv64, fd, parts, count, offset);
}

PUBLIC ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	IO_IF(!(flags & RWF_NOWAIT), fd, preadv2, fd, parts, count, offset, flags);
}

PUBLIC ssize_t preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	IO_AS_IF(!(flags & RWF_NOWAIT), "preadv2", fd, preadv64v2, fd, parts, count, offset, flags);
}

PUBLIC ssize_t write(int fd, const void *buffer, size_t count)
{
	IO(fd, write, fd, buffer, count);
}

PUBLIC ssize_t pwrite(int fd, const void *buffer, size_t count, off_t offset)
{
	IO(fd, pwrite, fd, buffer, count, offset);
}

PUBLIC ssize_t pwrite64(int fd, const void *buffer, size_t count, off64_t offset)
{
	IO_AS("pwrite", fd, pwrite64, fd, buffer, count, offset);
}

PUBLIC ssize_t writev(int fd, const struct iovec *parts, int count)
{
	IO(fd, writev, fd, parts, count);
}

PUBLIC ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	IO(fd, pwritev, fd, parts, count, offset);
}

PUBLIC ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset)
{
	IO_AS("pwritev", fd, pwritev64, fd, parts, count, offset);
}

PUBLIC ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	IO_IF(!(flags & RWF_NOWAIT), fd, pwritev2, fd, parts, count, offset, flags);
}

PUBLIC ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	IO_AS_IF(!(flags & RWF_NOWAIT), "pwritev2", fd, pwritev64v2, fd, parts, count, offset,
		 flags);
}

PUBLIC int fsync(int fd)
{
	IO(fd, fsync, fd);
}

PUBLIC int fdatasync(int fd)
{
	IO(fd, fdatasync, fd);
}

/* Has no result, so not one of the macros. */
PUBLIC void sync(void)
{
	struct call call;

	if (!WRAP(&call, io_begin)) {
		real.sync();
		return;
	}
	wrap_wait_begin_text(&call, EVENT_io_begin, NULL, "sync");
	real.sync();
	wrap_wait_end(&call, EVENT_io_end, NULL, NULL, 0);
}

PUBLIC int syncfs(int fd)
{
	IO(fd, syncfs, fd);
}

PUBLIC int msync(void *address, size_t size, int flags)
{
	IO_IF(flags & MS_SYNC, -1, msync, address, size, flags);
}

PUBLIC int sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags)
{
	IO(fd, sync_file_range, fd, offset, size, flags);
}

PUBLIC ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size,
		      unsigned flags)
{
	IO_IF(!(flags & SPLICE_F_NONBLOCK), in, splice, in, in_offset, out, out_offset, size,
	      flags);
}

PUBLIC ssize_t tee(int in, int out, size_t size, unsigned flags)
{
	IO_IF(!(flags & SPLICE_F_NONBLOCK), in, tee, in, out, size, flags);
}

PUBLIC ssize_t vmsplice(int fd, const struct iovec *parts, size_t count, unsigned flags)
{
	IO_IF(!(flags & SPLICE_F_NONBLOCK), fd, vmsplice, fd, parts, count, flags);
}

PUBLIC ssize_t sendfile(int out, int in, off_t *offset, size_t size)
{
	IO(out, sendfile, out, in, offset, size);
}

PUBLIC ssize_t sendfile64(int out, int in, off64_t *offset, size_t size)
{
	IO_AS("sendfile", out, sendfile64, out, in, offset, size);
}

PUBLIC ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset,
			       size_t size, unsigned flags)
{
	IO(in, copy_file_range, in, in_offset, out, out_offset, size, flags);
}

PUBLIC int flock(int fd, int operation)
{
	IO_IF(operation == LOCK_SH || operation == LOCK_EX, fd, flock, fd, operation);
}

PUBLIC int lockf(int fd, int command, off_t size)
{
	IO_IF(command == F_LOCK, fd, lockf, fd, command, size);
}

PUBLIC int lockf64(int fd, int command, off64_t size)
{
	IO_AS_IF(command == F_LOCK, "lockf", fd, lockf64, fd, command, size);
}

/* Does this command of fcntl() wait? */
static bool is_waiting(int command)
{
	return command == F_SETLKW || command == F_OFD_SETLKW;
}

/* There may be no third argument, as in libc; it is passed on in any case. */
PUBLIC int fcntl(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	void *argument = va_arg(args, void *);
	va_end(args);
	IO_IF(is_waiting(command), fd, fcntl, fd, command, argument);
}

PUBLIC int fcntl64(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	void *argument = va_arg(args, void *);
	va_end(args);
	IO_AS_IF(is_waiting(command), "fcntl", fd, fcntl64, fd, command, argument);
}

PUBLIC int tcdrain(int fd)
{
	IO(fd, tcdrain, fd);
}
