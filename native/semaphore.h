/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the end of a block needs of semaphores. */
#ifndef NATIVE_SEMAPHORE_H
#define NATIVE_SEMAPHORE_H

#include <heddle/semaphore.h>

#include "native/tell.h"

/* heddle_semaphore_release(), called by the program at that place. */
int semaphore_release(struct heddle_semaphore *semaphore, uint32_t count, struct native_site at);

#endif
