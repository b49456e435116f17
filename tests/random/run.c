/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A release is told before it happens and an acquire after it; who need not wait tells one event,
 * also where it would have waited for some time only.
 */
#include "tests/random/run.h"

#include <errno.h>
#include <string.h>

#define PID 100
#define HANDLE 0x7f000000u
#define ROUTINE 0x4000

/* What an action is told by: at once, before it waits, with a limit, after it, and by an attempt. */
struct telling {
	enum event_type done, begin, timed_begin, end, attempt;
};

static const struct telling lock_tellings[] = {
	[THING_MUTEX] = { EVENT_mutex_lock, EVENT_mutex_lock_begin, EVENT_mutex_timedlock_begin,
			  EVENT_mutex_lock_end, EVENT_mutex_trylock },
	[THING_RECURSIVE] = { EVENT_mutex_lock, EVENT_mutex_lock_begin, EVENT_mutex_timedlock_begin,
			      EVENT_mutex_lock_end, EVENT_mutex_trylock },
	[THING_RWLOCK] = { EVENT_rwlock_wrlock, EVENT_rwlock_wrlock_begin,
			   EVENT_rwlock_timedwrlock_begin, EVENT_rwlock_wrlock_end,
			   EVENT_rwlock_trywrlock },
	[THING_COND] = { EVENT_COUNT, EVENT_cond_wait_begin, EVENT_cond_timedwait_begin,
			 EVENT_cond_wait_end, EVENT_COUNT },
	[THING_SEMAPHORE] = { EVENT_sem_wait, EVENT_sem_wait_begin, EVENT_sem_timedwait_begin,
			      EVENT_sem_wait_end, EVENT_sem_trywait },
};
static const struct telling read_telling = { EVENT_rwlock_rdlock, EVENT_rwlock_rdlock_begin,
					     EVENT_rwlock_timedrdlock_begin,
					     EVENT_rwlock_rdlock_end, EVENT_rwlock_tryrdlock };

static uint64_t handle_of(unsigned thread)
{
	return HANDLE + 0x1000 * thread;
}

static uint64_t address_of(unsigned object)
{
	return RUN_ADDRESS + 0x40 * object;
}

static void tell(struct run *run, unsigned thread, const struct event *what)
{
	struct event event = *what;

	event.pid = PID;
	event.tid = PID + (int32_t)thread;
	event.time_ns = 1000 * ((int64_t)run->events->len + 1);
	g_array_append_val(run->events, event);
}

static void tell_action(struct run *run, unsigned thread, enum event_type type,
			const struct action *action, int64_t value)
{
	const struct thing *thing = &run->record.things[action->object];
	struct event event = { .type = type,
			       .object = address_of(action->object),
			       .value = value,
			       .site = action->site };

	if (action->kind == ACTION_WAIT)
		event.other = address_of(thing->mutex);
	tell(run, thread, &event);
}

static const struct telling *telling_of(const struct run *run, const struct action *action)
{
	return action->is_read ? &read_telling
			       : &lock_tellings[run->record.things[action->object].kind];
}

/* The value with which a wait begins. */
static int64_t kind_value(const struct run *run, const struct action *action)
{
	return run->record.things[action->object].kind == THING_RECURSIVE ? MUTEX_RECURSIVE
									  : MUTEX_NORMAL;
}

static void tell_things(struct run *run)
{
	for (unsigned i = 0; i < run->program->thing_count; i++) {
		const struct thing *thing = &run->program->things[i];
		struct event event = { .type = EVENT_object_name,
				       .object = address_of(i),
				       .text = world_object_name(i) };

		tell(run, 0, &event);
		event.text = NULL;
		event.type = thing->kind == THING_RECURSIVE   ? EVENT_mutex_init
			     : thing->kind == THING_RWLOCK    ? EVENT_rwlock_init
			     : thing->kind == THING_SEMAPHORE ? EVENT_sem_init
							      : EVENT_COUNT;
		event.value = thing->kind == THING_RECURSIVE ? MUTEX_RECURSIVE : thing->count;
		if (event.type != EVENT_COUNT)
			tell(run, 0, &event);
	}
}

static void tell_creation(struct run *run, unsigned creator, unsigned thread)
{
	struct event event = {
		.type = EVENT_thread_create_begin, .object = thread, .value = ROUTINE, .site = 0x400
	};

	tell(run, creator, &event);
	event.type = EVENT_thread_create_end;
	event.other = handle_of(thread);
	event.value = 0;
	tell(run, creator, &event);
	event = (struct event){ .type = EVENT_thread_name,
				.object = handle_of(thread),
				.text = world_thread_name(thread) };
	tell(run, creator, &event);
}

