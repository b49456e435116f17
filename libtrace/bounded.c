/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call that may hang, with a limit: liblttng-ctl waits for its daemon for ever. */
#include "libtrace/bounded.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define TICK_NS 100000000

struct bounded {
	int (*run)(void *argument);
	void *argument;
	int result;
	/* One for the caller, one for the thread: the last one frees. */
	atomic_int owners;
};

static void bounded_leave(struct bounded *call)
{
	if (atomic_fetch_sub(&call->owners, 1) == 1)
		free(call);
}

static void *bounded_run(void *pointer)
{
	struct bounded *call = pointer;

	call->result = call->run(call->argument);
	bounded_leave(call);
	return NULL;
}

static int bounded_wait(pthread_t thread, int64_t timeout_ns, void (*tick)(void *argument),
			void *tick_argument)
{
	for (int64_t waited_ns = 0; waited_ns < timeout_ns; waited_ns += TICK_NS) {
		struct timespec limit;

		clock_gettime(CLOCK_REALTIME, &limit);
		limit.tv_nsec += TICK_NS;
		limit.tv_sec += limit.tv_nsec / 1000000000;
		limit.tv_nsec %= 1000000000;
		if (pthread_timedjoin_np(thread, NULL, &limit) == 0)
			return 0;
		if (tick)
			tick(tick_argument);
	}
	pthread_detach(thread);
	return -ETIMEDOUT;
}

static int start_thread(pthread_t *thread, struct bounded *call)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int ret = pthread_create(thread, NULL, bounded_run, call);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

int bounded_call(int (*run)(void *argument), void *argument, int64_t timeout_ns,
		 void (*tick)(void *argument), void *tick_argument)
{
	pthread_t thread;
	struct bounded *call = malloc(sizeof(*call));

	if (!call)
		return -ENOMEM;
	*call = (struct bounded){ .run = run, .argument = argument, .owners = 2 };
	int ret = start_thread(&thread, call);
	if (ret < 0) {
		free(call);
		return ret;
	}
	ret = bounded_wait(thread, timeout_ns, tick, tick_argument);
	if (ret == 0)
		ret = call->result;
	bounded_leave(call);
	return ret;
}
