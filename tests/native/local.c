/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of local. */
#include "tests/native/rules.h"

#include <pthread.h>

static int freed;
static struct heddle_local own = HEDDLE_LOCAL_INIT(NULL, "static");

static void destructor(void *value)
{
	freed += *(int *)value;
}

struct use {
	struct heddle_local *local;
	int value;
	bool was_empty, was_kept;
	struct heddle_event *set, *go;
};

static int use(void *context)
{
	struct use *use = context;

	use->was_empty = heddle_local_get(use->local) == NULL;
	int error = heddle_local_set(use->local, &use->value);
	if (use->set) {
		heddle_event_set(use->set);
		heddle_event_wait(use->go);
	}
	use->was_kept = heddle_local_get(use->local) == &use->value;
	return error;
}

static void *use_foreign(void *context)
{
	use(context);
	return NULL;
}

static void values(void)
{
	struct heddle_local local;
	struct use first = { .local = &local, .value = 1 };
	int mine = 100, other = 1000;
	pthread_t handle;

	RULE(heddle_local_init(&local, destructor, "local") == 0, "local: is created");
	RULE(heddle_local_get(&local) == NULL, "local: is empty at first");
	RULE(heddle_local_set(&local, &mine) == 0 && heddle_local_get(&local) == &mine,
	     "local: keeps what it is given");
	RULE(elsewhere(use, &first) == 0 && first.was_empty,
	     "local: the values are different for each thread");
	RULE(first.was_kept, "local: each thread sees its own");
	RULE(freed == 1, "local: the value is freed when its thread ends");
	RULE(heddle_local_get(&local) == &mine, "local: others keep theirs");
	RULE(heddle_local_set(&local, &other) == 0 && freed == 1,
	     "local: setting another value frees nothing");
	first.value = 10;
	pthread_create(&handle, NULL, use_foreign, &first);
	pthread_join(handle, NULL);
	RULE(freed == 11, "local: also in a thread that was started otherwise");
	RULE(heddle_local_destroy(&local) == 0 && freed == 1011,
	     "local: all values are freed with it");
	RULE(heddle_local_get(&local) == NULL, "local: a destroyed one is empty");
	RULE(heddle_local_set(&local, &mine) == HEDDLE_INVALID,
	     "local: setting a destroyed one is an error");
	RULE(heddle_local_destroy(&local) == HEDDLE_INVALID, "local: is destroyed once");
}

static int static_use(void *unused)
{
	int value = 0;

	(void)unused;
	return heddle_local_get(&own) == NULL && heddle_local_set(&own, &value) == 0 &&
	       heddle_local_get(&own) == &value;
}

static void destroyed_meanwhile(void)
{
	struct heddle_event set = HEDDLE_EVENT_INIT(NULL), go = HEDDLE_EVENT_INIT(NULL);
	struct heddle_local local;
	struct use other = { .local = &local, .value = 5, .set = &set, .go = &go };
	struct task task;

	heddle_local_init(&local, destructor, NULL);
	freed = 0;
	task_start(&task, use, &other);
	heddle_event_wait(&set);
	task_until_blocked(&task);
	RULE(heddle_local_destroy(&local) == 0 && freed == 5,
	     "local: with it also the values of threads that are alive");
	heddle_event_set(&go);
	task_end(&task);
	RULE(freed == 5, "local: which are not freed once more when those end");
}

void suite_local(void)
{
	values();
	RULE(elsewhere(static_use, NULL) == 1 && elsewhere(static_use, NULL) == 1,
	     "local: also where it is static");
	destroyed_meanwhile();
}
