/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Futexes, asked of the kernel without libc, whose functions others may have taken the place of. */
#include "native/word.h"

#include <errno.h>
#include <heddle/base.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native/watch.h"

/* 0 or more, or -errno. */
static long futex(const uint32_t *word, int operation, uint32_t value,
		  const struct timespec *deadline)
{
#if defined(__x86_64__) && defined(__LP64__)
	long result;
	register long r10 __asm__("r10") = (long)deadline;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = FUTEX_BITSET_MATCH_ANY;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)SYS_futex), "D"(word), "S"((long)operation), "d"((long)value),
			   "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__) && defined(__LP64__)
	register long x8 __asm__("x8") = SYS_futex;
	register long x0 __asm__("x0") = (long)word;
	register long x1 __asm__("x1") = operation;
	register long x2 __asm__("x2") = value;
	register long x3 __asm__("x3") = (long)deadline;
	register long x4 __asm__("x4") = 0;
	register long x5 __asm__("x5") = FUTEX_BITSET_MATCH_ANY;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#else
	int saved_errno = errno;
	long result =
		syscall(SYS_futex, word, operation, value, deadline, NULL, FUTEX_BITSET_MATCH_ANY);

	if (result < 0)
		result = -errno;
	errno = saved_errno;
	return result;
#endif
}

int word_wait(const uint32_t *word, uint32_t value, const struct timespec *deadline)
{
	long result = futex(word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value, deadline);

	return result == -ETIMEDOUT ? HEDDLE_TIMED_OUT : 0;
}

void word_wake(const uint32_t *word, int count)
{
	futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, (uint32_t)count, NULL);
}

enum { LATCH_FREE, LATCH_HELD, LATCH_WAITED_FOR };

void latch_lock(uint32_t *latch)
{
	if (!word_change(latch, LATCH_FREE, LATCH_HELD))
		while (word_swap(latch, LATCH_WAITED_FOR) != LATCH_FREE)
			word_wait(latch, LATCH_WAITED_FOR, NULL);
	watch_acquired(latch);
}

void latch_unlock(uint32_t *latch)
{
	watch_released(latch);
	if (word_swap(latch, LATCH_FREE) == LATCH_WAITED_FOR)
		word_wake(latch, 1);
}
