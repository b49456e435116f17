/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, pipes and terminals: read, written, brought to disk, moved, locked. */
#include <fcntl.h>
#include <setjmp.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <termios.h>

#include "tests/conformance/conform.h"
#include "tests/conformance/open_files.h"

/* What _FORTIFY_SOURCE makes of read() and pread(). */
ssize_t __read_chk(int fd, void *buffer, size_t count, size_t size);
ssize_t __pread_chk(int fd, void *buffer, size_t count, off_t offset, size_t size);
ssize_t __pread64_chk(int fd, void *buffer, size_t count, off64_t offset, size_t size);

static char buffer[100000];

/* What the compiler knows nothing of. */
static void *volatile nowhere = (void *)8;
static volatile int too_many = 5000;

static void bytes(void)
{
	CHECK_CALL("write", write(file, "0123456789", 10));
	CHECK_CALL("pwrite", pwrite(file, "ab", 2, 4));
	CHECK_CALL("pwrite64", pwrite64(file, "cd", 2, 6));
	CHECK_CALL("pread", pread(file, buffer, 4, 3));
	CHECK_CALL("pread64: to the end", pread64(file, buffer, 20, 5));
	check_text("pread64: bytes", buffer);
	CHECK_CALL("read at the end", read(file, buffer, 4));
	CHECK_CALL("lseek", lseek(file, 8, SEEK_SET));
	CHECK_CALL("read", read(file, buffer, 4));
	CHECK_CALL("__read_chk at the end", __read_chk(file, buffer, 4, sizeof(buffer)));
	CHECK_CALL("__pread_chk", __pread_chk(file, buffer, 4, 0, sizeof(buffer)));
	CHECK_CALL("__pread64_chk", __pread64_chk(file, buffer, 4, 8, sizeof(buffer)));
	CHECK_CALL("read nothing", read(file, NULL, 0));
	CHECK_CALL("read: no descriptor", read(-1, buffer, 1));
	CHECK_CALL("read: for writing only", read(output, buffer, 1));
	CHECK_CALL("read: no such address", pread(file, nowhere, 1, 0));
	CHECK_CALL("write: no descriptor", write(-1, buffer, 1));
	CHECK_CALL("write: for reading only", write(input, buffer, 1));
	CHECK_CALL("write: no such address", write(output, nowhere, 1));
	CHECK_CALL("pread: a pipe", pread(input, buffer, 1, 0));
	CHECK_CALL("pwrite: negative", pwrite(file, buffer, 1, -1));
}

static void rows(void)
{
	char other[8] = "";
	struct iovec parts[] = { { buffer, 3 }, { other, 4 } };

	memcpy(buffer, "abc", 3);
	memcpy(other, "defg", 4);
	CHECK_CALL("lseek to the start", lseek(file, 0, SEEK_SET));
	CHECK_CALL("writev", writev(file, parts, 2));
	CHECK_CALL("pwritev", pwritev(file, parts, 2, 1));
	CHECK_CALL("pwritev64", pwritev64(file, parts, 2, 2));
	CHECK_CALL("pwritev2", pwritev2(file, parts, 2, 3, RWF_DSYNC));
	CHECK_CALL("pwritev64v2", pwritev64v2(file, parts, 1, 9, 0));
	CHECK_CALL("readv", readv(file, parts, 2));
	CHECK_CALL("preadv", preadv(file, parts, 2, 1));
	CHECK_CALL("preadv64", preadv64(file, parts, 2, 7));
	CHECK_CALL("preadv2", preadv2(file, parts, 1, 0, 0));
	CHECK_CALL("preadv64v2", preadv64v2(file, parts, 2, 0, RWF_HIPRI));
	check_text("preadv64v2: bytes", other);
	CHECK_CALL("preadv2: no such flag", preadv2(file, parts, 2, 0, 1 << 30));
	CHECK_CALL("preadv2: empty pipe, no wait", preadv2(input, parts, 2, -1, RWF_NOWAIT));
	CHECK_CALL("readv: too many", readv(file, parts, too_many));
	CHECK_CALL("writev: no descriptor", writev(-1, parts, 2));
	CHECK_CALL("writev: no such address", writev(file, nowhere, 2));
}

