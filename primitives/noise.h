/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --noise: short pauses around what threads do with locks, so that what needs an unlucky moment
 * happens. Which ones: noise_plan.h.
 *
 * While there is noise no wrapper takes the quick way (frames_never_quiet), so that each comes through
 * wrap_enter(), and the real functions of locks are ours (noise_held.h), which remember what is held.
 * Where there is none nothing of it is on any way of an operation.
 *
 * A pause comes before the operation is told. It is told itself, is no cancellation point and ends at a
 * signal. None is made at a sem_post(), which may be a signal handler's, nor before the first thread or
 * fork of the process.
 */
#ifndef PRIMITIVES_NOISE_H
#define PRIMITIVES_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "libtrace/event_type.h"
#include "primitives/noise_plan.h"

struct call;

extern bool noise_is_on;

/* From the constructor, where RECORDING_NOISE_VARIABLE is set: line is the program's command line. */
void noise_load(const char *line);

/* The wrapper of call has been entered, which may come to emit an event of that type. */
void noise_enter(const struct call *call, enum event_type type);

/* A thread is about to be made; made is what noise_begin() is given in it. */
void noise_create(struct noise_thread *made);
void noise_begin(const struct noise_thread *made);

/* A process is about to be made; and in the child. */
void noise_before_fork(void);
void noise_after_fork(void);

#endif
