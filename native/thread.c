/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a thread: start, end, join. libc's thread is joined by one of those who join ours, who
 * has claimed it (see enum thread_phase); where nobody has when it ends, it detaches itself.
 */
#include "native/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "native/blocked.h"
#include "native/limit.h"
#include "native/local.h"
#include "native/registry.h"
#include "native/watch.h"

int thread_init(struct heddle_thread *thread, const char *name, const char *kind, uint32_t *last)
{
	char numbered[HEDDLE_THREAD_NAME_SIZE];

	watch_new(thread, sizeof(*thread));
	*thread = (struct heddle_thread){ .is_daemon = heddle_thread_current()->is_daemon };
	if (!name)
		snprintf(numbered, sizeof(numbered), "%s-%u", kind, word_add(last, 1) + 1);
	registry_set_name(thread, name ? name : numbered);
	return 0;
}

static uint32_t last_number;

int heddle_thread_init(struct heddle_thread *thread, const char *name,
		       heddle_thread_function *function, void *argument)
{
	if (!function)
		return HEDDLE_INVALID;
	thread_init(thread, name, "Thread", &last_number);
	thread->function = function;
	thread->argument = argument;
	return 0;
}

int heddle_thread_init_run(struct heddle_thread *thread, const char *name, heddle_thread_run *run)
{
	if (!run)
		return HEDDLE_INVALID;
	thread_init(thread, name, "Thread", &last_number);
	thread->run = run;
	return 0;
}

/*
 * Those who tell of a join name libc's thread, which must be there meanwhile: so who ends it waits for
 * them. They look at the phase after they have counted themselves.
 */
static void wait_for_tellers(struct heddle_thread *thread)
{
	uint32_t tellers;

	while ((tellers = word_load(&thread->tellers)))
		word_wait(&thread->tellers, tellers, NULL);
}

static void detach_self(void)
{
	if (tell_is_on())
		tell_recorder->detach(pthread_self());
	else
		pthread_detach(pthread_self());
}

/* The last that is done of a thread. Also where it was left by pthread_exit() or cancelled. */
static void finish(void *context)
{
	struct heddle_thread *thread = context;

	local_leave();
	registry_remove(thread);
	if (tell_is_on())
		tell_recorder->exit(NOWHERE);
	watch_released(thread);
	blocked_self = NULL;
	if (word_change(&thread->phase, PHASE_RUNNING, PHASE_LEAVING)) {
		wait_for_tellers(thread);
		detach_self();
		/* From then on the struct may be another one's. */
		word_swap(&thread->phase, PHASE_JOINED);
	} else {
		word_swap(&thread->phase, PHASE_OVER);
	}
	word_wake(&thread->phase, WORD_ALL);
}

static void begin(struct heddle_thread *thread)
{
	registry_enter(thread);
	prctl(PR_SET_NAME, thread->name);
	thread_tell_name(thread);
	word_swap(&thread->phase, PHASE_RUNNING);
	word_wake(&thread->phase, WORD_ALL);
}

static void *run(void *context)
{
	struct heddle_thread *thread = context;

	begin(thread);
	thread->status = HEDDLE_CANCELLED;
	pthread_cleanup_push(finish, thread);
	thread->status = thread->run ? thread->run(thread) : thread->function(thread->argument);
	if (thread->status < 0)
		thread_failure_hook()(thread, thread->status);
	pthread_cleanup_pop(1);
	return NULL;
}

static int create_libc(struct heddle_thread *thread, const pthread_attr_t *attributes,
		       struct native_site at)
{
	unsigned flags = thread->is_daemon ? THREAD_FLAG_DAEMON : 0;
	pthread_t handle;

	if (tell_is_on())
		return tell_recorder->create(&handle, attributes, run, thread, flags,
					     &thread->number, at);
	return pthread_create(&handle, attributes, run, thread);
}

static int create(struct heddle_thread *thread, struct native_site at)
{
	size_t size = heddle_thread_stack_size();
	pthread_attr_t attributes;
	int result;

	if (pthread_attr_init(&attributes) != 0)
		return HEDDLE_NO_THREAD;
	if (size)
		pthread_attr_setstacksize(&attributes, size);
	result = create_libc(thread, &attributes, at);
	pthread_attr_destroy(&attributes);
	return result == 0 ? 0 : HEDDLE_NO_THREAD;
}

int thread_start(struct heddle_thread *thread, struct native_site at)
{
	if (thread->kind != KIND_STARTED || !word_change(&thread->phase, PHASE_NEW, PHASE_STARTING))
		return HEDDLE_STARTED;
	registry_expect_end();
	registry_add(thread);
	int error = create(thread, at);
	if (error) {
		registry_remove(thread);
		word_swap(&thread->phase, PHASE_NEW);
		return error;
	}
	while (word_load(&thread->phase) == PHASE_STARTING)
		word_wait(&thread->phase, PHASE_STARTING, NULL);
	return 0;
}

int heddle_thread_start(struct heddle_thread *thread)
{
	return thread_start(thread, HERE);
}

