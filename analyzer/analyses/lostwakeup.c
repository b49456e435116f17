/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that came when nobody waited, and who missed them. */
#include "analyzer/analyses/lostwakeup.h"

#include <errno.h>
#include <string.h>

#define LOCKS_KEPT 4	   /* that a thread held at a signal, or had released before it */
#define TIMEOUTS_MAX 10000 /* pairs of places; more come from a broken trace */

/* The latest signal of a condition, where nobody waited. */
struct lost_signal {
	const struct thread *thread;
	struct place place;
	int64_t time_ns;
	uint64_t number; /* of its step, 0 none */
	unsigned count;	 /* of those in a row, with no wait in between */
	bool is_waited;	 /* somebody has begun to wait since */
	bool is_broadcast;
	const struct object *held[LOCKS_KEPT], *released[LOCKS_KEPT];
};

/* When a mutex was released, but for waits, as numbers of steps. */
struct releases {
	uint64_t last, before;
};

enum missed_state {
	MISSED_NOTHING,
	MISSED_WAITING,
	MISSED_TIMED_OUT, /* and has the mutex again */
	MISSED_RELEASED	  /* and has released it */
};

struct watched {
	const struct object *released[LOCKS_KEPT]; /* the latest ones */
	unsigned next;				   /* where the next one goes */
	enum missed_state state;
	int64_t returned_ns; /* when its latest wait for a condition ended */
	uint64_t released_number;
	struct lostwakeup_missed missed;
};

/* The release that came in the step before, which may turn out to be part of a wait. */
struct latest_release {
	const struct object *mutex;
	const struct thread *thread;
	struct releases before;
	int64_t since_ns; /* since when it had been held */
	uint64_t number;
};

struct lostwakeup {
	uint64_t number;      /* of the step */
	GPtrArray *signals;   /* by object id: struct lost_signal *, NULL none */
	GArray *releases;     /* by object id: struct releases */
	GPtrArray *watched;   /* by thread id: struct watched *, NULL none */
	GHashTable *timeouts; /* struct lostwakeup_missed *, by its places; of list */
	GPtrArray *list;      /* the same, in the order of the trace */
	struct latest_release latest;
	bool is_summary;
};

static guint hash_missed(gconstpointer key)
{
	const struct lostwakeup_missed *missed = key;

	return (guint)(missed->cond->id * 31 + missed->wait_place.site * 7 +
		       missed->signal_place.site);
}

static gboolean is_same_missed(gconstpointer a, gconstpointer b)
{
	const struct lostwakeup_missed *left = a, *right = b;

	return left->cond == right->cond && left->wait_place.site == right->wait_place.site &&
	       left->signal_place.site == right->signal_place.site &&
	       left->is_race == right->is_race;
}

struct lostwakeup *lostwakeup_new(void)
{
	struct lostwakeup *lost = g_new0(struct lostwakeup, 1);

	lost->signals = g_ptr_array_new_with_free_func(g_free);
	lost->releases = g_array_new(FALSE, TRUE, sizeof(struct releases));
	lost->watched = g_ptr_array_new_with_free_func(g_free);
	lost->timeouts = g_hash_table_new(hash_missed, is_same_missed);
	lost->list = g_ptr_array_new_with_free_func(g_free);
	return lost;
}

void lostwakeup_free(struct lostwakeup *lost)
{
	g_ptr_array_unref(lost->signals);
	g_array_unref(lost->releases);
	g_ptr_array_unref(lost->watched);
	g_hash_table_unref(lost->timeouts);
	g_ptr_array_unref(lost->list);
	g_free(lost);
}

static void *slot(GPtrArray *array, unsigned id, size_t size)
{
	if (id >= array->len)
		g_ptr_array_set_size(array, (gint)id + 1);
	if (!array->pdata[id])
		array->pdata[id] = g_malloc0(size);
	return array->pdata[id];
}

