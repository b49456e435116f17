/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forks; see fork.c. */
#ifndef PRIMITIVES_FORK_H
#define PRIMITIVES_FORK_H

/* From the constructor, before the program's own pthread_atfork(). */
void fork_load(void);

/* In the child of a fork that was not seen by fork(). */
void fork_other_child(void);

#endif