static void to_disk(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	CHECK_CALL("fsync", fsync(file));
	CHECK_CALL("fsync: a pipe", fsync(input));
	CHECK_CALL("fsync: no descriptor", fsync(-1));
	CHECK_CALL("fdatasync", fdatasync(file));
	CHECK_CALL("fdatasync: no descriptor", fdatasync(-1));
	CHECK_CALL("syncfs: no descriptor", syncfs(-1));
	CHECK_CALL("sync_file_range", sync_file_range(file, 0, 4, SYNC_FILE_RANGE_WRITE));
	CHECK_CALL("sync_file_range: no such flag", sync_file_range(file, 0, 4, 99));
	CHECK_CALL("msync", msync(memory, 4096, MS_SYNC));
	CHECK_CALL("msync: not now", msync(memory, 4096, MS_ASYNC));
	CHECK_CALL("msync: odd address", msync((char *)memory + 1, 10, MS_SYNC));
	munmap(memory, 4096);
	CHECK_CALL("msync: gone", msync(memory, 4096, MS_SYNC));
	CHECK_CALL("tcdrain: no terminal", tcdrain(file));
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		check_text("tcdrain", "there is no terminal");
	else
		CHECK_CALL("tcdrain", tcdrain(master));
	close(master);
}

static void moved(void)
{
	int second[2];
	off_t offset = 2;
	off64_t offset64 = 0;
	struct iovec part = { buffer, 5 };

	if (pipe(second) == -1)
		conform_give_up("make a pipe");
	CHECK_CALL("splice: empty, no wait",
		   splice(input, NULL, second[1], NULL, 4, SPLICE_F_NONBLOCK));
	CHECK_CALL("vmsplice", vmsplice(output, &part, 1, 0));
	CHECK_CALL("tee", tee(input, second[1], 4, 0));
	CHECK_CALL("splice", splice(input, NULL, second[1], NULL, 5, 0));
	CHECK_CALL("tee: empty, no wait", tee(input, second[1], 4, SPLICE_F_NONBLOCK));
	CHECK_CALL("read: partial", read(second[0], buffer, sizeof(buffer)));
	CHECK_CALL("splice: no pipe", splice(file, NULL, file, NULL, 4, 0));
	CHECK_CALL("tee: no pipe", tee(file, second[1], 4, 0));
	CHECK_CALL("vmsplice: no descriptor", vmsplice(-1, &part, 1, 0));
	CHECK_CALL("sendfile", sendfile(output, file, &offset, 6));
	check_number("sendfile: offset", offset);
	CHECK_CALL("sendfile64", sendfile64(output, file, &offset64, 4));
	CHECK_CALL("sendfile: from a pipe", sendfile(output, second[0], NULL, 4));
	CHECK_CALL("sendfile: no descriptor", sendfile(output, -1, NULL, 4));
	CHECK_CALL("read what was sent", read(input, buffer, sizeof(buffer)));
	offset64 = 0;
	off64_t to = 20;
	CHECK_CALL("copy_file_range", copy_file_range(file, &offset64, file, &to, 4, 0));
	CHECK_CALL("copy_file_range: no such flag",
		   copy_file_range(file, &offset64, file, &to, 4, 1));
	CHECK_CALL("copy_file_range: a pipe", copy_file_range(input, NULL, file, NULL, 4, 0));
	close(second[0]);
	close(second[1]);
}

