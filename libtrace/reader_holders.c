/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who holds a lock: the latest acquisition at each of some places. */
#include "libtrace/reader_holders.h"

#define IS_ACQUIRE(operation)                                                                      \
	((operation) == OPERATION_ACQUIRE || (operation) == OPERATION_ACQUIRE_END ||               \
	 (operation) == OPERATION_TRY_ACQUIRE)
#define IS_READ_ACQUIRE(operation)                                                                 \
	((operation) == OPERATION_READ_ACQUIRE || (operation) == OPERATION_READ_ACQUIRE_END ||     \
	 (operation) == OPERATION_TRY_READ_ACQUIRE)
#define IS_RELEASE_TO_WAIT(operation)                                                              \
	((operation) == OPERATION_WAIT_BEGIN || (operation) == OPERATION_TIMED_WAIT_BEGIN)
#define USE(operation)                                                                             \
	(IS_ACQUIRE(operation)		     ? LOCK_USE_ACQUIRE                                    \
	 : IS_READ_ACQUIRE(operation)	     ? LOCK_USE_READ_ACQUIRE                               \
	 : (operation) == OPERATION_RELEASE  ? LOCK_USE_RELEASE                                    \
	 : (operation) == OPERATION_WAIT_END ? LOCK_USE_REACQUIRE                                  \
	 : IS_RELEASE_TO_WAIT(operation)     ? LOCK_USE_RELEASE_TO_WAIT                            \
					     : LOCK_USE_NONE)

const uint8_t holders_uses[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) [EVENT_##name] = USE(OPERATION_##operation),
#include "libtrace/events.def"
};

bool holders_must_release(struct holders *holders, const struct event *acquire,
			  const struct event *release, uint32_t writer)
{
	enum lock_use use = holders_uses[acquire->type], other = holders_uses[release->type];

	if (!lock_use_is_release(other))
		return false;
	uint64_t object = lock_use_object(use, acquire);
	const struct holder *holder = holders_place(holders, object);

	return object == lock_use_object(other, release) && acquire->pid == release->pid &&
	       lock_use_is_acquired(use, acquire->value) && holder->object == object &&
	       holder->writer == writer && !(holder->is_read && use == LOCK_USE_READ_ACQUIRE);
}
