/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who holds a lock, as far as the events handed out so far tell. For the reader only. */
#ifndef LIBTRACE_READER_HOLDERS_H
#define LIBTRACE_READER_HOLDERS_H

#include "libtrace/event.h"

#define HOLDERS_BITS 8

enum lock_use {
	LOCK_USE_NONE,
	LOCK_USE_ACQUIRE,
	LOCK_USE_READ_ACQUIRE,
	LOCK_USE_RELEASE,
	/* Of the mutex of a condition. */
	LOCK_USE_REACQUIRE,
	LOCK_USE_RELEASE_TO_WAIT,
};

/* enum lock_use of each event_type. */
extern const uint8_t holders_uses[EVENT_COUNT];

struct holder {
	uint64_t object;
	uint32_t writer; /* 0: nobody */
	bool is_read;	 /* others may hold it, too */
};

/*
 * A lock whose place another one takes is forgotten: then nothing is known of it. All zero is
 * empty.
 */
struct holders {
	struct holder places[1 << HOLDERS_BITS];
};

static inline struct holder *holders_place(struct holders *holders, uint64_t object)
{
	return &holders->places[object * UINT64_C(0x9e3779b97f4a7c15) >> (64 - HOLDERS_BITS)];
}

static inline bool lock_use_is_release(enum lock_use use)
{
	return use == LOCK_USE_RELEASE || use == LOCK_USE_RELEASE_TO_WAIT;
}

static inline uint64_t lock_use_object(enum lock_use use, const struct event *event)
{
	return use < LOCK_USE_REACQUIRE ? event->object : event->other;
}

/* Of an attempt or a wait: did it end with the lock held? */
static inline bool lock_use_is_acquired(enum lock_use use, int64_t result)
{
	if (use == LOCK_USE_REACQUIRE && (result == ETIMEDOUT || result == ECANCELED))
		return true;
	return result == 0 || result == EOWNERDEAD;
}

/* The event of that thread is next. */
static inline void holders_note(struct holders *holders, const struct event *event, uint32_t writer)
{
	enum lock_use use = holders_uses[event->type];

	if (use == LOCK_USE_NONE)
		return;
	uint64_t object = lock_use_object(use, event);
	struct holder *place = holders_place(holders, object);
	if (!lock_use_is_release(use) && lock_use_is_acquired(use, event->value))
		*place = (struct holder){ object, writer, use == LOCK_USE_READ_ACQUIRE };
	else if (lock_use_is_release(use) && place->object == object && place->writer == writer)
		place->writer = 0;
}

/* Whether event may be an acquire. */
static inline bool holders_may_be_early(const struct event *event)
{
	enum lock_use use = holders_uses[event->type];

	return use != LOCK_USE_NONE && !lock_use_is_release(use);
}

/*
 * Whether the thread `writer` holds what release releases, and acquire, which may be early, cannot
 * come before that.
 */
bool holders_must_release(struct holders *holders, const struct event *acquire,
			  const struct event *release, uint32_t writer);

#endif
