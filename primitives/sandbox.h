/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether this process has given up system calls by a seccomp filter of its own. */
#ifndef PRIMITIVES_SANDBOX_H
#define PRIMITIVES_SANDBOX_H

#include <stdbool.h>

/*
 * True from before the process, or one that it was forked from, puts a filter on itself: a system call
 * that the program does not make by itself may end it from then on. One that it began with, as in a
 * container, does not count.
 */
bool sandbox_is_entered(void);

/* syscall() is about to be called so. Any thread, any time. */
void sandbox_note(long number, long first);

#endif