static void no_wait(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	CHECK_CALL("fcntl: set flags", fcntl(input, F_SETFL, O_NONBLOCK));
	CHECK_CALL("fcntl: get flags", fcntl(input, F_GETFL) == O_NONBLOCK);
	CHECK_CALL("read: empty", read(input, buffer, 1));
	CHECK_CALL("fcntl64: set flags", fcntl64(input, F_SETFL, 0));
	CHECK_CALL("fcntl: no descriptor", fcntl(-1, F_GETFD));
	CHECK_CALL("fcntl: no such command", fcntl(file, 9999, 0));
	CHECK_CALL("fcntl: setlk", fcntl(file, F_SETLK, &lock));
	CHECK_CALL("fcntl: setlkw", fcntl(file, F_SETLKW, &lock));
	CHECK_CALL("fcntl: getlk", fcntl(file, F_GETLK, &lock));
	CHECK_CALL("fcntl64: setlkw", fcntl64(file, F_SETLKW, &lock));
	CHECK_CALL("fcntl: no such address", fcntl(file, F_SETLKW, nowhere));
	CHECK_CALL("fcntl: ofd_setlkw with a pid", fcntl(file, F_OFD_SETLKW, &lock));
	CHECK_CALL("lockf: test", lockf(file, F_TEST, 0));
	CHECK_CALL("lockf: lock", lockf(file, F_LOCK, 0));
	CHECK_CALL("lockf64: lock", lockf64(file, F_LOCK, 0));
	CHECK_CALL("lockf: try", lockf(file, F_TLOCK, 0));
	CHECK_CALL("lockf: unlock", lockf(file, F_ULOCK, 0));
	CHECK_CALL("lockf: no such command", lockf(file, 77, 0));
	CHECK_CALL("flock: exclusive", flock(file, LOCK_EX));
	CHECK_CALL("flock: shared", flock(file, LOCK_SH | LOCK_NB));
	CHECK_CALL("flock: unlock", flock(file, LOCK_UN));
	CHECK_CALL("flock: no such operation", flock(file, 77));
	CHECK_CALL("flock: no descriptor", flock(-1, LOCK_EX));
}

static int read_one(void *fd)
{
	char byte;

	return (int)read(*(int *)fd, &byte, 1);
}

static int readv_one(void *fd)
{
	char byte;
	struct iovec part = { &byte, 1 };

	return (int)readv(*(int *)fd, &part, 1);
}

static int splice_one(void *fd)
{
	return (int)splice(*(int *)fd, NULL, file, NULL, 1, 0);
}

/* As much as fits, and then more. */
static int write_much(void *fd)
{
	return (int)write(*(int *)fd, buffer, sizeof(buffer));
}

static int read_one_asynchronously(void *fd)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return read_one(fd);
}

/* Reads that wait for a byte, as each way out finds them. */
static void check_reader(const char *name, long number, int (*call)(void *))
{
	struct blocked blocked;
	char line[64];

	snprintf(line, sizeof(line), "%s: a byte comes", name);
	blocked_start(&blocked, number, call, &input);
	CHECK_CALL("a byte", write(output, "x", 1));
	blocked_check_count(line, &blocked);
	snprintf(line, sizeof(line), "%s: signal", name);
	blocked_start(&blocked, number, call, &input);
	blocked_signal(&blocked, 0);
	blocked_check(line, &blocked);
	snprintf(line, sizeof(line), "%s: signal, SA_RESTART", name);
	blocked_start(&blocked, number, call, &input);
	blocked_signal_through(&blocked, SA_RESTART);
	CHECK_CALL("a byte", write(output, "x", 1));
	blocked_check_count(line, &blocked);
	snprintf(line, sizeof(line), "%s: cancelled", name);
	check_cancelled(line, number, call, &input);
}

static void drain(long count)
{
	while (count > 0) {
		ssize_t got = read(input, buffer, sizeof(buffer));
		if (got <= 0)
			conform_give_up("read a pipe");
		count -= got;
	}
	check_number("left over", count);
}

static void readers(void)
{
	check_reader("read", SYS_read, read_one);
	check_reader("readv", SYS_readv, readv_one);
	check_reader("splice", SYS_splice, splice_one);
	check_cancelled("read: cancelled asynchronously", SYS_read, read_one_asynchronously,
			&input);
}