static void tell_thread(struct run *run, unsigned thread, enum event_type type)
{
	struct event event = { .type = type, .object = handle_of(thread) };

	if (type == EVENT_thread_start)
		event = (struct event){
			.type = type, .object = thread, .other = handle_of(thread), .value = ROUTINE
		};
	tell(run, thread, &event);
}

static void tell_join(struct run *run, unsigned thread, enum event_type type,
		      const struct action *action)
{
	struct event event = { .type = type,
			       .object = handle_of(action->object),
			       .site = action->site };

	tell(run, thread, &event);
}

static struct action *present(struct run *run, unsigned thread)
{
	return &run->record.actions[thread][run->record.counts[thread] - 1];
}

/* One step further of the latest action. */
static void proceed(struct run *run, unsigned thread)
{
	if (present(run, thread)->kind == ACTION_TAKE)
		match_take(&run->match, &run->record, thread);
	world_go(&run->world, &run->record, thread);
}

/* The attempt did not succeed: it is not among what the thread did. */
static void fail_step(struct run *run, unsigned thread)
{
	run->threads[thread].has_failed[run->threads[thread].step] = true;
	run->record.counts[thread]--;
}

static void attempt(struct run *run, unsigned thread)
{
	struct action action = *present(run, thread);
	bool succeeds = world_can(&run->world, &run->record, thread);
	int64_t error = action.kind == ACTION_TAKE ? EAGAIN : EBUSY;

	if (succeeds)
		proceed(run, thread);
	else
		fail_step(run, thread);
	tell_action(run, thread, telling_of(run, &action)->attempt, &action, succeeds ? 0 : error);
	run->threads[thread].step++;
}

/* A lock or semaphore, or a condition, which always waits. */
static void request(struct run *run, unsigned thread, enum patience patience)
{
	struct action *action = present(run, thread);
	const struct telling *telling = telling_of(run, action);
	bool is_wait = action->kind == ACTION_WAIT;

	if (!is_wait && world_can(&run->world, &run->record, thread)) {
		/* The trace does not tell that it would have given up. */
		action->is_patient = true;
		proceed(run, thread);
		tell_action(run, thread, telling->done, action, 0);
		run->threads[thread].step++;
		return;
	}
	tell_action(run, thread, patience == PATIENCE_TIMED ? telling->timed_begin : telling->begin,
		    action, is_wait ? 0 : kind_value(run, action));
	if (is_wait)
		proceed(run, thread);
	run->threads[thread].is_pending = true;
}

/* What never waits, and a join. */
static void act(struct run *run, unsigned thread, const struct action *action)
{
	bool is_rwlock = run->record.things[action->object].kind == THING_RWLOCK;

	switch (action->kind) {
	case ACTION_UNLOCK:
		tell_action(run, thread, is_rwlock ? EVENT_rwlock_unlock : EVENT_mutex_unlock,
			    action, 0);
		break;
	case ACTION_SIGNAL:
		match_signal(&run->record, &run->world, thread);
		tell_action(run, thread, EVENT_cond_signal, action, 0);
		break;
	case ACTION_BROADCAST:
		match_signal(&run->record, &run->world, thread);
		tell_action(run, thread, EVENT_cond_broadcast, action, 0);
		break;
	case ACTION_POST:
		match_post(&run->match, &run->record, thread);
		tell_action(run, thread, EVENT_sem_post, action, 0);
		break;
	case ACTION_CREATE:
		tell_creation(run, thread, action->object);
		break;
	default:
		tell_join(run, thread, EVENT_thread_join_begin, action);
		run->threads[thread].is_pending = true;
		return;
	}
	proceed(run, thread);
	run->threads[thread].step++;
}

static void begin_step(struct run *run, unsigned thread)
{
	const struct program_step *step = &run->program->steps[thread][run->threads[thread].step];

	if (step->needs >= 0 && run->threads[thread].has_failed[step->needs]) {
		run->threads[thread].step++;
		return;
	}
	struct action *action = &run->record.actions[thread][run->record.counts[thread]++];
	*action = step->action;
	action->is_patient = step->patience == PATIENCE_ENDLESS;
	if (step->patience == PATIENCE_NONE)
		attempt(run, thread);
	else if (action->kind == ACTION_LOCK || action->kind == ACTION_TAKE ||
		 action->kind == ACTION_WAIT)
		request(run, thread, step->patience);
	else
		act(run, thread, action);
}

