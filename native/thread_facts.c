/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thread is: state, status, name, ids, daemon or not; and what is the same for all threads. */
#include <stdio.h>
#include <unistd.h>

#include "native/registry.h"
#include "native/thread.h"
#include "native/word.h"

#define STACK_SIZE_MIN 32768

static heddle_thread_failure_hook *failure_hook = heddle_thread_failed;
static size_t stack_size;

void thread_tell_name(const struct heddle_thread *thread)
{
	tell_all(EVENT_thread_name, (void *)(uintptr_t)heddle_thread_ident(thread), NULL, 0,
		 thread->name, NOWHERE);
}

enum heddle_thread_state heddle_thread_state(const struct heddle_thread *thread)
{
	switch (word_load(&thread->phase)) {
	case PHASE_NEW:
	case PHASE_STARTING:
		return HEDDLE_THREAD_NEW;
	case PHASE_LEAVING:
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
	if (heddle_thread_is_alive(thread))
		thread_tell_name(thread);
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

heddle_thread_failure_hook *thread_failure_hook(void)
{
	return __atomic_load_n(&failure_hook, __ATOMIC_SEQ_CST);
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
