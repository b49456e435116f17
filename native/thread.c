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

#define STACK_SIZE_MIN 32768

static heddle_thread_failure_hook *failure_hook = heddle_thread_failed;
static size_t stack_size;

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

/* The last that is done of a thread. Also where it was left by pthread_exit() or cancelled. */
static void finish(void *context)
{
	struct heddle_thread *thread = context;

	local_leave();
	registry_remove(thread);
	watch_released(thread);
	/* From then on the struct may be another one's. */
	if (word_change(&thread->phase, PHASE_RUNNING, PHASE_JOINED))
		pthread_detach(pthread_self());
	else
		word_swap(&thread->phase, PHASE_OVER);
	word_wake(&thread->phase, WORD_ALL);
	blocked_self = NULL;
}

static void begin(struct heddle_thread *thread)
{
	registry_enter(thread);
	prctl(PR_SET_NAME, thread->name);
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
		__atomic_load_n(&failure_hook, __ATOMIC_SEQ_CST)(thread, thread->status);
	pthread_cleanup_pop(1);
	return NULL;
}

static int create(struct heddle_thread *thread)
{
	size_t size = __atomic_load_n(&stack_size, __ATOMIC_SEQ_CST);
	pthread_attr_t attributes;
	pthread_t handle;
	int result;

	if (pthread_attr_init(&attributes) != 0)
		return HEDDLE_NO_THREAD;
	if (size)
		pthread_attr_setstacksize(&attributes, size);
	result = pthread_create(&handle, &attributes, run, thread);
	pthread_attr_destroy(&attributes);
	return result == 0 ? 0 : HEDDLE_NO_THREAD;
}

int heddle_thread_start(struct heddle_thread *thread)
{
	if (thread->kind != KIND_STARTED || !word_change(&thread->phase, PHASE_NEW, PHASE_STARTING))
		return HEDDLE_STARTED;
	registry_expect_end();
	registry_add(thread);
	int error = create(thread);
	if (error) {
		registry_remove(thread);
		word_swap(&thread->phase, PHASE_NEW);
		return error;
	}
	while (word_load(&thread->phase) == PHASE_STARTING)
		word_wait(&thread->phase, PHASE_STARTING, NULL);
	return 0;
}

/* libc's thread has nothing left to do but to end. */
static void join_libc(struct heddle_thread *thread)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_join((pthread_t)heddle_thread_ident(thread), NULL);
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
		if (word_wait(&thread->phase, phase, phase == PHASE_OVER ? NULL : deadline) &&
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

static int join(struct heddle_thread *thread, const struct timespec *deadline)
{
	int error;

	blocked_begin();
	error = wait_for(thread, deadline);
	blocked_end();
	if (!error)
		watch_acquired(thread);
	return error;
}

void thread_join_pinned(struct heddle_thread *thread)
{
	join(thread, NULL);
}

static int join_checked(struct heddle_thread *thread, const struct timespec *deadline)
{
	int error = join(thread, deadline);
	uint32_t pins;

	if (error)
		return error;
	while ((pins = word_load(&thread->pins)))
		word_wait(&thread->pins, pins, NULL);
	return 0;
}

int heddle_thread_join(struct heddle_thread *thread)
{
	int error = check_join(thread);

	return error ? error : join_checked(thread, NULL);
}

int heddle_thread_join_within(struct heddle_thread *thread, int64_t timeout_ns)
{
	struct timespec deadline;
	int error = limit_is_ns(timeout_ns) ? check_join(thread) : HEDDLE_INVALID;

	return error ? error : join_checked(thread, limit_after(&deadline, timeout_ns));
}

int heddle_thread_join_until(struct heddle_thread *thread, const struct timespec *deadline)
{
	int error = limit_is_deadline(deadline) ? check_join(thread) : HEDDLE_INVALID;

	return error ? error : join_checked(thread, deadline);
}

enum heddle_thread_state heddle_thread_state(const struct heddle_thread *thread)
{
	switch (word_load(&thread->phase)) {
	case PHASE_NEW:
	case PHASE_STARTING:
		return HEDDLE_THREAD_NEW;
	case PHASE_OVER:
	case PHASE_JOINED:
		return HEDDLE_THREAD_TERMINATED;
	default:
		return word_load(&thread->is_blocked) ? HEDDLE_THREAD_BLOCKED
						      : HEDDLE_THREAD_RUNNING;
	}
}

bool heddle_thread_is_alive(const struct heddle_thread *thread)
{
	enum heddle_thread_state state = heddle_thread_state(thread);

	return state == HEDDLE_THREAD_RUNNING || state == HEDDLE_THREAD_BLOCKED;
}

int heddle_thread_status(const struct heddle_thread *thread)
{
	return heddle_thread_state(thread) == HEDDLE_THREAD_TERMINATED ? thread->status : 0;
}

void heddle_thread_set_result(void *result)
{
	heddle_thread_current()->result = result;
}

void *heddle_thread_result(const struct heddle_thread *thread)
{
	return thread->result;
}

const char *heddle_thread_name(const struct heddle_thread *thread)
{
	return thread->name;
}

int heddle_thread_set_name(struct heddle_thread *thread, const char *name)
{
	registry_set_name(thread, name);
	return 0;
}

bool heddle_thread_is_daemon(const struct heddle_thread *thread)
{
	return thread->is_daemon;
}

int heddle_thread_set_daemon(struct heddle_thread *thread, bool is_daemon)
{
	if (word_load(&thread->phase) != PHASE_NEW)
		return HEDDLE_STARTED;
	thread->is_daemon = is_daemon;
	return 0;
}

uint64_t heddle_thread_ident(const struct heddle_thread *thread)
{
	return __atomic_load_n(&thread->ident, __ATOMIC_SEQ_CST);
}

pid_t heddle_thread_native_id(const struct heddle_thread *thread)
{
	return (pid_t)word_load(&thread->native_id);
}

heddle_thread_failure_hook *heddle_thread_set_failure_hook(heddle_thread_failure_hook *hook)
{
	return __atomic_exchange_n(&failure_hook, hook ? hook : heddle_thread_failed,
				   __ATOMIC_SEQ_CST);
}

void heddle_thread_failed(struct heddle_thread *thread, int status)
{
	dprintf(STDERR_FILENO, "heddle: thread `%s` failed: %s\n", thread->name,
		heddle_error_text(status));
}

size_t heddle_thread_stack_size(void)
{
	return __atomic_load_n(&stack_size, __ATOMIC_SEQ_CST);
}

int heddle_thread_set_stack_size(size_t size)
{
	if (size && size < STACK_SIZE_MIN)
		return HEDDLE_INVALID;
	__atomic_exchange_n(&stack_size, size, __ATOMIC_SEQ_CST);
	return 0;
}
