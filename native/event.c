/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: the word has the flag, a bit where threads may wait, and above them a count of the sets. A
 * waiter waits until the flag or the count is another one, so it goes on also where the flag is
 * cleared before it looks.
 */
#include <heddle/event.h>

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

#define IS_SET 1U
#define WAITED_FOR 2U
#define ONE_SET 4U
/* No count: a set that would come to it goes on from 0. */
#define DESTROYED UINT32_MAX

int heddle_event_init(struct heddle_event *event, const char *name)
{
	watch_new(event, sizeof(*event));
	*event = (struct heddle_event)HEDDLE_EVENT_INIT(name);
	return 0;
}

int heddle_event_destroy(struct heddle_event *event)
{
	if (word_load(&event->word) == DESTROYED)
		return HEDDLE_INVALID;
	if (word_load(&event->waiters))
		return HEDDLE_BUSY;
	word_swap(&event->word, DESTROYED);
	watch_new(event, sizeof(*event));
	return 0;
}

/* The word after a set, where it was not set. */
static uint32_t set_word(uint32_t word)
{
	uint32_t next = ((word & ~WAITED_FOR) + ONE_SET) | IS_SET;

	return next >= (DESTROYED & ~(IS_SET | WAITED_FOR)) ? IS_SET : next;
}

int heddle_event_set(struct heddle_event *event)
{
	watch_posted(event);
	for (;;) {
		uint32_t word = word_load(&event->word);

		if (word == DESTROYED)
			return HEDDLE_INVALID;
		if (word & IS_SET)
			return 0;
		if (!word_change(&event->word, word, set_word(word)))
			continue;
		if (word & WAITED_FOR)
			word_wake(&event->word, WORD_ALL);
		return 0;
	}
}

int heddle_event_clear(struct heddle_event *event)
{
	for (;;) {
		uint32_t word = word_load(&event->word);

		if (word == DESTROYED)
			return HEDDLE_INVALID;
		if (!(word & IS_SET) || word_change(&event->word, word, word & ~IS_SET))
			return 0;
	}
}

bool heddle_event_is_set(const struct heddle_event *event)
{
	uint32_t word = word_load(&event->word);
	bool is_set = word != DESTROYED && word & IS_SET;

	if (is_set)
		watch_acquired(event);
	return is_set;
}

/* The word to wait on, WAITED_FOR in it; or one with IS_SET. */
static uint32_t mark(struct heddle_event *event)
{
	for (;;) {
		uint32_t word = word_load(&event->word);

		if (word & (IS_SET | WAITED_FOR))
			return word;
		if (word_change(&event->word, word, word | WAITED_FOR))
			return word | WAITED_FOR;
	}
}

static int wait_slowly(struct heddle_event *event, const struct timespec *deadline)
{
	int error = 0;

	blocked_begin();
	word_add(&event->waiters, 1);
	uint32_t word = mark(event);
	while (!error && !(word & IS_SET) && word_load(&event->word) == word)
		error = word_wait(&event->word, word, deadline);
	/* It may have been set in that moment. */
	if (error && word_load(&event->word) != word)
		error = 0;
	word_add(&event->waiters, (uint32_t)-1);
	blocked_end();
	if (!error)
		watch_acquired(event);
	return error;
}

/* Without waiting: 0, HEDDLE_BUSY, or HEDDLE_INVALID. */
static int look(const struct heddle_event *event)
{
	if (word_load(&event->word) == DESTROYED)
		return HEDDLE_INVALID;
	return heddle_event_is_set(event) ? 0 : HEDDLE_BUSY;
}

int heddle_event_wait(struct heddle_event *event)
{
	int error = look(event);

	return error == HEDDLE_BUSY ? wait_slowly(event, NULL) : error;
}

int heddle_event_wait_within(struct heddle_event *event, int64_t timeout_ns)
{
	struct timespec deadline;
	int error = limit_is_ns(timeout_ns) ? look(event) : HEDDLE_INVALID;

	return error == HEDDLE_BUSY ? wait_slowly(event, limit_after(&deadline, timeout_ns))
				    : error;
}

int heddle_event_wait_until(struct heddle_event *event, const struct timespec *deadline)
{
	int error = limit_is_deadline(deadline) ? look(event) : HEDDLE_INVALID;

	return error == HEDDLE_BUSY ? wait_slowly(event, deadline) : error;
}
