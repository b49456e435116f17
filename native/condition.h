/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the end of a block needs of conditions. */
#ifndef NATIVE_CONDITION_H
#define NATIVE_CONDITION_H

#include <heddle/condition.h>

#include "native/tell.h"

/* heddle_condition_release(), called by the program at that place. */
int condition_release(struct heddle_condition *condition, struct native_site at);

#endif
