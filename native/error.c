/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What errors mean, and when time limits are over. */
#include <heddle/base.h>
#include <string.h>

#define NS_PER_S 1000000000

static const struct {
	int error;
	const char *text;
} texts[] = {
	{ HEDDLE_TIMED_OUT, "the time limit is over" },
	{ HEDDLE_BUSY, "the object is held, waited for or running" },
	{ HEDDLE_NOT_HELD, "the lock is not held" },
	{ HEDDLE_INVALID, "the argument is not valid, or the object is destroyed" },
	{ HEDDLE_TOO_MANY, "released more often than acquired, or more than can be counted" },
	{ HEDDLE_BROKEN, "the barrier is broken" },
	{ HEDDLE_NOT_STARTED, "the thread has not been started" },
	{ HEDDLE_STARTED, "the thread has been started before" },
	{ HEDDLE_SELF, "a thread cannot wait for itself" },
	{ HEDDLE_NO_THREAD, "the system has no room for another thread" },
	{ HEDDLE_NO_MEMORY, "there is no memory" },
	{ HEDDLE_CANCELLED, "the thread was left or cancelled" },
};

const char *heddle_error_text(int error)
{
	const char *text = NULL;

	if (error >= 0)
		return "no error";
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].error == error)
			return texts[i].text;
	/* Any other that a function of the program has returned. */
	if (error > -4096)
		text = strerrordesc_np(-error);
	return text ? text : "unknown error";
}

struct timespec heddle_deadline(int64_t ns)
{
	struct timespec now;
	struct timespec never = { .tv_sec = INT32_MAX, .tv_nsec = 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (ns <= 0)
		return now;
	/* The kernel counts in 63 bits of nanoseconds. */
	if (ns / NS_PER_S >= never.tv_sec - now.tv_sec)
		return never;
	now.tv_sec += ns / NS_PER_S;
	now.tv_nsec += ns % NS_PER_S;
	if (now.tv_nsec >= NS_PER_S) {
		now.tv_sec++;
		now.tv_nsec -= NS_PER_S;
	}
	return now;
}
