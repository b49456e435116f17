/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Old versions of glibc's names. */
#ifndef PRIMITIVES_OLD_H
#define PRIMITIVES_OLD_H

/* Find the real ones. From wrap_resolve(). */
void old_resolve(void);

#endif
