/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where threads waited and for whom: by object, by thread, by pair of threads. */
#include "analyzer/analyses/contention.h"

#include <pthread.h>

static const struct place nowhere;

static void *start(void)
{
	struct contention_state *state = g_new0(struct contention_state, 1);

	blame_book_init(&state->book);
	return state;
}

static void grow(struct contention_state *state, unsigned id)
{
	unsigned count = MAX(id + 1, state->lock_count * 2);

	state->locks = g_renew(struct lock_stats, state->locks, count);
	memset(state->locks + state->lock_count, 0,
	       (count - state->lock_count) * sizeof(*state->locks));
	state->lock_count = count;
}

/* The result moves when a new object comes. */
static inline struct lock_stats *stats_of(struct contention_state *state,
					  const struct object *object)
{
	if (object->id >= state->lock_count)
		grow(state, object->id);
	return &state->locks[object->id];
}

static struct wait_stats *waits_of(struct lock_stats *stats)
{
	if (!stats->waits)
		stats->waits = g_new0(struct wait_stats, 1);
	return stats->waits;
}

static struct lock_stats *readers_of(struct lock_stats *stats)
{
	struct wait_stats *waits = waits_of(stats);

	if (!waits->read)
		waits->read = g_new0(struct lock_stats, 1);
	return waits->read;
}

/* Readers of an rwlock are counted apart from its writers. */
static inline struct lock_stats *stats_in_mode(struct contention_state *state,
					       const struct object *object, bool is_read)
{
	struct lock_stats *stats = stats_of(state, object);

	return is_read ? readers_of(stats) : stats;
}

static struct thread_stats *thread_of(struct contention_state *state, const struct thread *thread)
{
	if (thread->id >= state->thread_count) {
		unsigned count = MAX(thread->id + 1, state->thread_count * 2);
		state->threads = g_renew(struct thread_stats, state->threads, count);
		memset(state->threads + state->thread_count, 0,
		       (count - state->thread_count) * sizeof(*state->threads));
		state->thread_count = count;
	}
	return &state->threads[thread->id];
}

static void add_blocked(struct contention_state *state, const struct thread *thread,
			enum blocked_kind kind, int64_t ns)
{
	int64_t *sum = &thread_of(state, thread)->blocked_ns[kind];

	*sum = report_sum_ns(*sum, ns);
}

static uint64_t first_needed(struct contention_state *state, const struct object *object)
{
	uint64_t turn = UINT64_MAX;

	if (object->waiters)
		begun_find(&thread_of(state, object->waiters)->begun, object->id, &turn);
	return turn;
}

/* Who has the lock now; thread where the model does not tell. */
static void add_turn(struct contention_state *state, const struct object *object,
		     const struct thread *thread, int64_t time_ns)
{
	struct wait_stats *waits = stats_of(state, object)->waits;
	const struct hold *hold = object->holder;

	/* Readers let each other in, as long as no writer waits. */
	if (!waits || (hold && hold->is_read && !waits->writers))
		return;
	struct turn turn = blame_book_turn(&state->book, hold ? hold->thread : thread,
					   hold ? hold->place : nowhere, time_ns);
	turns_add(&waits->turns, &turn,
		  turns_are_full(&waits->turns) ? first_needed(state, object) : 0);
}

/* Who makes others wait for object, or NULL: one who has released it just now, if nobody else. */
static const struct thread *holder_of(const struct contention_state *state,
				      const struct object *object)
{
	if (object->holder)
		return object->holder->thread;
	return state->is_summary ? NULL : object->last_holder;
}

static void begin_lock_wait(struct contention_state *state, const struct step *step)
{
	const struct object *object = step->object;
	struct wait_stats *waits = waits_of(stats_of(state, object));
	const struct thread *holder = holder_of(state, object);
	uint32_t nobody = state->is_summary ? BLAME_UNTOLD : BLAME_NOBODY;

	/* Every pthread_once() that is not done says that it may wait. */
	if (object->kind == OBJECT_ONCE && !object->holder)
		return;
	if (object->waiters == step->thread && !step->thread->next_waiter) {
		struct turn turn = blame_book_turn(&state->book, holder,
						   object->holder ? object->holder->place : nowhere,
						   step->time_ns);
		if (!holder)
			turn.thread = nobody;
		turns_reset(&waits->turns);
		turns_add(&waits->turns, &turn, UINT64_MAX);
	}
	if (!step->thread->wait.is_read && waits->writers++ == 0 && holder)
		add_turn(state, object, holder, step->time_ns);
	begun_add(&thread_of(state, step->thread)->begun, object->id, turns_present(&waits->turns));
	waits_of(stats_in_mode(state, object, step->thread->wait.is_read))->contended++;
}

