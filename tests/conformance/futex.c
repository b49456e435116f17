/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* syscall(): every operation on futexes, and system calls that are none. */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mman.h>

#include "tests/conformance/conform.h"

static atomic_uint word, other;

/* One call of a futex. */
struct request {
	int operation;
	unsigned value;
	const struct timespec *timeout;
	unsigned last;
};

static long futex(int operation, unsigned value, const void *fourth, unsigned last)
{
	return syscall(SYS_futex, &word, operation, value, fourth, &other, last);
}

/* The fourth argument where it is a number. */
static const void *count(unsigned number)
{
	return (const void *)(uintptr_t)number;
}

static int request(void *argument)
{
	const struct request *wanted = argument;

	return (int)futex(wanted->operation, wanted->value, wanted->timeout, wanted->last);
}

/* A waiter woken by wake_operation. */
static void check_woken(const char *name, struct request waiter, int wake_operation)
{
	struct blocked blocked;
	char line[64];

	blocked_start(&blocked, SYS_futex, request, &waiter);
	snprintf(line, sizeof(line), "%s: wakes", name);
	CHECK_CALL(line, futex(wake_operation, INT_MAX, NULL, waiter.last));
	blocked_check(name, &blocked);
}

static void woken(void)
{
	struct timespec long_time = { .tv_sec = 100 };
	struct timespec deadline = far(CLOCK_MONOTONIC), real_deadline = far(CLOCK_REALTIME);

	check_woken("wait", (struct request){ FUTEX_WAIT_PRIVATE, 0, NULL, 0 }, FUTEX_WAKE_PRIVATE);
	check_woken("wait, shared", (struct request){ FUTEX_WAIT, 0, NULL, 0 }, FUTEX_WAKE);
	check_woken("wait with a time limit",
		    (struct request){ FUTEX_WAIT_PRIVATE, 0, &long_time, 0 }, FUTEX_WAKE_PRIVATE);
	check_woken("wait_bitset", (struct request){ FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, 6 },
		    FUTEX_WAKE_BITSET_PRIVATE);
	check_woken("wait_bitset with a deadline",
		    (struct request){ FUTEX_WAIT_BITSET_PRIVATE, 0, &deadline, 1 },
		    FUTEX_WAKE_BITSET_PRIVATE);
	check_woken("wait_bitset with a deadline of the day",
		    (struct request){ FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0,
				      &real_deadline, 1 },
		    FUTEX_WAKE_BITSET_PRIVATE);
}

