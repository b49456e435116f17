/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calling thread's wait in the table of the recording's buffers (libtrace/waits.h), so that
 * others see it: the innermost of those that frames.h remembers.
 *
 * From within an emission that has the thread's packer, so no signal handler comes between.
 */
#ifndef PRIMITIVES_WAITING_H
#define PRIMITIVES_WAITING_H

#include "primitives/wrap.h"

/* The thread is in wait now; NULL: in none. */
void waiting_show(struct packer *packer, const struct frames_wait *wait);

/* call's wait begins, with event, and is remembered; others see it from here on. It ends. */
void waiting_begin(const struct call *call, const struct event *event);
void waiting_end(const struct call *call);

/* Is it a deadlock? Then the recorder hears of it now. wait: the event with which it began in frame. */
void waiting_look(struct packer *packer, const struct event *wait, uintptr_t frame);

/* The thread ends, or becomes another program. */
void waiting_close(struct packer *packer);

#endif
