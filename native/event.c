/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: the word has the flag, a bit where threads may wait, and above them a count of the sets. A
 * waiter waits until the flag or the count is another one, so it goes on also where the flag is
 * cleared before it looks.
 */
#include "native/event.h"

#include "native/blocked.h"
#include "native/limit.h"
#include "native/watch.h"
#include "native/word.h"

#define IS_SET 1U
#define WAITED_FOR 2U
#define ONE_SET 4U
/* No count: a set that would come to it goes on from 0. */
#define DESTROYED UINT32_MAX

static struct tell_object told_of(struct heddle_event *event)
{
	return (struct tell_object){ .type = EVENT_event_init,
				     .kind = event->is_timer ? NATIVE_TIMER : NATIVE_EVENT,
				     .object = event,
				     .told = &event->told,
				     .name = event->name };
}

/* It is used: tell what it is, where nobody has. */
static void is_used(struct heddle_event *event, struct native_site at)
{
	if (!tell_is_on() || word_load(&event->told))
		return;
	struct tell_object told = told_of(event);
	tell_used(&told, at);
}

static void init(struct heddle_event *event, const char *name, bool is_timer, struct native_site at)
{
	watch_new(event, sizeof(*event));
	*event = (struct heddle_event)HEDDLE_EVENT_INIT(name);
	event->is_timer = is_timer;
	struct tell_object told = told_of(event);
	tell_made(&told, at);
}

int heddle_event_init(struct heddle_event *event, const char *name)
{
	init(event, name, false, HERE);
	return 0;
}

void event_init_timer(struct heddle_event *event, const char *name, struct native_site at)
{
	init(event, name, true, at);
}

int heddle_event_destroy(struct heddle_event *event)
{
	if (word_load(&event->word) == DESTROYED)
		return tell_refused(event, HEDDLE_INVALID, HERE);
	is_used(event, HERE);
	tell(EVENT_cond_destroy, event, HERE);
	if (word_load(&event->waiters))
		return tell_kept(event, HEDDLE_BUSY, HERE);
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

int event_set_quietly(struct heddle_event *event)
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

/* Once it is set the event may be gone. */
int event_set(struct heddle_event *event, struct native_site at)
{
	is_used(event, at);
	if (word_load(&event->word) == DESTROYED)
		return tell_refused(event, HEDDLE_INVALID, at);
	tell(EVENT_event_set, event, at);
	return event_set_quietly(event);
}

int heddle_event_set(struct heddle_event *event)
{
	return event_set(event, HERE);
}

int heddle_event_clear(struct heddle_event *event)
{
	is_used(event, HERE);
	tell(EVENT_event_clear, event, HERE);
	for (;;) {
		uint32_t word = word_load(&event->word);

		if (word == DESTROYED)
			return tell_refused(event, HEDDLE_INVALID, HERE);
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

int event_wait(struct heddle_event *event, const struct timespec *deadline, struct native_site at)
{
	struct native_wait wait;

	is_used(event, at);
	int error = look(event);
	if (error == HEDDLE_INVALID)
		return tell_refused(event, error, at);
	if (!error) {
		tell(EVENT_event_wait, event, at);
		return 0;
	}
	tell_wait_begin(&wait, deadline ? EVENT_event_timedwait_begin : EVENT_event_wait_begin,
			event, event, at);
	error = wait_slowly(event, deadline);
	tell_wait_end(&wait, EVENT_event_wait_end, event, event, error);
	return error;
}

int heddle_event_wait(struct heddle_event *event)
{
	return event_wait(event, NULL, HERE);
}

int heddle_event_wait_within(struct heddle_event *event, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return event_wait(event, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_event_wait_until(struct heddle_event *event, const struct timespec *deadline)
{
	return limit_is_deadline(deadline) ? event_wait(event, deadline, HERE) : HEDDLE_INVALID;
}
