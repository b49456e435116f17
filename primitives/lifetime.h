/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When does the process end? libc ends it when the last thread has left, but the tracer's
 * own threads never leave. So the program's threads are counted, and the last one to leave
 * calls exit(0) as libc would.
 */
#ifndef PRIMITIVES_LIFETIME_H
#define PRIMITIVES_LIFETIME_H

/* From the constructor, by the main thread, before a tracer's thread is counted. */
void lifetime_start(void);

/* A thread of the program is about to be created; failed to be; runs. */
void lifetime_expect(void);
void lifetime_unexpect(void);
void lifetime_enter(void);

/* A thread was created that nobody can count: from now on libc alone decides. */
void lifetime_give_up(void);

/* In the child of a fork: the caller is the only thread. */
void lifetime_after_fork(void);

#endif
