/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calling thread's wait in the table of the recording's buffers (libtrace/waits.h), so that
 * others see it: the innermost of those that frames.h remembers.
 *
 * From within an emission that has the thread's packer, so no signal handler comes between.
 */
#ifndef PRIMITIVES_WAITING_H
#define PRIMITIVES_WAITING_H

#include "primitives/packer.h"

/* The thread is in wait now; NULL: in none. */
void waiting_show(struct packer *packer, const struct frames_wait *wait);

/* The thread ends, or becomes another program. */
void waiting_close(struct packer *packer);

#endif
