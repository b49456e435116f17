/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that may block, each once, and each once more with arguments with which it cannot.
 * Its own output goes out at the end, so that every write here is one of the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static const struct timespec none, moment = { .tv_nsec = 1000000 };
static sigjmp_buf left;

static void sleeps(void)
{
	sigset_t signals;
	siginfo_t info;
	int number;

	EXPECT(sleep(0), 0);
	EXPECT(usleep(1000), 0);
	EXPECT(nanosleep(&moment, NULL), 0);
	EXPECT(clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL), 0);
	EXPECT(thrd_sleep(&moment, NULL), 0);
	EXPECT(poll(NULL, 0, 1), 0);
	EXPECT(pselect(0, NULL, NULL, NULL, &moment, NULL), 0);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	EXPECT(pthread_sigmask(SIG_BLOCK, &signals, NULL), 0);
	EXPECT(sigtimedwait(&signals, &info, &none), -1);
	EXPECT(sigtimedwait(&signals, &info, &moment), -1);
	EXPECT(errno, EAGAIN);
	raise(SIGUSR2);
	EXPECT(sigwaitinfo(&signals, &info), SIGUSR2);
	raise(SIGUSR2);
	EXPECT(sigwait(&signals, &number), 0);
}

static void files(void)
{
	char name[] = "/tmp/heddle-kinds.XXXXXX", buffer[8];
	struct iovec part = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = mkstemp(name);

	unlink(name);
	memset(buffer, 'x', sizeof(buffer));
	EXPECT(write(fd, buffer, 8), 8);
	EXPECT(pwrite(fd, buffer, 8, 8), 8);
	EXPECT(writev(fd, &part, 1), 8);
	EXPECT(pwritev(fd, &part, 1, 8), 8);
	EXPECT(pread(fd, buffer, 4, 0), 4);
	EXPECT(preadv(fd, &part, 1, 12), 4);
	EXPECT(lseek(fd, 8, SEEK_SET), 8);
	EXPECT(readv(fd, &part, 1), 8);
	EXPECT(read(fd, buffer, 8), 0);
	EXPECT(read(-1, buffer, 8), -1);
	EXPECT(errno, EBADF);
	EXPECT(fsync(fd), 0);
	EXPECT(fdatasync(fd), 0);
	EXPECT(flock(fd, LOCK_EX | LOCK_NB), 0);
	EXPECT(flock(fd, LOCK_EX), 0);
	EXPECT(lockf(fd, F_TLOCK, 0), 0);
	EXPECT(lockf(fd, F_LOCK, 0), 0);
	EXPECT(fcntl(fd, F_SETLK, &lock), 0);
	EXPECT(fcntl(fd, F_SETLKW, &lock), 0);
	EXPECT(close(fd), 0);
}

