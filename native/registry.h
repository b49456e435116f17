/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that are alive, and what each of them is. */
#ifndef NATIVE_REGISTRY_H
#define NATIVE_REGISTRY_H

#include <heddle/thread.h>

enum thread_phase {
	PHASE_NEW,
	PHASE_STARTING,
	PHASE_RUNNING,
	PHASE_CLAIMED, /* running, and one of those who join it will ask libc for its end */
	PHASE_LEAVING, /* it has left its function, and nobody has claimed it */
	PHASE_OVER,    /* it has left its function */
	PHASE_JOINED   /* nothing is left of it but its struct */
};

enum thread_kind {
	KIND_STARTED, /* by this library */
	KIND_MAIN,
	KIND_FOREIGN
};

/* thread is alive, resp. no longer. Its phase is the caller's to change. */
void registry_add(struct heddle_thread *thread);
void registry_remove(struct heddle_thread *thread);

/* Copy name, NULL "", with nobody else changing it. */
void registry_set_name(struct heddle_thread *thread, const char *name);

/* The calling thread is thread from now on, and has its ids. */
void registry_enter(struct heddle_thread *thread);

/*
 * A started thread that is alive, no daemon and not the calling one, or NULL. Its struct stays: who
 * joins it waits until registry_unpin().
 */
struct heddle_thread *registry_pin_working(void);
void registry_unpin(struct heddle_thread *thread);

/* Once per process, when a thread is started: main waits at its end. */
void registry_expect_end(void);

#endif
