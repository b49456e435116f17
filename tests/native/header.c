/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle.h as C11 and as C++17, each with all warnings: initialisers, callbacks, HEDDLE_WITH(). */
#include <heddle.h>
#include <stdio.h>

#ifdef __cplusplus
#include <stdexcept>
#endif

static struct heddle_lock lock = HEDDLE_LOCK_INIT("lock");
static struct heddle_rlock rlock = HEDDLE_RLOCK_INIT("rlock");
static struct heddle_condition own = HEDDLE_CONDITION_INIT("own");
static struct heddle_condition over_lock = HEDDLE_CONDITION_INIT_LOCK(&lock, "over lock");
static struct heddle_condition over_rlock = HEDDLE_CONDITION_INIT_RLOCK(&rlock, "over rlock");
static struct heddle_semaphore semaphore = HEDDLE_SEMAPHORE_INIT(2, "semaphore");
static struct heddle_semaphore bounded = HEDDLE_BOUNDED_SEMAPHORE_INIT(1, "bounded");
static struct heddle_event event = HEDDLE_EVENT_INIT("event");
static struct heddle_barrier barrier = HEDDLE_BARRIER_INIT(1, "barrier");
static struct heddle_local local = HEDDLE_LOCAL_INIT(NULL, "local");
static int entered;

static int set(void *argument)
{
	return heddle_event_set((struct heddle_event *)argument);
}

static bool is_entered(void *argument)
{
	return *(int *)argument > 0;
}

static int leave(void)
{
	HEDDLE_WITH(&lock)
		return ++entered;
	return 0;
}

static int enter_all(void)
{
	HEDDLE_WITH(&rlock) {
		HEDDLE_WITH(&rlock) {
			entered++;
		}
		HEDDLE_WITH(&over_rlock) {
			entered += heddle_condition_wait_for(&over_rlock, is_entered, &entered) ==
				   0;
		}
	}
	HEDDLE_WITH(&own)
		entered += heddle_condition_notify_all(&own) == 0;
	HEDDLE_WITH(&semaphore)
		HEDDLE_WITH(&bounded)
			entered++;
#ifdef __cplusplus
	try {
		HEDDLE_WITH(&over_lock)
			throw std::runtime_error("out of the block");
	} catch (const std::runtime_error &error) {
		entered += !heddle_lock_locked(&lock);
	}
#else
	HEDDLE_WITH(&over_lock) {
		break;
	}
	entered += !heddle_lock_locked(&lock);
#endif
	return entered;
}

int main(void)
{
	struct heddle_timer timer;
	int errors = heddle_timer_init(&timer, "timer", HEDDLE_MS(1), set, &event);

	errors |= heddle_timer_start(&timer);
	errors |= heddle_event_wait_within(&event, HEDDLE_S(60));
	errors |= heddle_thread_join(&timer.thread);
	errors |= heddle_barrier_wait(&barrier);
	errors |= heddle_local_set(&local, &errors);
	errors |= leave() != 1;
	errors |= enter_all() != 6;
	printf("%s\n", errors ? heddle_error_text(errors) : "all is well");
	return errors != 0;
}