static void writers(void)
{
	struct blocked blocked;

	blocked_start(&blocked, SYS_write, write_much, &output);
	blocked_signal(&blocked, 0);
	blocked_check_count("write: signal when some was written", &blocked);
	blocked_start(&blocked, SYS_write, write_much, &output);
	blocked_signal(&blocked, 0);
	blocked_check("write: signal when nothing was written", &blocked);
	blocked_start(&blocked, SYS_write, write_much, &output);
	drain(65536 + sizeof(buffer));
	blocked_check_count("write: all", &blocked);
}

static int lock_byte(int byte, int command)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	lock.l_start = byte;
	return fcntl(file, command, &lock);
}

/* The child waits for the parent's byte, the parent for the child's. */
static void deadlock(void)
{
	char byte = 0;

	lock_byte(100, F_SETLK);
	pid_t pid = fork();
	if (pid == 0) {
		lock_byte(101, F_SETLK);
		if (write(output, &byte, 1) != 1)
			_exit(98);
		_exit(lock_byte(100, F_SETLKW) == 0 ? 0 : 1);
	}
	CHECK_CALL("the child is there", read(input, &byte, 1));
	wait_until_asleep(pid, pid, SYS_fcntl);
	CHECK_CALL("fcntl: deadlock", lock_byte(101, F_SETLKW));
	struct flock unlock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	CHECK_CALL("fcntl: unlock", fcntl(file, F_SETLKW, &unlock));
	check_status("the child has its lock", wait_for_child(pid));
}

static sigjmp_buf jump;

static void leave(int number)
{
	siglongjmp(jump, number);
}

static void *signal_when_blocked(void *reader)
{
	wait_until_blocked(getpid(), SYS_read);
	pthread_kill(*(pthread_t *)reader, SIGUSR2);
	return NULL;
}

/* A handler jumps out of a read; what comes after it is as ever. */
static void left_by_jump(void)
{
	static int times;
	pthread_t self = pthread_self();
	char byte;

	signal(SIGUSR2, leave);
	for (times = 0; times < 3; times++) {
		pthread_t helper = run_thread(signal_when_blocked, &self);
		int number = sigsetjmp(jump, 1);
		if (number == 0)
			check_result("read that was left", read(input, &byte, 1), errno);
		check_number("jumped out of a read", number == SIGUSR2);
		join_thread(helper);
	}
	CHECK_CALL("write after a jump", write(output, "y", 1));
	CHECK_CALL("read after a jump", read(input, &byte, 1));
}

static int write_one(void *fd)
{
	return (int)write(*(int *)fd, "z", 1);
}

static int fsync_one(void *fd)
{
	return fsync(*(int *)fd);
}

/* Not a cancellation point. */
static int flock_one(void *fd)
{
	return flock(*(int *)fd, LOCK_SH);
}

static void *cancelled_before(void *call)
{
	pthread_cancel(pthread_self());
	(*(int (**)(void *))call)(&file);
	return NULL;
}

static void pending_cancellation(void)
{
	static int (*const calls[])(void *) = { read_one, write_one, fsync_one, flock_one };

	for (int i = 0; i < 4; i++)
		check_number("pending cancellation",
			     join_thread(run_thread(cancelled_before, (void *)&calls[i])) ==
				     PTHREAD_CANCELED);
}

static void broken_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
	close(input);
	CHECK_CALL("write: nobody reads", write(output, "x", 1));
	CHECK_CALL("sendfile: nobody reads", sendfile(output, file, NULL, 1));
	handle_signal(SIGPIPE, 0);
	int before = signals_handled;
	CHECK_CALL("write: nobody reads, a signal", write(output, "x", 1));
	check_number("signals", signals_handled - before);
}

int main(void)
{
	conform_start();
	open_all();
	bytes();
	rows();
	to_disk();
	moved();
	no_wait();
	readers();
	writers();
	deadlock();
	left_by_jump();
	pending_cancellation();
	broken_pipe();
	sync();
	check_text("sync", "returned");
	return 0;
}
