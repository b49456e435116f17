/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of `with`, and of errors and deadlines. */
#include "tests/native/rules.h"

#include <string.h>

static struct heddle_lock lock = HEDDLE_LOCK_INIT("lock");

static int leave_by_return(void)
{
	HEDDLE_WITH(&lock) {
		return 5;
	}
	return 0;
}

static bool leave_by_goto(void)
{
	HEDDLE_WITH(&lock) {
		goto out;
	}
	return false;
out:
	return true;
}

static void ways_out(void)
{
	int entered = 0;

	HEDDLE_WITH(&lock) {
		entered++;
		RULE(heddle_lock_locked(&lock), "with Lock: is held in the block");
	}
	RULE(entered == 1, "with Lock: the block is run once");
	RULE(!heddle_lock_locked(&lock), "with Lock: is released at the end");
	HEDDLE_WITH(&lock) {
		break;
	}
	RULE(!heddle_lock_locked(&lock), "with Lock: is released by break");
	HEDDLE_WITH(&lock) {
		continue;
	}
	RULE(!heddle_lock_locked(&lock), "with Lock: is released by continue");
	RULE(leave_by_return() == 5 && !heddle_lock_locked(&lock),
	     "with Lock: is released by return");
	RULE(leave_by_goto() && !heddle_lock_locked(&lock), "with Lock: is released by goto");
}

static void objects(void)
{
	struct heddle_rlock rlock = HEDDLE_RLOCK_INIT(NULL);
	struct heddle_condition condition = HEDDLE_CONDITION_INIT(NULL);
	struct heddle_semaphore semaphore = HEDDLE_SEMAPHORE_INIT(1, NULL);
	struct heddle_lock gone = HEDDLE_LOCK_INIT(NULL);
	int entered = 0;

	HEDDLE_WITH(&rlock) {
		HEDDLE_WITH(&rlock) {
			RULE(heddle_rlock_owned(&rlock), "with RLock: may be nested");
		}
		RULE(heddle_rlock_owned(&rlock), "with RLock: the inner one releases one level");
	}
	RULE(!heddle_rlock_owned(&rlock), "with RLock: the outer one the last");
	HEDDLE_WITH(&condition) {
		RULE(heddle_condition_notify(&condition, 1) == 0,
		     "with Condition: its lock is held");
	}
	RULE(heddle_condition_notify(&condition, 1) == HEDDLE_NOT_HELD,
	     "with Condition: and released at the end");
	HEDDLE_WITH(&semaphore) {
		RULE(heddle_semaphore_try_acquire(&semaphore) == HEDDLE_BUSY,
		     "with Semaphore: is acquired");
	}
	RULE(heddle_semaphore_try_acquire(&semaphore) == 0,
	     "with Semaphore: is released at the end");
	heddle_lock_destroy(&gone);
	HEDDLE_WITH(&gone) {
		entered++;
	}
	RULE(entered == 0, "with Lock: of a destroyed one the block is not run");
}

void suite_with(void)
{
	ways_out();
	objects();
}

void suite_errors(void)
{
	struct timespec now = heddle_deadline(0), later = heddle_deadline(INT64_MAX);

	RULE(strcmp(heddle_error_text(0), "no error") == 0, "errors: 0 is none");
	RULE(strcmp(heddle_error_text(3), "no error") == 0, "errors: nor is an index of a barrier");
	RULE(strstr(heddle_error_text(HEDDLE_BROKEN), "broken") != NULL, "errors: each has a text");
	RULE(strcmp(heddle_error_text(-ENOENT), "No such file or directory") == 0,
	     "errors: any negative errno has one");
	RULE(strcmp(heddle_error_text(INT32_MIN), "unknown error") == 0,
	     "errors: and what is none");
	RULE(later.tv_sec > now.tv_sec + 1000000 && later.tv_nsec < 1000000000,
	     "TIMEOUT_MAX: the longest time limit does not overflow");
	struct heddle_event event = HEDDLE_EVENT_INIT(NULL);
	struct timespec past = heddle_deadline(-5);
	errno = 77;
	heddle_event_wait_until(&event, &past);
	RULE(errno == 77, "errors: errno stays");
}