static struct watched *watched_of(struct lostwakeup *lost, const struct thread *thread)
{
	return slot(lost->watched, thread->id, sizeof(struct watched));
}

static struct releases *releases_of(struct lostwakeup *lost, const struct object *mutex)
{
	if (mutex->id >= lost->releases->len)
		g_array_set_size(lost->releases, mutex->id + 1);
	return &g_array_index(lost->releases, struct releases, mutex->id);
}

static bool is_among(const struct object *const *list, const struct object *object)
{
	for (unsigned i = 0; i < LOCKS_KEPT; i++)
		if (list[i] == object)
			return true;
	return false;
}

static void note_signal(struct lostwakeup *lost, const struct step *step)
{
	struct lost_signal *signal = slot(lost->signals, step->object->id, sizeof(*signal));
	unsigned count = 0, in_row = signal->number && !signal->is_waited ? signal->count : 0;

	*signal = (struct lost_signal){ .number = 0 };
	/* With a waiter it is not lost; and who destroyed the condition has not signalled it. */
	if (step->other || step->result)
		return;
	signal->thread = step->thread;
	signal->place = step->place;
	signal->time_ns = step->time_ns;
	signal->number = lost->number;
	signal->count = in_row + 1;
	signal->is_broadcast = step->kind == STEP_BROADCAST;
	for (const struct hold *hold = step->thread->held_last; hold && count < LOCKS_KEPT;
	     hold = hold->previous)
		signal->held[count++] = hold->object;
	memcpy(signal->released, watched_of(lost, step->thread)->released,
	       sizeof(signal->released));
}

static void note_release(struct lostwakeup *lost, const struct step *step)
{
	struct watched *watched = watched_of(lost, step->thread);
	struct releases *releases = releases_of(lost, step->object);

	lost->latest = (struct latest_release){ .mutex = step->object,
						.thread = step->thread,
						.before = *releases,
						.since_ns = step->hold->since_ns,
						.number = lost->number };
	releases->before = releases->last;
	releases->last = lost->number;
	watched->released[watched->next++ % LOCKS_KEPT] = step->object;
	if (watched->state != MISSED_TIMED_OUT || watched->missed.mutex != step->object)
		return;
	watched->state = MISSED_RELEASED;
	watched->released_number = lost->number;
}

/* A wait that ended by its time limit, and the thread did not wait again: the wake-up is lost. */
static void settle(struct lostwakeup *lost, struct watched *watched)
{
	if (watched->state != MISSED_RELEASED)
		return;
	watched->state = MISSED_NOTHING;
	struct lostwakeup_missed *known = g_hash_table_lookup(lost->timeouts, &watched->missed);
	if (known) {
		known->count++;
		return;
	}
	if (lost->list->len == TIMEOUTS_MAX)
		return;
	struct lostwakeup_missed *missed = g_new(struct lostwakeup_missed, 1);
	*missed = watched->missed;
	g_ptr_array_add(lost->list, missed);
	g_hash_table_add(lost->timeouts, missed);
}

/* Has anybody had the mutex since the signal, but who signalled and held it then? */
static bool is_taken_up(struct lostwakeup *lost, const struct lost_signal *signal,
			const struct object *mutex)
{
	const struct releases *releases = releases_of(lost, mutex);

	return (is_among(signal->held, mutex) ? releases->before : releases->last) > signal->number;
}

static bool has_missed(struct lostwakeup *lost, const struct lost_signal *signal,
		       const struct step *step, bool *is_race)
{
	const struct object *mutex = step->wait->mutex;

	if (!signal || !signal->number || signal->thread == step->thread)
		return false;
	*is_race = lost->latest.since_ns <= signal->time_ns;
	if (*is_race)
		return !is_among(signal->released, mutex) && !is_among(signal->held, mutex);
	/* Who waits again has looked; several in a row tell of something that is counted. */
	if (lost->latest.since_ns == watched_of(lost, step->thread)->returned_ns ||
	    signal->count > 1)
		return false;
	return !is_taken_up(lost, signal, mutex);
}

