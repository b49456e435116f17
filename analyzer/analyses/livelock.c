/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that hold a lock each, try to get another one's, fail, and begin anew, so that none gets on.
 *
 * A thread's streak is its failed attempts (try, or with a time limit) at one lock, each made while it
 * held another one. It is over when the thread gets that lock, or does anything that shows that it
 * gets on: takes a lock that it did not hold at these attempts, signals, posts, waits for something
 * else, makes or joins a thread. A round is a failed attempt since whose predecessor the holder has
 * failed as well, which one who works while he holds the lock does not. A ring of streaks, each at
 * a lock of the next thread's, is a livelock from LIVELOCK_ROUNDS rounds of each and LIVELOCK_NS on.
 *
 * Of a summary (STEP_SUMMARY) it is not known who got on.
 */
#include "analyzer/analyses/livelock.h"

#include <errno.h>

#include "analyzer/analysis.h"

struct livelock {
	GPtrArray *streaks; /* by thread id, NULL none. Owned by this */
	GPtrArray *rings;   /* struct livelock_ring *, in order of appearance. Owned by this */
	uint64_t failures;  /* of all, counted */
	bool is_summary;
};

static void *start(void)
{
	struct livelock *self = g_new0(struct livelock, 1);

	self->streaks = g_ptr_array_new_with_free_func(g_free);
	self->rings = g_ptr_array_new_with_free_func(g_free);
	return self;
}

static struct livelock_streak *find_streak(const struct livelock *self, const struct thread *thread)
{
	return thread->id < self->streaks->len ? g_ptr_array_index(self->streaks, thread->id)
					       : NULL;
}

static struct livelock_streak *make_streak(struct livelock *self, const struct thread *thread)
{
	if (thread->id >= self->streaks->len)
		g_ptr_array_set_size(self->streaks, (gint)thread->id + 1);
	if (!self->streaks->pdata[thread->id])
		self->streaks->pdata[thread->id] = g_new0(struct livelock_streak, 1);
	return self->streaks->pdata[thread->id];
}

/* What the members of ring have come to; thread: who got on, or NULL. All begin anew. */
static void close_ring(struct livelock *self, struct livelock_ring *ring,
		       const struct thread *thread, int64_t time_ns)
{
	ring->ended_by = thread;
	ring->end_ns = time_ns;
	ring->is_open = false;
	for (unsigned i = 0; i < ring->count; i++) {
		struct livelock_streak *streak = find_streak(self, ring->members[i].thread);

		ring->members[i].streak = *streak;
		*streak = (struct livelock_streak){ .target = NULL };
	}
}

static void get_on(struct livelock *self, const struct step *step)
{
	struct livelock_streak *streak = find_streak(self, step->thread);

	if (!streak || !streak->target)
		return;
	if (streak->ring)
		close_ring(self, streak->ring, step->kind == STEP_THREAD_EXIT ? NULL : step->thread,
			   step->time_ns);
	*streak = (struct livelock_streak){ .target = NULL };
}

static const struct livelock_hold *find_hold(const struct livelock_streak *streak,
					     const struct object *object)
{
	for (unsigned i = 0; i < streak->hold_count; i++)
		if (streak->holds[i].object == object)
			return &streak->holds[i];
	return NULL;
}

static void note_holds(struct livelock_streak *streak, const struct thread *thread)
{
	for (const struct hold *hold = thread->held; hold; hold = hold->next) {
		struct livelock_hold *known =
			(struct livelock_hold *)find_hold(streak, hold->object);

		if (!known && streak->hold_count < LIVELOCK_HOLDS)
			known = &streak->holds[streak->hold_count++];
		if (known)
			*known =
				(struct livelock_hold){ hold->object, hold->place, hold->since_ns };
	}
}

/* The ring of streaks that thread is in, each long enough; its length, or 0. */
static unsigned find_ring(const struct livelock *self, const struct thread *thread,
			  const struct thread **members, int64_t *start_ns)
{
	const struct thread *at = thread;
	unsigned count = 0;

	do {
		const struct livelock_streak *streak = find_streak(self, at);

		if (count == LIVELOCK_MEMBERS || !streak || !streak->target || streak->ring ||
		    streak->rounds < LIVELOCK_ROUNDS)
			return 0;
		*start_ns = count ? MAX(*start_ns, streak->start_ns) : streak->start_ns;
		members[count++] = at;
		at = streak->holder;
	} while (at != thread);
	return count;
}

