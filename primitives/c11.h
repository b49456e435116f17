/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results of C11 thread functions in the words of POSIX. */
#ifndef PRIMITIVES_C11_H
#define PRIMITIVES_C11_H

#include <errno.h>
#include <threads.h>

/* The errno that says what a thrd_* result says; 0 for thrd_success. */
static inline int c11_errno(int result)
{
	switch (result) {
	case thrd_success:
		return 0;
	case thrd_busy:
		return EBUSY;
	case thrd_timedout:
		return ETIMEDOUT;
	case thrd_nomem:
		return ENOMEM;
	default:
		return EINVAL;
	}
}

#endif
