/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every operation on futexes through syscall(), and system calls that are none. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static atomic_uint word, other, pi;

static long futex(atomic_uint *address, int operation, unsigned value, const void *fourth,
		  atomic_uint *second, unsigned last)
{
	return syscall(SYS_futex, address, operation, value, fourth, second, last);
}

/* The operation's fourth argument, where it is a number. */
static const void *count(unsigned number)
{
	return (const void *)(uintptr_t)number;
}

static void *wait_for_change(void *operation)
{
	int number = (int)(intptr_t)operation;

	while (atomic_load(&word) == 0)
		futex(&word, number, 0, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
	return NULL;
}

/* Change the word and wake its waiter, again where it came later than that. */
static void wake(int wait_operation, int wake_operation)
{
	pthread_t thread;

	atomic_store(&word, 0);
	EXPECT(pthread_create(&thread, NULL, wait_for_change, (void *)(intptr_t)wait_operation), 0);
	while (futex(&word, wake_operation, 1, NULL, NULL, FUTEX_BITSET_MATCH_ANY) == 0)
		usleep(1000);
	atomic_store(&word, 1);
	futex(&word, wake_operation, 1, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
	EXPECT(pthread_join(thread, NULL), 0);
}

static void do_not_wait(void)
{
	struct timespec short_time = { .tv_nsec = 10000000 };
	struct timespec soon_time = soon(CLOCK_MONOTONIC, 10);

	atomic_store(&word, 1);
	EXPECT(futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), -1);
	EXPECT(errno, EAGAIN);
	EXPECT(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), -1);
	EXPECT(errno, EAGAIN);
	EXPECT(futex(&word, FUTEX_WAIT_PRIVATE, 1, &short_time, NULL, 0), -1);
	EXPECT(errno, ETIMEDOUT);
	EXPECT(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &soon_time, NULL, 1), -1);
	EXPECT(errno, ETIMEDOUT);
}

static void wake_nobody(void)
{
	errno = EXDEV;
	EXPECT(futex(&word, FUTEX_WAKE_PRIVATE, 5, NULL, NULL, 0), 0);
	EXPECT(futex(&word, FUTEX_WAKE_OP_PRIVATE, 6, count(7), &other,
		     FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)),
	       0);
	EXPECT(atomic_load(&other), 1);
	EXPECT(futex(&word, FUTEX_REQUEUE_PRIVATE, 1, count(1), &other, 0), 0);
	EXPECT(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, count(1), &other, atomic_load(&word)), 0);
	EXPECT(errno, EXDEV);
}

static void inherit_priority(void)
{
	EXPECT(futex(&pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	EXPECT(atomic_load(&pi) & FUTEX_TID_MASK, gettid());
	EXPECT(futex(&pi, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), -1);
	EXPECT(errno, EDEADLK);
	EXPECT(futex(&pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	EXPECT(atomic_load(&pi), 0);
}

/* Six arguments arrive, and a child of which nobody was told tells nothing. */
static void other_calls(void)
{
	int status;
	long at = syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0L);

	EXPECT(at != -1, 1);
	EXPECT(syscall(SYS_munmap, at, 4096L), 0);
	EXPECT(syscall(SYS_getpid), getpid());
	EXPECT(syscall(SYS_close, -1), -1);
	EXPECT(errno, EBADF);
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		futex(&word, FUTEX_WAKE_PRIVATE, 4711, NULL, NULL, 0);
		_exit(7);
	}
	EXPECT(waitpid(pid, &status, 0), pid);
	EXPECT(WEXITSTATUS(status), 7);
}

int main(void)
{
	do_not_wait();
	wake_nobody();
	wake(FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE);
	wake(FUTEX_WAIT, FUTEX_WAKE);
	wake(FUTEX_WAIT_BITSET_PRIVATE, FUTEX_WAKE_BITSET_PRIVATE);
	inherit_priority();
	other_calls();
	puts("futexes behave");
	return 0;
}
