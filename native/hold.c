/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for locks. */
#include "native/hold.h"

#include "native/blocked.h"

/* Who holds it, with HOLD_WAITED_FOR set, or HOLD_FREE where it has been taken. */
static uint32_t take_or_mark(const struct hold *hold)
{
	for (;;) {
		uint32_t word = word_load(hold->word);

		if (word == HOLD_FREE &&
		    word_change(hold->word, HOLD_FREE, hold->owner | HOLD_WAITED_FOR))
			return HOLD_FREE;
		if (word == HOLD_DESTROYED || word & HOLD_WAITED_FOR)
			return word;
		if (word != HOLD_FREE && word_change(hold->word, word, word | HOLD_WAITED_FOR))
			return word | HOLD_WAITED_FOR;
	}
}

static int wait_for(const struct hold *hold, const struct timespec *deadline)
{
	int error = 0;

	while (!error) {
		uint32_t word = take_or_mark(hold);

		if (word == HOLD_FREE)
			return 0;
		if (word == HOLD_DESTROYED)
			return HEDDLE_INVALID;
		error = word_wait(hold->word, word, deadline);
	}
	return error;
}

int hold_wait(const struct hold *hold, const struct timespec *deadline)
{
	int error;

	blocked_begin();
	word_add(hold->waiters, 1);
	error = wait_for(hold, deadline);
	word_add(hold->waiters, (uint32_t)-1);
	blocked_end();
	if (!error)
		watch_acquired(hold->lock);
	return error;
}

int hold_wait_told(const struct hold *hold, const struct timespec *deadline, struct native_site at)
{
	struct native_wait wait;

	tell_wait_begin(&wait, deadline ? EVENT_lock_timedacquire_begin : EVENT_lock_acquire_begin,
			hold->lock, NULL, at);
	int error = hold_wait(hold, deadline);
	tell_wait_end(&wait, EVENT_lock_acquire_end, hold->lock, NULL, error);
	return error;
}
