/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of threads; main and threads that others have started; fork and the end of the program. */
#include "native/registry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native/blocked.h"
#include "native/thread.h"
#include "native/watch.h"
#include "native/word.h"

__thread struct heddle_thread *blocked_self __attribute__((tls_model("initial-exec")));

static uint32_t latch; /* of the list, and of names */
static struct heddle_thread *first, *last;
static uint32_t alive;

static struct heddle_thread main_thread = { .phase = PHASE_RUNNING,
					    .kind = KIND_MAIN,
					    .name = "MainThread" };
static struct heddle_thread *main_now = &main_thread;

/* The struct of a thread that this library has not started. */
static __thread struct heddle_thread foreign_thread;
static pthread_key_t leaving_key;

void registry_add(struct heddle_thread *thread)
{
	latch_lock(&latch);
	thread->previous = last;
	thread->next = NULL;
	if (last)
		last->next = thread;
	else
		first = thread;
	last = thread;
	alive++;
	latch_unlock(&latch);
}

void registry_remove(struct heddle_thread *thread)
{
	latch_lock(&latch);
	if (thread->previous)
		thread->previous->next = thread->next;
	else
		first = thread->next;
	if (thread->next)
		thread->next->previous = thread->previous;
	else
		last = thread->previous;
	alive--;
	latch_unlock(&latch);
}

void registry_set_name(struct heddle_thread *thread, const char *name)
{
	latch_lock(&latch);
	strncpy(thread->name, name ? name : "", sizeof(thread->name) - 1);
	thread->name[sizeof(thread->name) - 1] = '\0';
	latch_unlock(&latch);
}

void registry_enter(struct heddle_thread *thread)
{
	blocked_self = thread;
	__atomic_exchange_n(&thread->ident, heddle_ident(), __ATOMIC_SEQ_CST);
	word_swap(&thread->native_id, (uint32_t)heddle_native_id());
}

/* A thread that this library has not started ends: main by pthread_exit(), or a foreign one. */
static void leave(void *context)
{
	struct heddle_thread *thread = context;

	registry_remove(thread);
	watch_released(thread);
	word_swap(&thread->phase, PHASE_JOINED);
	word_wake(&thread->phase, WORD_ALL);
	blocked_self = NULL;
}

static struct heddle_thread *enter_foreign(void)
{
	struct heddle_thread *thread = &foreign_thread;

	*thread = (struct heddle_thread){
		.phase = PHASE_RUNNING, .kind = KIND_FOREIGN, .is_daemon = true, .name = "Foreign"
	};
	registry_enter(thread);
	registry_add(thread);
	pthread_setspecific(leaving_key, thread);
	return thread;
}

struct heddle_thread *heddle_thread_current(void)
{
	return blocked_self ? blocked_self : enter_foreign();
}

struct heddle_thread *heddle_thread_main(void)
{
	return main_now;
}

uint64_t heddle_ident(void)
{
	return (uint64_t)pthread_self();
}

pid_t heddle_native_id(void)
{
	return gettid();
}

size_t heddle_thread_enumerate(struct heddle_thread **threads, size_t size)
{
	size_t count = 0;

	latch_lock(&latch);
	for (struct heddle_thread *thread = first; thread; thread = thread->next) {
		if (threads && count < size)
			threads[count] = thread;
		count++;
	}
	latch_unlock(&latch);
	return count;
}

size_t heddle_thread_count(void)
{
	return heddle_thread_enumerate(NULL, 0);
}

struct heddle_thread *registry_pin_working(void)
{
	const struct heddle_thread *self = blocked_self;
	struct heddle_thread *thread;

	latch_lock(&latch);
	for (thread = first; thread; thread = thread->next)
		if (thread->kind == KIND_STARTED && !thread->is_daemon && thread != self)
			break;
	if (thread)
		word_add(&thread->pins, 1);
	latch_unlock(&latch);
	return thread;
}

void registry_unpin(struct heddle_thread *thread)
{
	word_add(&thread->pins, (uint32_t)-1);
	word_wake(&thread->pins, WORD_ALL);
}

static void before_fork(void)
{
	latch_lock(&latch);
}

static void after_fork_in_parent(void)
{
	latch_unlock(&latch);
}

/* The child has the forking thread alone. */
static void after_fork_in_child(void)
{
	struct heddle_thread *self = blocked_self;

	latch_unlock(&latch);
	for (struct heddle_thread *thread = first; thread; thread = thread->next)
		if (thread != self)
			thread->phase = PHASE_JOINED;
	first = last = NULL;
	alive = 0;
	if (!self)
		self = enter_foreign();
	else
		registry_add(self);
	main_now = self;
	self->native_id = (uint32_t)gettid();
}

/* main has returned, or called exit(). */
static void end(void)
{
	struct heddle_thread *working;

	if (blocked_self != main_now)
		return;
	word_swap(&main_now->phase, PHASE_JOINED);
	word_wake(&main_now->phase, WORD_ALL);
	while ((working = registry_pin_working())) {
		thread_join_pinned(working);
		registry_unpin(working);
	}
}

void registry_expect_end(void)
{
	static uint32_t is_expected;

	if (word_change(&is_expected, 0, 1))
		atexit(end);
}

static __attribute__((constructor)) void start(void)
{
	pthread_key_create(&leaving_key, leave);
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
	/* Where another thread loads the library nobody can tell which is main: then it is that one. */
	registry_enter(&main_thread);
	registry_add(&main_thread);
	pthread_setspecific(leaving_key, &main_thread);
}
