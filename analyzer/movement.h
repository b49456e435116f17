/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What moves in COMMAND's family, as the buffers of the recording and /proc show it. */
#ifndef ANALYZER_MOVEMENT_H
#define ANALYZER_MOVEMENT_H

#include <stdint.h>
#include <sys/types.h>

#include "analyzer/stall.h"
#include "libtrace/arena.h"

/*
 * What is to be seen now. Anything that a traced thread records is movement, a wait that begins or ends,
 * and an operation that is only counted; and a process that begins or ends, traced or not.
 * except: as of family_signal(). Damaged buffers may show any movement.
 */
void movement_see(struct arena *arena, const pid_t *except, struct stall_sample *sample);

#endif
