/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joins: pthread_*join* and C11 thrd_join(). A join may be cancelled, as a condition's wait. */
#include <errno.h>

#include "primitives/c11.h"
#include "primitives/cleanup.h"
#include "primitives/wrap.h"

struct join {
	struct call call;
	struct _pthread_cleanup_buffer cleanup;
	const void *thread;
};

static void join_told(struct join *join, int result)
{
	wrap_wait_end(&join->call, EVENT_thread_join_end, join->thread, NULL, result);
}

static void join_cancelled(void *context)
{
	join_told(context, ECANCELED);
}

static void join_begin(struct join *join, enum event_type type, pthread_t thread)
{
	join->thread = (void *)thread;
	wrap_wait_begin(&join->call, type, join->thread, NULL, 0);
	_pthread_cleanup_push(&join->cleanup, join_cancelled, join);
}

static int join_end(struct join *join, int result)
{
	_pthread_cleanup_pop(&join->cleanup, 0);
	join_told(join, result);
	return result;
}

PUBLIC int pthread_join(pthread_t thread, void **value)
{
	struct join join;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_join(thread, value);
	join_begin(&join, EVENT_thread_join_begin, thread);
	int result = real.pthread_join(thread, value);
	return join_end(&join, result);
}

PUBLIC int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *deadline)
{
	struct join join;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_timedjoin_np(thread, value, deadline);
	join_begin(&join, EVENT_thread_timedjoin_begin, thread);
	int result = real.pthread_timedjoin_np(thread, value, deadline);
	return join_end(&join, result);
}

PUBLIC int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock,
				const struct timespec *deadline)
{
	struct join join;

	if (!WRAP(&join.call, thread_join_begin))
		return real.pthread_clockjoin_np(thread, value, clock, deadline);
	join_begin(&join, EVENT_thread_timedjoin_begin, thread);
	int result = real.pthread_clockjoin_np(thread, value, clock, deadline);
	return join_end(&join, result);
}

PUBLIC int thrd_join(thrd_t thread, int *value)
{
	struct join join;

	if (!WRAP(&join.call, thread_join_begin))
		return real.thrd_join(thread, value);
	join_begin(&join, EVENT_thread_join_begin, thread);
	int result = real.thrd_join(thread, value);
	join_end(&join, c11_errno(result));
	return result;
}

PUBLIC int pthread_tryjoin_np(pthread_t thread, void **value)
{
	struct call call;

	if (!WRAP(&call, thread_tryjoin))
		return real.pthread_tryjoin_np(thread, value);
	int result = real.pthread_tryjoin_np(thread, value);
	wrap_emit(&call, EVENT_thread_tryjoin, (void *)thread, NULL, result);
	return result;
}