static void not_woken(void)
{
	struct timespec short_time = { .tv_nsec = 10000000 }, none = { 0 };
	struct timespec over = past(CLOCK_MONOTONIC), bad = { .tv_nsec = 1000000000 };

	CHECK_CALL("wait: other value", futex(FUTEX_WAIT_PRIVATE, 1, NULL, 0));
	CHECK_CALL("wait: other value, shared", futex(FUTEX_WAIT, 1, NULL, 0));
	CHECK_CALL("wait: time is over", futex(FUTEX_WAIT_PRIVATE, 0, &short_time, 0));
	CHECK_CALL("wait: no time", futex(FUTEX_WAIT_PRIVATE, 0, &none, 0));
	CHECK_CALL("wait: no such time", futex(FUTEX_WAIT_PRIVATE, 0, &bad, 0));
	CHECK_CALL("wait_bitset: deadline was before",
		   futex(FUTEX_WAIT_BITSET_PRIVATE, 0, &over, 1));
	CHECK_CALL("wait_bitset: no bits", futex(FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, 0));
	CHECK_CALL("wait: no such address",
		   syscall(SYS_futex, 8L, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	CHECK_CALL("wait: odd address",
		   syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	CHECK_CALL("wait: no such time limit", futex(FUTEX_WAIT_PRIVATE, 0, count(8), 0));
	CHECK_CALL("no such operation", futex(99, 0, NULL, 0));
}

static void wakes(void)
{
	struct request waiter = { FUTEX_WAIT_PRIVATE, 0, NULL, 0 };
	struct blocked first, second;

	CHECK_CALL("wake: nobody", futex(FUTEX_WAKE_PRIVATE, 1, NULL, 0));
	CHECK_CALL("wake_bitset: no bits", futex(FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, 0));
	CHECK_CALL("wake: no such address", syscall(SYS_futex, 8L, FUTEX_WAKE, 1, NULL, NULL, 0));
	blocked_start(&first, SYS_futex, request, &waiter);
	blocked_start(&second, SYS_futex, request, &waiter);
	CHECK_CALL("wake one of two", futex(FUTEX_WAKE_PRIVATE, 1, NULL, 0));
	CHECK_CALL("wake the other", futex(FUTEX_WAKE_PRIVATE, 2, NULL, 0));
	blocked_check("first of two", &first);
	blocked_check("second of two", &second);
	blocked_start(&first, SYS_futex, request, &waiter);
	blocked_start(&second, SYS_futex, request, &waiter);
	CHECK_CALL("cmp_requeue: other value",
		   futex(FUTEX_CMP_REQUEUE_PRIVATE, 1, count(INT_MAX), 5));
	CHECK_CALL("cmp_requeue", futex(FUTEX_CMP_REQUEUE_PRIVATE, 1, count(INT_MAX), 0));
	CHECK_CALL("wake the moved one",
		   syscall(SYS_futex, &other, FUTEX_WAKE_PRIVATE, 5, NULL, NULL, 0));
	blocked_check("first of cmp_requeue", &first);
	blocked_check("second of cmp_requeue", &second);
	CHECK_CALL("requeue: nobody", futex(FUTEX_REQUEUE_PRIVATE, 1, count(1), 0));
	blocked_start(&first, SYS_futex, request, &waiter);
	CHECK_CALL("wake_op", futex(FUTEX_WAKE_OP_PRIVATE, 1, count(1),
				    FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 0)));
	check_number("wake_op: the other word", atomic_exchange(&other, 0));
	blocked_check("wake_op: waiter", &first);
}

static int lock_pi(void *unused)
{
	(void)unused;
	long result = futex(FUTEX_LOCK_PI_PRIVATE, 0, NULL, 0);
	if (result == 0)
		futex(FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, 0);
	return (int)result;
}

static int lock_pi_for_a_moment(void *unused)
{
	struct timespec deadline = near(CLOCK_REALTIME);

	(void)unused;
	return (int)futex(FUTEX_LOCK_PI_PRIVATE, 0, &deadline, 0) == -1 ? errno : 0;
}

static void inherit_priority(void)
{
	struct blocked blocked;

	CHECK_CALL("lock_pi", futex(FUTEX_LOCK_PI_PRIVATE, 0, NULL, 0));
	CHECK_CALL("lock_pi: held by oneself", futex(FUTEX_LOCK_PI_PRIVATE, 0, NULL, 0));
	CHECK_CALL("trylock_pi: held by oneself", futex(FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, 0));
	check_elsewhere("lock_pi: time is over", lock_pi_for_a_moment, NULL);
	blocked_start(&blocked, SYS_futex, lock_pi, NULL);
	CHECK_CALL("unlock_pi", futex(FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, 0));
	blocked_check("lock_pi: waiter", &blocked);
	CHECK_CALL("unlock_pi: not held", futex(FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, 0));
	check_number("the word after all", atomic_load(&word));
}

static int wait_asynchronously(void *waiter)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return request(waiter);
}

static void signals(void)
{
	struct timespec long_time = { .tv_sec = 100 };
	struct request plain = { FUTEX_WAIT_PRIVATE, 0, NULL, 0 };
	struct request timed = { FUTEX_WAIT_PRIVATE, 0, &long_time, 0 };
	struct blocked blocked;

	blocked_start(&blocked, SYS_futex, request, &plain);
	blocked_signal(&blocked, 0);
	blocked_check("wait: signal", &blocked);
	blocked_start(&blocked, SYS_futex, request, &plain);
	blocked_signal_through(&blocked, SA_RESTART);
	CHECK_CALL("wake after a signal", futex(FUTEX_WAKE_PRIVATE, 1, NULL, 0));
	blocked_check("wait: signal, restarted", &blocked);
	blocked_start(&blocked, SYS_futex, request, &timed);
	blocked_signal(&blocked, 0);
	blocked_check("wait with a time limit: signal", &blocked);
	/* No cancellation point: the request stays pending until the thread ends. */
	blocked_start(&blocked, SYS_futex, request, &plain);
	pthread_cancel(blocked.thread);
	CHECK_CALL("wake after a cancellation", futex(FUTEX_WAKE_PRIVATE, 1, NULL, 0));
	blocked_check("wait: not cancelled", &blocked);
	check_cancelled("wait: cancelled asynchronously", SYS_futex, wait_asynchronously, &plain);
}

/* The child of a fork by number, which goes on in a copy of this stack. */
static void check_fork(const char *name, long pid)
{
	int mark = 5;

	if (pid == 0) {
		futex(FUTEX_WAKE_PRIVATE, 1, NULL, 0);
		_exit(mark + 6);
	}
	check_status(name, wait_for_child((pid_t)pid));
}

static int waits_shared(void *address)
{
	return (int)syscall(SYS_futex, address, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void other_calls(void)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	char buffer[4] = "";

	CHECK_CALL("getpid", syscall(SYS_getpid) == getpid());
	CHECK_CALL("no such call", syscall(100000));
	CHECK_CALL("close: no descriptor", syscall(SYS_close, -1));
	CHECK_CALL("read: no descriptor", syscall(SYS_read, -1, buffer, 4));
	CHECK_CALL("mmap with six arguments", syscall(SYS_mmap, NULL, 4096L, PROT_READ,
						      MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0L) != -1);
	CHECK_CALL("mmap: odd offset",
		   syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1L, 1L));
	check_fork("fork", syscall(SYS_fork));
	check_fork("clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0));
	check_fork("clone3", syscall(SYS_clone3, &arguments, sizeof(arguments)));
	CHECK_CALL("clone3: no such address", syscall(SYS_clone3, 8L, sizeof(arguments)));
}

/* The child says that it is there first: the tracer may wait on futexes of its own in a fork. */
static void other_process(void)
{
	int there[2];
	char byte = 0;
	atomic_uint *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pipe(there) == -1)
		conform_give_up("make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		if (write(there[1], &byte, 1) != 1)
			_exit(98);
		_exit(waits_shared(shared));
	}
	if (read(there[0], &byte, 1) != 1)
		conform_give_up("read a pipe");
	wait_until_asleep(pid, pid, SYS_futex);
	CHECK_CALL("wake another process",
		   syscall(SYS_futex, shared, FUTEX_WAKE, 1, NULL, NULL, 0));
	check_status("waiter in another process", wait_for_child(pid));
}

int main(void)
{
	conform_start();
	woken();
	not_woken();
	wakes();
	inherit_priority();
	signals();
	other_calls();
	other_process();
	return 0;
}
