/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the registry and timers need of threads. */
#ifndef NATIVE_THREAD_H
#define NATIVE_THREAD_H

#include <heddle/thread.h>

/* heddle_thread_join() by one who has pinned the thread. */
void thread_join_pinned(struct heddle_thread *thread);

/* As heddle_thread_init_run(), where NULL as name means "KIND-1" and so on, counted by *last. */
int thread_init(struct heddle_thread *thread, const char *name, const char *kind, uint32_t *last);

#endif
