/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call that may hang, with a limit: liblttng-ctl waits for its daemon for ever. */
#ifndef LIBTRACE_BOUNDED_H
#define LIBTRACE_BOUNDED_H

#include <stdint.h>

#include "libtrace/error.h"

/*
 * Call run(argument) in a thread of its own, which takes no signals, and return
 * its result. After each 100 ms, tick(tick_argument) is called in the caller's
 * thread; NULL for none. When timeout_ns is over, or no thread can be made: -ETIMEDOUT
 * or another -errno. After -ETIMEDOUT run() is still at work: what argument
 * points to must never be freed.
 */
int bounded_call(int (*run)(void *argument), void *argument, int64_t timeout_ns,
		 void (*tick)(void *argument), void *tick_argument) MUST_CHECK;

#endif
