/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a wrapper does when its wait is left by cancellation or longjmp().
 *
 * In C without exceptions pthread_cleanup_push() keeps a jmp_buf in a list that longjmp()
 * does not know of: once a signal handler has jumped out of the wait, the thread's exit
 * jumps into the dead frame. libc's own waits use the older list of these two functions,
 * whose handlers longjmp() runs. An exception knows neither list: see once.c.
 */
#ifndef PRIMITIVES_CLEANUP_H
#define PRIMITIVES_CLEANUP_H

#include <pthread.h>

/* In every glibc, but no longer in its headers. buffer lies in the frame that waits. */
void _pthread_cleanup_push(struct _pthread_cleanup_buffer *buffer, void (*routine)(void *),
			   void *argument);
void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *buffer, int execute);

#endif
