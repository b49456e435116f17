/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the wrappers of conditions do, whichever version of libc's functions they stand for: each
 * takes the wrapper's WRAP_CALLER, and the place of the real function, which WRAP_FROM() may have
 * to find first.
 */
#ifndef PRIMITIVES_COND_H
#define PRIMITIVES_COND_H

#include "primitives/wrap.h"

/* It is certain that nobody waits for it: as glibc looks, before a signal does anything. */
#define COND_IDLE (-1)

/* The value of the events of a condition that is used: EINVAL where it was destroyed; or COND_IDLE. */
typedef int (*cond_state_fn)(const void *cond);

typedef int (*cond_fn)(pthread_cond_t *cond);
typedef int (*cond_wait_fn)(pthread_cond_t *cond, pthread_mutex_t *mutex);
typedef int (*cond_timedwait_fn)(pthread_cond_t *cond, pthread_mutex_t *mutex,
				 const struct timespec *deadline);

int cond_do_destroy(const void *site, const void *frame, const cond_fn *destroy,
		    pthread_cond_t *cond);
int cond_do_wait(const void *site, const void *frame, const cond_wait_fn *wait, cond_state_fn state,
		 pthread_cond_t *cond, pthread_mutex_t *mutex);
int cond_do_timedwait(const void *site, const void *frame, const cond_timedwait_fn *wait,
		      cond_state_fn state, pthread_cond_t *cond, pthread_mutex_t *mutex,
		      const struct timespec *deadline);
int cond_do_signal(const void *site, const void *frame, const cond_fn *signal, cond_state_fn state,
		   pthread_cond_t *cond);
int cond_do_broadcast(const void *site, const void *frame, const cond_fn *broadcast,
		      cond_state_fn state, pthread_cond_t *cond);

#endif