static void begin_wait(struct lostwakeup *lost, const struct step *step)
{
	struct watched *watched = watched_of(lost, step->thread);
	const struct wait *wait = step->wait;
	struct lost_signal *signal = wait->object->id < lost->signals->len
					     ? lost->signals->pdata[wait->object->id]
					     : NULL;
	bool is_race = false;

	/* The step before was the release of the mutex, which is one with the wait. */
	bool is_whole = wait->mutex && lost->latest.mutex == wait->mutex &&
			lost->latest.thread == step->thread &&
			lost->latest.number + 1 == lost->number;
	if (is_whole)
		*releases_of(lost, wait->mutex) = lost->latest.before;
	if (is_whole && watched->state == MISSED_RELEASED &&
	    watched->released_number + 1 == lost->number)
		watched->state = MISSED_NOTHING;
	settle(lost, watched);
	watched->state = MISSED_NOTHING;
	bool is_missed = is_whole && !lost->is_summary && has_missed(lost, signal, step, &is_race);
	if (signal)
		signal->is_waited = true;
	if (!is_missed)
		return;
	watched->state = MISSED_WAITING;
	watched->missed = (struct lostwakeup_missed){ .waiter = step->thread,
						      .signaller = signal->thread,
						      .cond = wait->object,
						      .mutex = wait->mutex,
						      .wait_place = wait->place,
						      .signal_place = signal->place,
						      .since_ns = wait->since_ns,
						      .signal_ns = signal->time_ns,
						      .is_broadcast = signal->is_broadcast,
						      .is_race = is_race,
						      .count = 1 };
}

static void end_wait(struct lostwakeup *lost, const struct step *step)
{
	struct watched *watched = watched_of(lost, step->thread);
	bool is_timeout = step->result == ETIMEDOUT && !step->wait->is_woken;

	watched->returned_ns = step->time_ns;
	if (watched->state != MISSED_WAITING || watched->missed.cond != step->wait->object)
		return;
	watched->state = is_timeout ? MISSED_TIMED_OUT : MISSED_NOTHING;
	watched->missed.ended_ns = step->time_ns;
}

void lostwakeup_step(struct lostwakeup *lost, const struct step *step)
{
	lost->number++;
	switch (step->kind) {
	case STEP_SUMMARY:
		lost->is_summary = true;
		break;
	case STEP_RELEASE:
		if (step->object->kind == OBJECT_MUTEX)
			note_release(lost, step);
		break;
	case STEP_SIGNAL:
	case STEP_BROADCAST:
		if (step->object->kind == OBJECT_COND)
			note_signal(lost, step);
		break;
	case STEP_WAIT_BEGIN:
		if (step->wait->kind == WAIT_COND)
			begin_wait(lost, step);
		break;
	case STEP_WAIT_END:
		if (step->wait->kind == WAIT_COND)
			end_wait(lost, step);
		break;
	default:
		break;
	}
}

const struct lostwakeup_missed *lostwakeup_of(const struct lostwakeup *lost,
					      const struct thread *thread)
{
	const struct watched *watched =
		thread->id < lost->watched->len ? lost->watched->pdata[thread->id] : NULL;

	if (!watched || watched->state != MISSED_WAITING || thread->wait.is_woken ||
	    thread->wait.object != watched->missed.cond)
		return NULL;
	return &watched->missed;
}

void lostwakeup_report_timeouts(struct lostwakeup *lost, const struct wording *wording)
{
	for (guint i = 0; i < lost->watched->len; i++)
		if (lost->watched->pdata[i])
			settle(lost, lost->watched->pdata[i]);
	for (guint i = 0; i < lost->list->len; i++)
		lostwakeup_tell_timeout(wording, lost->list->pdata[i]);
}
