/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other wrappers tell of the process. */
#ifndef PRIMITIVES_PROCESS_H
#define PRIMITIVES_PROCESS_H

#include "primitives/wrap.h"

/* The first event of this process; type says how it came to be. errno stays. */
void process_begin(struct call *call, enum event_type type);

/* Is this the child of a vfork(), which has our memory, but is another process? */
bool process_is_vfork_child(void);

/* Tell the exit, if nobody has; status: of the process, -1 not known. */
void process_exit(struct call *call, int status);

/* In the child of a fork: forget what was the parent's. */
void process_after_fork(void);

#endif
