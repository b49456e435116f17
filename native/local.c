/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of threads: found by a key of libc's, one a local; each is in the list of its local and in
 * that of its thread. The latch guards the lists.
 */
#include "native/local.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "native/watch.h"
#include "native/word.h"

enum { NEW, MAKING, READY, DESTROYED };

struct heddle_local_value {
	struct heddle_local *local;
	void *value;
	struct heddle_local_value *previous, *next; /* of the same local */
	struct heddle_local_value *thread_next;
};

static uint32_t latch;
static pthread_key_t leaving_key;
static __thread struct heddle_local_value *own;

static void init(struct heddle_local *local, void (*destructor)(void *value), const char *name)
{
	watch_new(local, sizeof(*local));
	*local = (struct heddle_local)HEDDLE_LOCAL_INIT(destructor, name);
}

/* The key of one that is initialised statically is made by who uses it first. */
static int make(struct heddle_local *local)
{
	pthread_key_t key;

	while (!word_change(&local->state, NEW, MAKING)) {
		if (word_load(&local->state) == READY)
			return 0;
		if (word_load(&local->state) == DESTROYED)
			return HEDDLE_INVALID;
		word_wait(&local->state, MAKING, NULL);
	}
	int result = pthread_key_create(&key, NULL);
	if (result == 0)
		word_swap(&local->key, key);
	watch_released(local);
	word_swap(&local->state, result == 0 ? READY : NEW);
	word_wake(&local->state, WORD_ALL);
	return result == 0 ? 0 : HEDDLE_NO_MEMORY;
}

static inline int get_ready(struct heddle_local *local)
{
	return word_load(&local->state) == READY ? 0 : make(local);
}

int heddle_local_init(struct heddle_local *local, void (*destructor)(void *value), const char *name)
{
	init(local, destructor, name);
	return make(local);
}

/* From the list of its local; the latch is held. */
static void take_out(struct heddle_local_value *value)
{
	if (value->previous)
		value->previous->next = value->next;
	else
		value->local->first = value->next;
	if (value->next)
		value->next->previous = value->previous;
}

static void destroy(void (*destructor)(void *value), void *value)
{
	if (destructor && value)
		destructor(value);
}

/* A value of a local that is destroyed stays in the list of its thread, empty. */
int heddle_local_destroy(struct heddle_local *local)
{
	uint32_t state = word_swap(&local->state, DESTROYED);
	struct heddle_local_value *value;

	if (state == DESTROYED)
		return HEDDLE_INVALID;
	for (;;) {
		void *content = NULL;

		latch_lock(&latch);
		value = local->first;
		if (value) {
			content = value->value;
			take_out(value);
			value->local = NULL;
		}
		latch_unlock(&latch);
		if (!value)
			break;
		destroy(local->destructor, content);
	}
	if (state == READY)
		pthread_key_delete(local->key);
	return 0;
}

void *heddle_local_get(struct heddle_local *local)
{
	const struct heddle_local_value *value;

	if (get_ready(local))
		return NULL;
	value = pthread_getspecific(local->key);
	return value ? value->value : NULL;
}

static struct heddle_local_value *add(struct heddle_local *local)
{
	struct heddle_local_value *value = calloc(1, sizeof(*value));

	if (!value || pthread_setspecific(local->key, value) != 0 ||
	    pthread_setspecific(leaving_key, local) != 0) {
		free(value);
		return NULL;
	}
	value->local = local;
	value->thread_next = own;
	own = value;
	latch_lock(&latch);
	value->next = local->first;
	if (local->first)
		local->first->previous = value;
	local->first = value;
	latch_unlock(&latch);
	return value;
}

int heddle_local_set(struct heddle_local *local, void *content)
{
	int error = get_ready(local);
	struct heddle_local_value *value;

	if (error)
		return error;
	value = pthread_getspecific(local->key);
	if (!value)
		value = add(local);
	if (!value)
		return HEDDLE_NO_MEMORY;
	value->value = content;
	return 0;
}

/* The local and its key may be used again by the destructor, for another value. */
static void leave(struct heddle_local_value *value)
{
	void (*destructor)(void *content) = NULL;

	latch_lock(&latch);
	if (value->local) {
		destructor = value->local->destructor;
		take_out(value);
		pthread_setspecific(value->local->key, NULL);
	}
	latch_unlock(&latch);
	destroy(destructor, value->value);
	free(value);
}

/* As libc does: destructors may set values again, but not for ever. */
void local_leave(void)
{
	for (int round = 0; own && round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
		struct heddle_local_value *values = own;

		own = NULL;
		while (values) {
			struct heddle_local_value *value = values;

			values = value->thread_next;
			leave(value);
		}
	}
}

/* Of threads that this library has not started. */
static void leave_thread(void *unused)
{
	(void)unused;
	local_leave();
}

static void before_fork(void)
{
	latch_lock(&latch);
}

static void after_fork(void)
{
	latch_unlock(&latch);
}

static __attribute__((constructor)) void start(void)
{
	pthread_key_create(&leaving_key, leave_thread);
	pthread_atfork(before_fork, after_fork, after_fork);
}