static void end_lock_wait(struct contention_state *state, const struct thread *thread,
			  const struct wait *wait, int64_t until_ns)
{
	struct lock_stats *stats = stats_of(state, wait->object);
	struct begun *begun = &thread_of(state, thread)->begun;
	struct blame_key key = { .waiter = thread->id,
				 .object = wait->object->id,
				 .is_read = wait->is_read };
	int64_t ns = elapsed_ns(wait->since_ns, until_ns);
	uint64_t turn;

	if (!begun_find(begun, wait->object->id, &turn))
		return;
	begun_end(begun, wait->object->id);
	waits_of(stats)->writers -= !wait->is_read && waits_of(stats)->writers;
	histogram_add(&waits_of(wait->is_read ? readers_of(stats) : stats)->wait, ns);
	add_blocked(state, thread, BLOCKED_LOCK, ns);
	blame_book_shared(&state->book, key, wait, until_ns, &waits_of(stats)->turns, turn);
}

static enum blocked_kind kind_of(const struct wait *wait)
{
	static const enum blocked_kind kinds[WAIT_KIND_COUNT] = {
		[WAIT_COND] = BLOCKED_CONDITION,
		[WAIT_SEMAPHORE] = BLOCKED_SEMAPHORE,
		[WAIT_BARRIER] = BLOCKED_BARRIER,
		[WAIT_FUTEX] = BLOCKED_LOCK,
	};
	bool is_event = wait->object->native == NATIVE_EVENT ||
			wait->object->native == NATIVE_TIMER;

	return is_event ? BLOCKED_EVENT : kinds[wait->kind];
}

/* In a condition, semaphore, barrier or futex: somebody ends it, nobody holds anything. */
static void end_event_wait(struct contention_state *state, const struct thread *thread,
			   const struct wait *wait, int64_t until_ns)
{
	struct wait_stats *waits = waits_of(stats_of(state, wait->object));
	struct blame_key key = { .waiter = thread->id, .object = wait->object->id };

	/* The last to arrive waits for nobody, and for the others it is over then. */
	if (wait->kind == WAIT_BARRIER && wait->is_woken) {
		if (wait->waker == thread)
			return;
		until_ns = MIN(until_ns, wait->woken_ns);
	}
	int64_t ns = elapsed_ns(wait->since_ns, until_ns);
	waits->contended++;
	histogram_add(&waits->wait, ns);
	add_blocked(state, thread, kind_of(wait), ns);
	blame_book_single(&state->book, key, wait, wait->waker, ns);
}

static void end_call(struct contention_state *state, const struct thread *thread,
		     const struct wait *wait, int64_t until_ns)
{
	add_blocked(state, thread, wait->kind == WAIT_SLEEP ? BLOCKED_SLEEP : BLOCKED_IO,
		    elapsed_ns(wait->since_ns, until_ns));
}

static void end_join(struct contention_state *state, const struct thread *thread,
		     const struct wait *wait, int64_t until_ns)
{
	struct blame_key key = { .waiter = thread->id, .object = BLAME_JOIN };
	int64_t ns = elapsed_ns(wait->since_ns, until_ns);

	add_blocked(state, thread, BLOCKED_JOIN, ns);
	if (wait->target)
		blame_book_single(&state->book, key, wait, wait->target, ns);
}

static void end_hold(struct lock_stats *stats, const struct hold *hold, int64_t until_ns)
{
	int64_t ns = elapsed_ns(hold->since_ns, until_ns);

	stats->ended_hold_ns = ns == INT64_MAX ? ns : ns + 1;
}

/* A release may turn out to have failed; so the hold counts with the next step of the lock. */
static inline void count_hold(struct lock_stats *stats)
{
	if (stats->ended_hold_ns)
		histogram_add(&stats->hold, stats->ended_hold_ns - 1);
	stats->ended_hold_ns = 0;
}

static void acquire(struct contention_state *state, const struct step *step)
{
	struct lock_stats *stats = stats_in_mode(state, step->object, step->hold->is_read);

	count_hold(stats);
	stats->acquisitions++;
	if (step->wait)
		end_lock_wait(state, step->thread, step->wait, step->time_ns);
	if (step->object->waiters)
		add_turn(state, step->object, step->thread, step->time_ns);
}

