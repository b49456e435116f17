/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the calling thread waits in this library: what heddle_thread_state() tells. */
#ifndef NATIVE_BLOCKED_H
#define NATIVE_BLOCKED_H

#include <heddle/thread.h>

#include "native/word.h"

/* The calling thread's struct; NULL where this library has not started it, nor been asked for it. */
extern __thread struct heddle_thread *blocked_self __attribute__((tls_model("initial-exec")));

static inline void blocked_begin(void)
{
	if (blocked_self)
		word_swap(&blocked_self->is_blocked, 1);
}

static inline void blocked_end(void)
{
	if (blocked_self)
		word_swap(&blocked_self->is_blocked, 0);
}

#endif
