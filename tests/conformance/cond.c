/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conditions: each kind of wait, and every way that it can end. */
#include <sys/mman.h>

#include "tests/conformance/conform.h"

/* In memory that children share. */
struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	atomic_int may_go;
};

static struct shared *shared;
static clockid_t cond_clock = CLOCK_REALTIME;

static void init_mutex(int type, int robust)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, robust);
	pthread_mutex_init(&shared->mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

static void init_cond(const char *name, clockid_t clock)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	check("setclock", pthread_condattr_setclock(&attributes, clock));
	pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	CHECK(name, pthread_cond_init(&shared->cond, &attributes));
	pthread_condattr_destroy(&attributes);
	cond_clock = clock;
}

static int wait_plainly(struct timespec *unused)
{
	(void)unused;
	return pthread_cond_wait(&shared->cond, &shared->mutex);
}

static int wait_timed(struct timespec *time)
{
	return pthread_cond_timedwait(&shared->cond, &shared->mutex, time);
}

static int wait_clock(struct timespec *time)
{
	return pthread_cond_clockwait(&shared->cond, &shared->mutex, CLOCK_MONOTONIC, time);
}

struct way {
	const char *name;
	int (*wait)(struct timespec *time);
};

static const struct way ways[] = {
	{ "wait", wait_plainly },
	{ "timedwait", wait_timed },
	{ "clockwait", wait_clock },
};

static const struct way *way;

static clockid_t way_clock(void)
{
	return way->wait == wait_clock ? CLOCK_MONOTONIC : cond_clock;
}

static const char *named(const char *what)
{
	static __thread char name[128];

	snprintf(name, sizeof(name), "%s, %s", way->name, what);
	return name;
}

/* What the mutex is to the thread that is cancelled in the wait: 0 held by it. */
static atomic_int state_in_cleanup;

static void unlock_in_cleanup(void *unused)
{
	(void)unused;
	/* An errorcheck mutex: EDEADLK to its owner. */
	atomic_store(&state_in_cleanup, pthread_mutex_lock(&shared->mutex));
	pthread_mutex_unlock(&shared->mutex);
}

/* Waits until it may go; the result is that of the last wait. */
static int wait_to_go(void *unused)
{
	struct timespec time = far(way_clock());
	int result = pthread_mutex_lock(&shared->mutex);

	(void)unused;
	pthread_cleanup_push(unlock_in_cleanup, NULL);
	while (result == 0 && !shared->may_go)
		result = way->wait(&time);
	pthread_cleanup_pop(0);
	pthread_mutex_unlock(&shared->mutex);
	return result;
}

static void let_go(int may_go)
{
	pthread_mutex_lock(&shared->mutex);
	shared->may_go = may_go;
	pthread_mutex_unlock(&shared->mutex);
}

static void wakings(void)
{
	struct blocked waiters[3];

	let_go(0);
	blocked_start(&waiters[0], SYS_futex, wait_to_go, NULL);
	let_go(1);
	CHECK(named("signal"), pthread_cond_signal(&shared->cond));
	blocked_check(named("signalled"), &waiters[0]);

	let_go(0);
	for (int i = 0; i < 3; i++)
		blocked_start(&waiters[i], SYS_futex, wait_to_go, NULL);
	let_go(1);
	CHECK(named("broadcast"), pthread_cond_broadcast(&shared->cond));
	for (int i = 0; i < 3; i++)
		blocked_check(named("broadcast to"), &waiters[i]);

	let_go(0);
	blocked_start(&waiters[0], SYS_futex, wait_to_go, NULL);
	pthread_mutex_lock(&shared->mutex);
	shared->may_go = 1;
	CHECK(named("signal under the lock"), pthread_cond_signal(&shared->cond));
	pthread_mutex_unlock(&shared->mutex);
	blocked_check(named("signalled under the lock"), &waiters[0]);

	let_go(0);
	blocked_start(&waiters[0], SYS_futex, wait_to_go, NULL);
	blocked_signal_through(&waiters[0], 0);
	blocked_signal_through(&waiters[0], SA_RESTART);
	let_go(1);
	pthread_cond_signal(&shared->cond);
	blocked_check(named("through signals"), &waiters[0]);
}

static void cancelled(void)
{
	struct blocked waiters[2];

	let_go(0);
	atomic_store(&state_in_cleanup, -1);
	check_cancelled(named("cancelled"), SYS_futex, wait_to_go, NULL);
	check(named("cancelled, lock in the cleanup"), state_in_cleanup);
	CHECK(named("cancelled, trylock after it"), pthread_mutex_trylock(&shared->mutex));
	pthread_mutex_unlock(&shared->mutex);

	/* A wait that is cancelled takes no signal that another needs. */
	blocked_start(&waiters[0], SYS_futex, wait_to_go, NULL);
	blocked_start(&waiters[1], SYS_futex, wait_to_go, NULL);
	pthread_cancel(waiters[0].thread);
	blocked_check(named("one of two cancelled"), &waiters[0]);
	let_go(1);
	pthread_cond_signal(&shared->cond);
	blocked_check(named("the other signalled"), &waiters[1]);
}

