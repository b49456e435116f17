/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syscall(): futexes, which C++20's and Rust's locks are made of, and forks of which
 * the tracer does not know. Every other system call is passed on as it is.
 */
#include <limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "primitives/blocking.h"
#include "primitives/fork.h"
#include "primitives/sandbox.h"

/* FUTEX_LOCK_PI2 is newer than some kernels' headers. */
#define LOCK_PI2 13

/* Told before it is done; count: how many at most. */
static void futex_wake(struct call *call, long address, int count)
{
	wrap_emit(call, EVENT_futex_wake, (const void *)address, NULL, count);
}

/* The real call; arguments: address, operation, value, time limit, other address, mask or value. */
static long futex_call(const long *arguments)
{
	return real.syscall(SYS_futex, arguments[0], arguments[1], arguments[2], arguments[3],
			    arguments[4], arguments[5]);
}

static long futex_wait(struct call *call, const long *arguments)
{
	const void *address = (const void *)arguments[0];
	int kind = arguments[1] & FUTEX_PRIVATE_FLAG ? 0 : MUTEX_SHARED;

	wrap_wait_begin(call, arguments[3] ? EVENT_futex_timedwait_begin : EVENT_futex_wait_begin,
			address, NULL, kind);
	long result = futex_call(arguments);
	wrap_wait_end(call, EVENT_futex_wait_end, address, NULL, result < 0 ? errno : 0);
	return result;
}

static long futex(const void *site, const void *frame, const long *arguments)
{
	int operation = (int)arguments[1] & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
	struct call call;

	if (!WRAP_FROM(&call, futex_wake, site, frame))
		return futex_call(arguments);
	switch (operation) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait(&call, arguments);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		futex_wake(&call, arguments[0], (int)arguments[2]);
		break;
	case FUTEX_WAKE_OP:
		futex_wake(&call, arguments[0], (int)arguments[2]);
		futex_wake(&call, arguments[4], (int)arguments[3]);
		break;
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_CMP_REQUEUE_PI:
		/* What is moved to another futex counts as woken. */
		futex_wake(&call, arguments[0], INT_MAX);
		break;
	case FUTEX_UNLOCK_PI:
		futex_wake(&call, arguments[0], 1);
		break;
	default:
		break;
	}
	return futex_call(arguments);
}

/*
 * Is this the child of a fork that did not pass fork()? One that shares its parent's memory
 * is none: what it would say of itself would be said of the parent. argument: the first one.
 */
static bool is_unknown_child(long number, long argument)
{
	switch (number) {
#ifdef SYS_fork
	case SYS_fork:
		return true;
#endif
	case SYS_clone:
		return !(argument & CLONE_VM);
	case SYS_clone3:
		return !(((const struct clone_args *)argument)->flags & CLONE_VM);
	default:
		return false;
	}
}

/* As many arguments as a system call can have; those that were not given are not used. */
PUBLIC long syscall(long number, ...)
{
	long arguments[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(args, long);
	va_end(args);
	if (!real.syscall)
		wrap_resolve();
	if (number == SYS_futex)
		return futex(WRAP_CALLER, arguments);
	sandbox_note(number, arguments[0]);
	long result = real.syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
				   arguments[4], arguments[5]);
	if (result == 0 && is_unknown_child(number, arguments[0]))
		fork_other_child();
	return result;
}