static void end_step(struct run *run, unsigned thread)
{
	const struct action *action = present(run, thread);

	proceed(run, thread);
	if (action->kind == ACTION_JOIN)
		tell_join(run, thread, EVENT_thread_join_end, action);
	else
		tell_action(run, thread, telling_of(run, action)->end, action,
			    action->gave_up ? ETIMEDOUT : 0);
	run->threads[thread].is_pending = false;
	run->threads[thread].step++;
}

/* Its time is over. A wait for a condition needs the mutex then. */
static void give_up(struct run *run, unsigned thread)
{
	struct action *action = present(run, thread);

	if (action->kind == ACTION_WAIT) {
		action->gave_up = true;
		world_give_up(&run->world, thread);
		return;
	}
	tell_action(run, thread, telling_of(run, action)->end, action, ETIMEDOUT);
	run->threads[thread].is_pending = false;
	fail_step(run, thread);
	run->threads[thread].step++;
}

static bool may_give_up(const struct run *run, unsigned thread)
{
	const struct program_step *step = &run->program->steps[thread][run->threads[thread].step];

	return run->threads[thread].is_pending && step->patience == PATIENCE_TIMED &&
	       run->world.phases[thread] != PHASE_WOKEN;
}

static void go(struct run *run, unsigned thread)
{
	if (!run->threads[thread].has_begun) {
		run->threads[thread].has_begun = true;
		tell_thread(run, thread, EVENT_thread_start);
	} else if (run->threads[thread].is_pending) {
		if (world_can(&run->world, &run->record, thread))
			end_step(run, thread);
		else
			give_up(run, thread);
	} else if (run->threads[thread].step < run->program->counts[thread]) {
		begin_step(run, thread);
	} else {
		run->record.is_over[thread] = true;
		tell_thread(run, thread, EVENT_thread_exit);
	}
}

/* Threads that can do something now; those who could only give up, now and then. */
static unsigned find_runnable(struct run *run, unsigned *list)
{
	bool is_time = chance_percent(run->chance, 10);
	unsigned count = 0, late = 0, late_list[WORLD_THREADS];

	for (unsigned i = 0; i < run->record.thread_count; i++) {
		if (!(run->world.created >> i & 1) || run->record.is_over[i])
			continue;
		if (!run->threads[i].is_pending || world_can(&run->world, &run->record, i))
			list[count++] = i;
		else if (may_give_up(run, i))
			late_list[late++] = i;
	}
	if ((is_time || !count) && late) {
		memcpy(list, late_list, sizeof(late_list));
		return late;
	}
	return count;
}

void run_init(struct run *run)
{
	memset(run, 0, sizeof(*run));
	run->events = g_array_new(FALSE, FALSE, sizeof(struct event));
}

void run_done(struct run *run)
{
	g_array_unref(run->events);
}

static void start(struct run *run)
{
	const struct program *program = run->program;
	struct event event = {
		.type = EVENT_process_start, .object = handle_of(0), .value = 1, .text = "./program"
	};

	memset(&run->record, 0, sizeof(run->record));
	memset(run->threads, 0, sizeof(run->threads));
	memcpy(run->record.things, program->things, sizeof(program->things));
	memcpy(run->record.creators, program->creators, sizeof(program->creators));
	run->record.thread_count = program->thread_count;
	world_init(&run->world, &run->record);
	match_init(&run->match, &run->record);
	g_array_set_size(run->events, 0);
	run->threads[0].has_begun = true;
	tell(run, 0, &event);
	tell_things(run);
}

static void end(struct run *run)
{
	struct event event = { .type = EVENT_recording_end };

	run->is_hung = false;
	for (unsigned i = 0; i < run->record.thread_count; i++)
		run->is_hung = run->is_hung ||
			       (run->world.created >> i & 1 && !run->record.is_over[i]);
	event.text = run->is_hung ? "timeout" : "exited";
	event.value = run->is_hung ? 9 : 0;
	event.pid = event.tid = 1;
	event.time_ns = 1000 * (int64_t)run->events->len + 1000000000;
	g_array_append_val(run->events, event);
}

void run_make(struct run *run, const struct program *program, struct chance *chance)
{
	unsigned list[WORLD_THREADS], count;

	run->program = program;
	run->chance = chance;
	start(run);
	while ((count = find_runnable(run, list)))
		go(run, list[chance_below(chance, count)]);
	end(run);
}