static void readiness(void)
{
	int pipe_fds[2], epoll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };

	EXPECT(pipe(pipe_fds), 0);
	struct pollfd polled = { .fd = pipe_fds[0], .events = POLLIN };
	struct timeval time = { .tv_usec = 1000 };
	fd_set set;
	FD_ZERO(&set);
	FD_SET(pipe_fds[0], &set);
	EXPECT(poll(&polled, 1, 0), 0);
	EXPECT(poll(&polled, 1, 1), 0);
	EXPECT(ppoll(&polled, 1, &none, NULL), 0);
	EXPECT(ppoll(&polled, 1, &moment, NULL), 0);
	EXPECT(select(pipe_fds[0] + 1, &set, NULL, NULL, &time), 0);
	EXPECT(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_fds[0], &event), 0);
	EXPECT(epoll_wait(epoll, &event, 1, 0), 0);
	EXPECT(epoll_wait(epoll, &event, 1, 1), 0);
	EXPECT(epoll_pwait(epoll, &event, 1, 1, NULL), 0);
	EXPECT(epoll_pwait2(epoll, &event, 1, &none, NULL), 0);
	EXPECT(epoll_pwait2(epoll, &event, 1, &moment, NULL), 0);
	close(epoll);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void sockets(void)
{
	/* The kernel chooses a name of its own. */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address.sun_family);
	char buffer[4];
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), near = socket(AF_UNIX, SOCK_STREAM, 0);
	struct iovec part = { .iov_base = buffer, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct mmsghdr messages = { .msg_hdr = message };

	EXPECT(bind(listening, (struct sockaddr *)&address, length), 0);
	length = sizeof(address);
	EXPECT(getsockname(listening, (struct sockaddr *)&address, &length), 0);
	EXPECT(listen(listening, 1), 0);
	EXPECT(connect(near, (struct sockaddr *)&address, length), 0);
	int far = accept(listening, NULL, NULL);
	EXPECT(recv(far, buffer, 1, MSG_DONTWAIT), -1);
	EXPECT(errno, EAGAIN);
	EXPECT(send(near, "a", 1, 0), 1);
	EXPECT(recv(far, buffer, 1, 0), 1);
	EXPECT(sendto(near, "b", 1, 0, NULL, 0), 1);
	EXPECT(recvfrom(far, buffer, 1, 0, NULL, NULL), 1);
	EXPECT(sendmsg(near, &message, 0), 1);
	EXPECT(recvmsg(far, &message, 0), 1);
	EXPECT(sendmmsg(near, &messages, 1, 0), 1);
	EXPECT(recvmmsg(far, &messages, 1, 0, NULL), 1);
	close(far);
	close(near);
	close(listening);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	return pid;
}

static void others(void)
{
	struct {
		long type;
		char text[4];
	} message = { .type = 1 };
	int queue = msgget(IPC_PRIVATE, 0600), set = semget(IPC_PRIVATE, 1, 0600), status;
	struct sembuf raise_it = { .sem_op = 1 }, lower_it = { .sem_op = -1 };
	pid_t first = child();
	siginfo_t info;

	EXPECT(waitpid(first, &status, 0), first);
	EXPECT(waitpid(first, &status, WNOHANG), -1);
	child();
	EXPECT(waitid(P_ALL, 0, &info, WEXITED), 0);
	child();
	EXPECT(wait(&status) > 0, 1);
	child();
	EXPECT(wait4(-1, &status, 0, NULL) > 0, 1);
	EXPECT(WEXITSTATUS(system("exit 5")), 5);
	EXPECT(msgsnd(queue, &message, 4, 0), 0);
	EXPECT(msgrcv(queue, &message, 4, 0, 0), 4);
	EXPECT(msgrcv(queue, &message, 4, 0, IPC_NOWAIT), -1);
	EXPECT(semop(set, &raise_it, 1), 0);
	EXPECT(semop(set, &lower_it, 1), 0);
	EXPECT(msgctl(queue, IPC_RMID, NULL), 0);
	EXPECT(semctl(set, 0, IPC_RMID), 0);
}

static void leave(int number)
{
	siglongjmp(left, number);
}

static void *read_for_ever(void *fd)
{
	char byte;

	return read(*(int *)fd, &byte, 1) == 1 ? fd : NULL;
}

/* One left by a jump out of a signal handler, one by cancellation. */
static void left_waits(void)
{
	int pipe_fds[2];
	char byte;
	pthread_t thread;
	void *result;

	EXPECT(pipe(pipe_fds), 0);
	signal(SIGALRM, leave);
	if (sigsetjmp(left, 1) == 0) {
		ualarm(50000, 0);
		read(pipe_fds[0], &byte, 1);
	}
	EXPECT(pthread_create(&thread, NULL, read_for_ever, &pipe_fds[0]), 0);
	usleep(20000);
	EXPECT(pthread_cancel(thread), 0);
	EXPECT(pthread_join(thread, &result), 0);
	EXPECT(result == PTHREAD_CANCELED, 1);
}

int main(void)
{
	sleeps();
	files();
	readiness();
	sockets();
	others();
	left_waits();
	puts("blocking calls behave");
	return 0;
}