static void release(struct contention_state *state, const struct step *step)
{
	struct lock_stats *stats = stats_in_mode(state, step->object, step->hold->is_read);

	count_hold(stats);
	end_hold(stats, step->hold, step->time_ns);
	/* Other readers go on. */
	if (step->hold->is_read && step->object->holder && step->object->waiters)
		add_turn(state, step->object, step->thread, step->time_ns);
}

static void add_tally(struct contention_state *state, const struct step *step)
{
	struct lock_stats *stats = stats_in_mode(state, step->object, step->is_read);

	if (__builtin_add_overflow(stats->acquisitions, step->count, &stats->acquisitions))
		stats->acquisitions = UINT64_MAX;
	if (step->result >= 0)
		contention_tally_holds(&stats->hold, step->result, step->count);
}

static void end_wait(struct contention_state *state, const struct step *step)
{
	bool has_waited = step->result == 0 || step->result == PTHREAD_BARRIER_SERIAL_THREAD ||
			  step->result == EOWNERDEAD || step->result == ETIMEDOUT ||
			  step->result == ECANCELED || step->result == EINTR ||
			  (step->result == EPIPE && step->wait->is_woken);

	if (!has_waited)
		return;
	/* What a semaphore was taken for comes as a step of its own. */
	if (step->wait->kind != WAIT_SEMAPHORE)
		stats_of(state, step->object)->acquisitions++;
	end_event_wait(state, step->thread, step->wait, step->time_ns);
}

static void step(void *self, const struct step *step)
{
	struct contention_state *state = self;

	switch (step->kind) {
	case STEP_ACQUIRE:
		acquire(state, step);
		break;
	case STEP_RELEASE:
		release(state, step);
		break;
	case STEP_RELEASE_UNDONE:
		stats_in_mode(state, step->object, step->hold->is_read)->ended_hold_ns = 0;
		break;
	case STEP_REQUEST:
		begin_lock_wait(state, step);
		break;
	case STEP_REACQUIRE:
		if (step->wait)
			end_lock_wait(state, step->thread, step->wait, step->time_ns);
		break;
	case STEP_REQUEST_FAILED:
		end_lock_wait(state, step->thread, step->wait, step->time_ns);
		break;
	case STEP_WAIT_END:
		end_wait(state, step);
		break;
	case STEP_TALLY:
		add_tally(state, step);
		break;
	case STEP_SUMMARY:
		state->is_summary = true;
		break;
	case STEP_TAKE:
		stats_of(state, step->object)->acquisitions++;
		break;
	case STEP_CALL_END:
		end_call(state, step->thread, step->wait, step->time_ns);
		break;
	case STEP_JOIN_END:
		if (step->wait)
			end_join(state, step->thread, step->wait, step->time_ns);
		break;
	default:
		break;
	}
}

/* Nobody ended it: it lasted until its thread's end. */
static void end_unfinished_wait(struct contention_state *state, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	switch (wait->kind) {
	case WAIT_LOCK:
		end_lock_wait(state, thread, wait, thread->end_ns);
		break;
	case WAIT_JOIN:
		end_join(state, thread, wait, thread->end_ns);
		break;
	case WAIT_IO:
	case WAIT_SLEEP:
		end_call(state, thread, wait, thread->end_ns);
		break;
	case WAIT_NONE:
	case WAIT_KIND_COUNT:
		break;
	default:
		end_event_wait(state, thread, wait, thread->end_ns);
		break;
	}
}

static void end_unfinished(struct contention_state *state, const struct process *process)
{
	for (unsigned i = 0; i < process->threads->len; i++) {
		const struct thread *thread = process->threads->pdata[i];

		end_unfinished_wait(state, thread);
		for (const struct hold *hold = thread->held; hold; hold = hold->next) {
			struct lock_stats *stats =
				stats_in_mode(state, hold->object, hold->is_read);
			count_hold(stats);
			end_hold(stats, hold, thread->end_ns);
		}
	}
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct contention_state *state = self;
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = 0; i < processes->len; i++)
		end_unfinished(state, processes->pdata[i]);
	for (unsigned i = 0; i < state->lock_count; i++) {
		struct lock_stats *stats = &state->locks[i];

		count_hold(stats);
		if (stats->waits && stats->waits->read)
			count_hold(stats->waits->read);
	}
	contention_report(state, model, names, report);
	contention_free(state);
}

const struct analysis analysis_contention = {
	.name = "contention",
	.summary = "where threads waited, how long, and for whom",
	.start = start,
	.step = step,
	.finish = finish,
};