/* libc's thread has nothing left to do but to end. */
static void join_libc(struct heddle_thread *thread)
{
	pthread_t handle = (pthread_t)heddle_thread_ident(thread);
	int state;

	wait_for_tellers(thread);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (tell_is_on())
		tell_recorder->join(handle, NULL);
	else
		pthread_join(handle, NULL);
	pthread_setcancelstate(state, NULL);
	word_swap(&thread->phase, PHASE_JOINED);
	word_wake(&thread->phase, WORD_ALL);
}

/* The claim of one whose time is over. False: it is too late, the thread is over. */
static bool give_up(struct heddle_thread *thread, bool has_claimed)
{
	if (!has_claimed)
		return true;
	if (!word_change(&thread->phase, PHASE_CLAIMED, PHASE_RUNNING))
		return false;
	word_wake(&thread->phase, WORD_ALL);
	return true;
}

/* It is over but for a moment, whatever the time. */
static bool is_late(uint32_t phase)
{
	return phase == PHASE_OVER || phase == PHASE_LEAVING;
}

static int wait_for(struct heddle_thread *thread, const struct timespec *deadline)
{
	bool has_claimed = false;

	for (;;) {
		uint32_t phase = word_load(&thread->phase);

		if (phase == PHASE_JOINED)
			return 0;
		if (phase == PHASE_OVER && has_claimed) {
			join_libc(thread);
			return 0;
		}
		if (phase == PHASE_RUNNING && thread->kind == KIND_STARTED) {
			has_claimed = word_change(&thread->phase, PHASE_RUNNING, PHASE_CLAIMED);
			continue;
		}
		if (word_wait(&thread->phase, phase, is_late(phase) ? NULL : deadline) &&
		    give_up(thread, has_claimed))
			return HEDDLE_TIMED_OUT;
	}
}

static int check_join(const struct heddle_thread *thread)
{
	uint32_t phase = word_load(&thread->phase);

	if (thread->kind == KIND_FOREIGN)
		return HEDDLE_INVALID;
	if (phase == PHASE_NEW || phase == PHASE_STARTING)
		return HEDDLE_NOT_STARTED;
	return thread == blocked_self ? HEDDLE_SELF : 0;
}

static int wait_blocked(struct heddle_thread *thread, const struct timespec *deadline)
{
	int error;

	blocked_begin();
	error = wait_for(thread, deadline);
	blocked_end();
	if (!error)
		watch_acquired(thread);
	return error;
}

/* False: it is over, and nothing is told of the join. */
static bool tell_join(struct native_wait *wait, struct heddle_thread *thread, bool is_timed,
		      struct native_site at)
{
	word_add(&thread->tellers, 1);
	uint32_t phase = word_load(&thread->phase);
	bool is_told = phase == PHASE_RUNNING || phase == PHASE_CLAIMED;
	if (is_told)
		tell_wait_begin(wait,
				is_timed ? EVENT_thread_timedjoin_begin : EVENT_thread_join_begin,
				(void *)(uintptr_t)heddle_thread_ident(thread), NULL, at);
	word_add(&thread->tellers, (uint32_t)-1);
	word_wake(&thread->tellers, WORD_ALL);
	return is_told;
}

static int join_ended(struct heddle_thread *thread, struct native_site at)
{
	uint64_t number = thread->number;
	int error = wait_blocked(thread, NULL);

	if (!error && number)
		tell(EVENT_thread_joined, (void *)(uintptr_t)number, at);
	return error;
}

static int join(struct heddle_thread *thread, const struct timespec *deadline,
		struct native_site at)
{
	struct native_wait wait;

	if (!tell_is_on())
		return wait_blocked(thread, deadline);
	if (!tell_join(&wait, thread, deadline != NULL, at))
		return join_ended(thread, at);
	void *handle = (void *)(uintptr_t)heddle_thread_ident(thread);
	int error = wait_blocked(thread, deadline);
	tell_wait_end(&wait, EVENT_thread_join_end, handle, NULL, error);
	return error;
}

void thread_join_pinned(struct heddle_thread *thread)
{
	join(thread, NULL, NOWHERE);
}

static int join_checked(struct heddle_thread *thread, const struct timespec *deadline,
			struct native_site at)
{
	int error = check_join(thread);
	uint32_t pins;

	if (error)
		return error;
	error = join(thread, deadline, at);
	if (error)
		return error;
	while ((pins = word_load(&thread->pins)))
		word_wait(&thread->pins, pins, NULL);
	return 0;
}

int heddle_thread_join(struct heddle_thread *thread)
{
	return join_checked(thread, NULL, HERE);
}

int heddle_thread_join_within(struct heddle_thread *thread, int64_t timeout_ns)
{
	struct timespec deadline;

	if (!limit_is_ns(timeout_ns))
		return HEDDLE_INVALID;
	return join_checked(thread, limit_after(&deadline, timeout_ns), HERE);
}

int heddle_thread_join_until(struct heddle_thread *thread, const struct timespec *deadline)
{
	return limit_is_deadline(deadline) ? join_checked(thread, deadline, HERE) : HEDDLE_INVALID;
}