static void not_owned(void)
{
	struct timespec time = near(way_clock());

	CHECK(named("mutex not locked"), way->wait(&time));
	check(named("lock after it"), pthread_mutex_lock(&shared->mutex));
	pthread_mutex_unlock(&shared->mutex);
}

static void timed(void)
{
	struct timespec time = near(way_clock());

	pthread_mutex_lock(&shared->mutex);
	CHECK(named("timed out"), way->wait(&time));
	check_reached(named("timed out"), way_clock(), time);
	CHECK(named("lock after it"), pthread_mutex_lock(&shared->mutex));
	time = past(way_clock());
	CHECK(named("long over"), way->wait(&time));
	time.tv_sec = -1;
	CHECK(named("negative time"), way->wait(&time));
	time = with_ns(way_clock(), 1000000000);
	CHECK(named("too many nanoseconds"), way->wait(&time));
	time = with_ns(way_clock(), -1);
	CHECK(named("negative nanoseconds"), way->wait(&time));
	CHECK(named("unlock at last"), pthread_mutex_unlock(&shared->mutex));
}

static void recursive(void)
{
	struct timespec time = near(way_clock());

	pthread_mutex_lock(&shared->mutex);
	pthread_mutex_lock(&shared->mutex);
	CHECK(named("recursive, timed out"), way->wait(&time));
	CHECK(named("recursive, first unlock"), pthread_mutex_unlock(&shared->mutex));
	CHECK(named("recursive, second unlock"), pthread_mutex_unlock(&shared->mutex));
	CHECK(named("recursive, third unlock"), pthread_mutex_unlock(&shared->mutex));
}

static void other_process(void)
{
	let_go(0);
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		_exit(wait_to_go(NULL));
	}
	if (!wait_until_asleep(pid, pid, SYS_futex))
		printf("the child does not block\n");
	let_go(1);
	CHECK(named("broadcast to another process"), pthread_cond_broadcast(&shared->cond));
	check_status(named("in another process"), wait_for_child(pid));
}

static int hold_and_die(void *unused)
{
	(void)unused;
	return pthread_mutex_lock(&shared->mutex);
}

static int wait_once(void *unused)
{
	struct timespec time = far(way_clock());
	int result = pthread_mutex_lock(&shared->mutex);

	(void)unused;
	result = result ? result : way->wait(&time);
	pthread_mutex_consistent(&shared->mutex);
	pthread_mutex_unlock(&shared->mutex);
	return result;
}

/* Whoever has the robust mutex ends before the waiter can have it back. */
static void robust(void)
{
	struct blocked waiter;

	blocked_start(&waiter, SYS_futex, wait_once, NULL);
	check_elsewhere(named("the owner ends"), hold_and_die, NULL);
	pthread_cond_signal(&shared->cond);
	blocked_check(named("signalled, the owner is dead"), &waiter);
}

static void each_way(void (*body)(void), size_t first)
{
	for (size_t i = first; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = &ways[i];
		body();
	}
}

static void of_clock(const char *name, clockid_t clock)
{
	init_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
	init_cond(name, clock);
	each_way(wakings, 0);
	each_way(cancelled, 0);
	each_way(not_owned, 0);
	each_way(timed, 1);
	each_way(other_process, 0);
	CHECK("destroy", pthread_cond_destroy(&shared->cond));
	pthread_mutex_destroy(&shared->mutex);
}

static void other_mutexes(void)
{
	init_mutex(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
	init_cond("init, for a recursive mutex", CLOCK_REALTIME);
	each_way(recursive, 1);
	init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
	each_way(robust, 0);
}

static void without_waiters(void)
{
	static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct timespec time = near(CLOCK_REALTIME);
	pthread_condattr_t attributes;

	CHECK("static, signal to nobody", pthread_cond_signal(&cond));
	CHECK("static, broadcast to nobody", pthread_cond_broadcast(&cond));
	pthread_mutex_lock(&mutex);
	CHECK("static, no signal is kept", pthread_cond_timedwait(&cond, &mutex, &time));
	CHECK("clockwait, no such clock",
	      pthread_cond_clockwait(&cond, &mutex, CLOCK_PROCESS_CPUTIME_ID, &time));
	CHECK("unlock", pthread_mutex_unlock(&mutex));
	CHECK("static, destroy", pthread_cond_destroy(&cond));
	CHECK("init without attributes", pthread_cond_init(&cond, NULL));
	CHECK("destroy, never used", pthread_cond_destroy(&cond));
	pthread_condattr_init(&attributes);
	CHECK("setclock, no such clock",
	      pthread_condattr_setclock(&attributes, CLOCK_THREAD_CPUTIME_ID));
	pthread_condattr_destroy(&attributes);
}

int main(void)
{
	conform_start();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 99;
	of_clock("init, realtime", CLOCK_REALTIME);
	of_clock("init, monotonic", CLOCK_MONOTONIC);
	other_mutexes();
	without_waiters();
	return 0;
}
