/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the end of a thread does with its locals. */
#ifndef NATIVE_LOCAL_H
#define NATIVE_LOCAL_H

#include <heddle/local.h>

/* Destroy all values of the calling thread. */
void local_leave(void);

#endif
