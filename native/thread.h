/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the registry and timers need of threads. */
#ifndef NATIVE_THREAD_H
#define NATIVE_THREAD_H

#include <heddle/thread.h>

#include "native/tell.h"

/* Tell the name of a thread that is alive. */
void thread_tell_name(const struct heddle_thread *thread);

/* The hook that is set now. */
heddle_thread_failure_hook *thread_failure_hook(void);

/* heddle_thread_join() by one who has pinned the thread. */
void thread_join_pinned(struct heddle_thread *thread);

/* heddle_thread_start(), called by the program at that place. */
int thread_start(struct heddle_thread *thread, struct native_site at);

/* As heddle_thread_init_run(), where NULL as name means "KIND-1" and so on, counted by *last. */
int thread_init(struct heddle_thread *thread, const char *name, const char *kind, uint32_t *last);

#endif
