/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a HEDDLE_WITH() block. */
#include <heddle/with.h>

#include "native/condition.h"
#include "native/lock.h"
#include "native/rlock.h"
#include "native/semaphore.h"

void heddle_with_leave(struct heddle_with *with)
{
	if (!with->is_held)
		return;
	switch (with->kind) {
	case HEDDLE_WITH_LOCK:
		lock_release(with->object, HERE);
		break;
	case HEDDLE_WITH_RLOCK:
		rlock_release(with->object, HERE);
		break;
	case HEDDLE_WITH_CONDITION:
		condition_release(with->object, HERE);
		break;
	case HEDDLE_WITH_SEMAPHORE:
		semaphore_release(with->object, 1, HERE);
		break;
	}
}
