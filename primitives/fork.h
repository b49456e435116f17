/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forks; see fork.c. */
#ifndef PRIMITIVES_FORK_H
#define PRIMITIVES_FORK_H

/* From the constructor, before the program's own pthread_atfork(). */
void fork_load(void);

#endif