static void open_ring(struct livelock *self, const struct thread *thread, int64_t time_ns)
{
	const struct thread *members[LIVELOCK_MEMBERS];
	int64_t start_ns = time_ns;
	unsigned count = find_ring(self, thread, members, &start_ns);

	if (count < 2 || elapsed_ns(start_ns, time_ns) < LIVELOCK_NS ||
	    self->rings->len == LIVELOCK_RINGS)
		return;
	struct livelock_ring *ring = g_new0(struct livelock_ring, 1);
	ring->count = count;
	ring->start_ns = start_ns;
	ring->is_open = true;
	for (unsigned i = 0; i < count; i++) {
		ring->members[i].thread = members[i];
		find_streak(self, members[i])->ring = ring;
	}
	g_ptr_array_add(self->rings, ring);
}

/* thread, which holds something, has not got what another one holds. */
static void fail_once(struct livelock *self, const struct step *step)
{
	const struct hold *holder = step->object->holder;

	if (!step->thread->held || !holder || holder->thread == step->thread)
		return;
	struct livelock_streak *streak = make_streak(self, step->thread);
	const struct livelock_streak *other = find_streak(self, holder->thread);
	if (streak->target != step->object)
		get_on(self, step);
	if (!streak->target)
		*streak = (struct livelock_streak){ .target = step->object,
						    .start_ns = step->time_ns };
	else if (other && other->target && other->number > streak->number)
		streak->rounds++;
	streak->holder = holder->thread;
	streak->place = step->kind == STEP_REQUEST_FAILED ? step->wait->place : step->place;
	streak->is_read = step->is_read;
	streak->latest_ns = step->time_ns;
	streak->failures++;
	streak->number = ++self->failures;
	note_holds(streak, step->thread);
	if (!streak->ring && streak->rounds >= LIVELOCK_ROUNDS)
		open_ring(self, step->thread, step->time_ns);
}

static void acquire(struct livelock *self, const struct step *step)
{
	const struct livelock_streak *streak = find_streak(self, step->thread);

	if (!streak || !streak->target)
		return;
	if (step->object == streak->target || !find_hold(streak, step->object))
		get_on(self, step);
}

static void close_all(struct livelock *self)
{
	for (guint i = 0; i < self->rings->len; i++) {
		struct livelock_ring *ring = g_ptr_array_index(self->rings, i);
		int64_t latest_ns = ring->start_ns;

		for (unsigned j = 0; j < ring->count && ring->is_open; j++)
			latest_ns = MAX(latest_ns,
					find_streak(self, ring->members[j].thread)->latest_ns);
		if (ring->is_open)
			close_ring(self, ring, NULL, latest_ns);
	}
}

static void step(void *context, const struct step *step)
{
	struct livelock *self = context;

	if (self->is_summary)
		return;
	switch (step->kind) {
	case STEP_SUMMARY:
		close_all(self);
		self->is_summary = true;
		break;
	case STEP_TRY_FAILED:
		if (step->result == EBUSY)
			fail_once(self, step);
		break;
	case STEP_REQUEST_FAILED:
		if (step->result == ETIMEDOUT)
			fail_once(self, step);
		break;
	case STEP_ACQUIRE:
		acquire(self, step);
		break;
	case STEP_SIGNAL:
	case STEP_BROADCAST:
	case STEP_TAKE:
	case STEP_WAIT_BEGIN:
	case STEP_JOIN_BEGIN:
	case STEP_THREAD_CREATE:
	case STEP_THREAD_EXIT:
	case STEP_FORK:
		get_on(self, step);
		break;
	default:
		break;
	}
}

static void finish(void *context, const struct model *model, struct names *names,
		   struct report *report)
{
	struct livelock *self = context;
	const struct wording wording = { .model = model, .names = names, .report = report };

	close_all(self);
	for (guint i = 0; i < self->rings->len; i++)
		livelock_report(&wording, g_ptr_array_index(self->rings, i));
	g_ptr_array_unref(self->streaks);
	g_ptr_array_unref(self->rings);
	g_free(self);
}

const struct analysis analysis_livelock = {
	.name = "livelock",
	.summary = "threads that keep failing to get each other's locks",
	.start = start,
	.step = step,
	.finish = finish,
};
