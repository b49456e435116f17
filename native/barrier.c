/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Barriers, as a monitor: the latch guards all members, and turn, which goes up with each change
 * of the state, is what threads wait on.
 *
 * A round fills until all have come, the last of them runs the action, then it drains until all have
 * left, and the next one fills. Who comes while it drains waits until it has. Broken or reset,
 * it empties in the same way.
 */
#include <heddle/barrier.h>

#include "native/blocked.h"
#include "native/limit.h"
#include "native/tell.h"
#include "native/watch.h"
#include "native/word.h"

enum state { FILLING, ACTING, DRAINING, RESETTING, BROKEN, DESTROYED };

static struct tell_object told_of(struct heddle_barrier *barrier)
{
	return (struct tell_object){ .type = EVENT_barrier_made,
				     .kind = NATIVE_BARRIER,
				     .object = barrier,
				     .told = &barrier->told,
				     .name = barrier->name,
				     .value = barrier->parties };
}

/* It is used: tell what it is, where nobody has. */
static void is_used(struct heddle_barrier *barrier, struct native_site at)
{
	struct tell_object told = told_of(barrier);

	tell_used(&told, at);
}

int heddle_barrier_init(struct heddle_barrier *barrier, uint32_t parties,
			heddle_barrier_action *action, void *argument, int64_t timeout_ns,
			const char *name)
{
	if (parties == 0 || parties > INT32_MAX || !limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	watch_new(barrier, sizeof(*barrier));
	*barrier = (struct heddle_barrier)HEDDLE_BARRIER_INIT(parties, name);
	barrier->action = action;
	barrier->argument = argument;
	barrier->timeout_ns = timeout_ns;
	struct tell_object told = told_of(barrier);
	tell_made(&told, HERE);
	return 0;
}

static bool is_destroyed(struct heddle_barrier *barrier)
{
	latch_lock(&barrier->latch);
	bool is_destroyed = barrier->state == DESTROYED;
	latch_unlock(&barrier->latch);
	return is_destroyed;
}

static int destroy(struct heddle_barrier *barrier)
{
	int error = 0;

	latch_lock(&barrier->latch);
	if (barrier->count > 0)
		error = HEDDLE_BUSY;
	else
		barrier->state = DESTROYED;
	latch_unlock(&barrier->latch);
	return error;
}

int heddle_barrier_destroy(struct heddle_barrier *barrier)
{
	is_used(barrier, HERE);
	if (is_destroyed(barrier))
		return tell_refused(barrier, HEDDLE_INVALID, HERE);
	tell(EVENT_barrier_destroy, barrier, HERE);
	int error = destroy(barrier);
	return error ? tell_kept(barrier, error, HERE) : 0;
}

static void change_state(struct heddle_barrier *barrier, enum state state)
{
	barrier->state = state;
	word_add(&barrier->turn, 1);
	word_wake(&barrier->turn, WORD_ALL);
}

/* Wait for any change, without the latch meanwhile. */
static int wait_turn(struct heddle_barrier *barrier, const struct timespec *deadline)
{
	uint32_t turn = word_load(&barrier->turn);
	int error;

	latch_unlock(&barrier->latch);
	error = word_wait(&barrier->turn, turn, deadline);
	latch_lock(&barrier->latch);
	return error;
}

/* The last one has come. 0, or why the barrier is broken now. */
static int act(struct heddle_barrier *barrier)
{
	int error = 0;

	if (barrier->action) {
		barrier->state = ACTING;
		latch_unlock(&barrier->latch);
		error = barrier->action(barrier->argument);
		latch_lock(&barrier->latch);
	}
	/* The action, or another thread, may have reset or aborted it. */
	if (barrier->action && barrier->state != ACTING)
		return error ? error : HEDDLE_BROKEN;
	change_state(barrier, error ? BROKEN : DRAINING);
	return error;
}

static int wait_for_others(struct heddle_barrier *barrier, const struct timespec *deadline)
{
	int error = 0;

	while (barrier->state == FILLING && !error)
		error = wait_turn(barrier, deadline);
	if (barrier->state == FILLING) {
		change_state(barrier, BROKEN);
		return HEDDLE_TIMED_OUT;
	}
	/* All have come in time: what is left is for the action. */
	while (barrier->state == ACTING)
		wait_turn(barrier, NULL);
	return barrier->state == DRAINING ? 0 : HEDDLE_BROKEN;
}

static void leave(struct heddle_barrier *barrier)
{
	barrier->count--;
	if (barrier->count == 0 && (barrier->state == DRAINING || barrier->state == RESETTING))
		change_state(barrier, FILLING);
}

static int come(struct heddle_barrier *barrier, const struct timespec *deadline)
{
	int error;

	while (barrier->state == ACTING || barrier->state == DRAINING ||
	       barrier->state == RESETTING)
		wait_turn(barrier, NULL);
	if (barrier->state != FILLING)
		return barrier->state == BROKEN ? HEDDLE_BROKEN : HEDDLE_INVALID;
	uint32_t index = barrier->count++;
	if (barrier->count == barrier->parties)
		error = act(barrier);
	else
		error = wait_for_others(barrier, deadline);
	leave(barrier);
	if (error)
		return error < 0 ? error : -error;
	return (int)index;
}

/* HEDDLE_TIMED_OUT: the caller has broken it. */
static int wait_slowly(struct heddle_barrier *barrier, const struct timespec *deadline)
{
	blocked_begin();
	latch_lock(&barrier->latch);
	int result = come(barrier, deadline);
	latch_unlock(&barrier->latch);
	blocked_end();
	return result;
}

static int wait_until(struct heddle_barrier *barrier, const struct timespec *deadline,
		      struct native_site at)
{
	struct native_wait wait;

	is_used(barrier, at);
	if (is_destroyed(barrier))
		return tell_refused(barrier, HEDDLE_INVALID, at);
	tell_wait_begin(&wait, deadline ? EVENT_barrier_timedwait_begin : EVENT_barrier_wait_begin,
			barrier, NULL, at);
	int result = wait_slowly(barrier, deadline);
	tell_wait_end(&wait, EVENT_barrier_wait_end, barrier, NULL, result < 0 ? result : 0);
	return result == HEDDLE_TIMED_OUT ? HEDDLE_BROKEN : result;
}

int heddle_barrier_wait(struct heddle_barrier *barrier)
{
	struct timespec deadline;

	return wait_until(barrier, limit_after(&deadline, barrier->timeout_ns), HERE);
}

int heddle_barrier_wait_within(struct heddle_barrier *barrier, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return wait_until(barrier, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_barrier_wait_until(struct heddle_barrier *barrier, const struct timespec *deadline)
{
	return limit_is_deadline(deadline) ? wait_until(barrier, deadline, HERE) : HEDDLE_INVALID;
}

static void reset(struct heddle_barrier *barrier)
{
	if (barrier->count == 0)
		change_state(barrier, FILLING);
	else if (barrier->state != DRAINING)
		change_state(barrier, RESETTING);
}

static int empty(struct heddle_barrier *barrier, bool is_reset, struct native_site at)
{
	is_used(barrier, at);
	if (is_destroyed(barrier))
		return tell_refused(barrier, HEDDLE_INVALID, at);
	tell(EVENT_barrier_break, barrier, at);
	latch_lock(&barrier->latch);
	if (is_reset)
		reset(barrier);
	else
		change_state(barrier, BROKEN);
	latch_unlock(&barrier->latch);
	return 0;
}

int heddle_barrier_reset(struct heddle_barrier *barrier)
{
	return empty(barrier, true, HERE);
}

int heddle_barrier_abort(struct heddle_barrier *barrier)
{
	return empty(barrier, false, HERE);
}

uint32_t heddle_barrier_parties(const struct heddle_barrier *barrier)
{
	return barrier->parties;
}

uint32_t heddle_barrier_waiting(struct heddle_barrier *barrier)
{
	uint32_t waiting;

	latch_lock(&barrier->latch);
	waiting = barrier->state == FILLING ? barrier->count : 0;
	latch_unlock(&barrier->latch);
	return waiting;
}

bool heddle_barrier_broken(struct heddle_barrier *barrier)
{
	latch_lock(&barrier->latch);
	bool is_broken = barrier->state == BROKEN;
	latch_unlock(&barrier->latch);
	return is_broken;
}
