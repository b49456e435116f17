/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a HEDDLE_WITH() block. */
#include <heddle/with.h>

void heddle_with_leave(struct heddle_with *with)
{
	if (!with->is_held)
		return;
	switch (with->kind) {
	case HEDDLE_WITH_LOCK:
		heddle_lock_release(with->object);
		break;
	case HEDDLE_WITH_RLOCK:
		heddle_rlock_release(with->object);
		break;
	case HEDDLE_WITH_CONDITION:
		heddle_condition_release(with->object);
		break;
	case HEDDLE_WITH_SEMAPHORE:
		heddle_semaphore_release(with->object, 1);
		break;
	}
}
