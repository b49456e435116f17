/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mutexes: every kind, every function, every way that a call can end. */
#include <limits.h>
#include <sys/mman.h>

#include "tests/conformance/conform.h"

#define RECURSIVE PTHREAD_MUTEX_RECURSIVE
#define ERRORCHECK PTHREAD_MUTEX_ERRORCHECK
#define ADAPTIVE PTHREAD_MUTEX_ADAPTIVE_NP
#define INHERIT PTHREAD_PRIO_INHERIT
#define PROTECT PTHREAD_PRIO_PROTECT

struct kind {
	const char *name;
	int type, protocol;
	bool is_robust, is_shared;
	const pthread_mutex_t *initial; /* static initialiser, else NULL */
};

static const pthread_mutex_t initial = PTHREAD_MUTEX_INITIALIZER;
static const pthread_mutex_t initial_recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const pthread_mutex_t initial_errorcheck = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static const pthread_mutex_t initial_adaptive = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;

static const struct kind kinds[] = {
	{ .name = "static", .initial = &initial },
	{ .name = "static recursive", .type = RECURSIVE, .initial = &initial_recursive },
	{ .name = "static errorcheck", .type = ERRORCHECK, .initial = &initial_errorcheck },
	{ .name = "static adaptive", .type = ADAPTIVE, .initial = &initial_adaptive },
	{ .name = "normal" },
	{ .name = "recursive", .type = RECURSIVE },
	{ .name = "errorcheck", .type = ERRORCHECK },
	{ .name = "adaptive", .type = ADAPTIVE },
	{ .name = "shared", .is_shared = true },
	{ .name = "robust", .is_robust = true },
	{ .name = "robust recursive", .type = RECURSIVE, .is_robust = true },
	{ .name = "robust errorcheck", .type = ERRORCHECK, .is_robust = true },
	{ .name = "robust adaptive", .type = ADAPTIVE, .is_robust = true },
	{ .name = "robust shared", .is_robust = true, .is_shared = true },
	{ .name = "PI", .protocol = INHERIT },
	{ .name = "PI recursive", .type = RECURSIVE, .protocol = INHERIT },
	{ .name = "PI errorcheck", .type = ERRORCHECK, .protocol = INHERIT },
	{ .name = "PI robust", .protocol = INHERIT, .is_robust = true },
	{ .name = "PI robust shared", .protocol = INHERIT, .is_robust = true, .is_shared = true },
	{ .name = "ceiling", .protocol = PROTECT },
	{ .name = "ceiling recursive", .type = RECURSIVE, .protocol = PROTECT },
	{ .name = "ceiling errorcheck", .type = ERRORCHECK, .protocol = PROTECT },
};

/* The one of which is spoken; mutex lies in memory that children share. */
static const struct kind *kind;
static pthread_mutex_t *mutex;

static const char *named(const char *what)
{
	static __thread char name[128];

	snprintf(name, sizeof(name), "%s: %s", kind->name, what);
	return name;
}

static int lock(void *unused)
{
	(void)unused;
	return pthread_mutex_lock(mutex);
}

static int trylock(void *unused)
{
	(void)unused;
	return pthread_mutex_trylock(mutex);
}

static int timedlock(void *time)
{
	return pthread_mutex_timedlock(mutex, time);
}

static int clocklock(void *time)
{
	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, time);
}

static int clocklock_wrong(void *time)
{
	return pthread_mutex_clocklock(mutex, CLOCK_PROCESS_CPUTIME_ID, time);
}

static int unlock(void *unused)
{
	(void)unused;
	return pthread_mutex_unlock(mutex);
}

/* A call that takes the mutex, and its argument. */
struct attempt {
	int (*call)(void *);
	void *time;
};

/* Also where the caller is asked to end in the wait, which is no cancellation point. */
static int lock_and_unlock(void *context)
{
	struct attempt *attempt = context;
	int result = attempt->call(attempt->time);

	if (result == 0)
		result = pthread_mutex_unlock(mutex);
	pthread_testcancel();
	return result;
}

static void init(void)
{
	pthread_mutexattr_t attributes;

	if (kind->initial) {
		*mutex = *kind->initial;
		return;
	}
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, kind->type);
	pthread_mutexattr_setprotocol(&attributes, kind->protocol);
	if (kind->protocol == PROTECT)
		pthread_mutexattr_setprioceiling(&attributes, 2);
	if (kind->is_robust)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	if (kind->is_shared)
		pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	CHECK(named("init"), pthread_mutex_init(mutex, &attributes));
	pthread_mutexattr_destroy(&attributes);
}

/* Does it know its owner, so that it can say EPERM? */
static bool has_owner(void)
{
	return kind->type == RECURSIVE || kind->type == ERRORCHECK || kind->is_robust ||
	       kind->protocol == INHERIT;
}

/* Takes the mutex if it can be taken, and gives it back as it was. */
static void check_owner(const char *what, int (*call)(void *), void *argument)
{
	errno = ERRNO_MARK;
	int error = call(argument);
	int kept = errno;

	printf("%s: %s, %s\n", named(what), error_name(error), errno_state(kept));
	if (error == 0)
		pthread_mutex_unlock(mutex);
}

static void by_owner(void)
{
	struct timespec time = near(CLOCK_REALTIME);

	check_owner("trylock by the owner", trylock, NULL);
	if (kind->type == RECURSIVE || kind->type == ERRORCHECK)
		check_owner("lock by the owner", lock, NULL);
	check_owner("timedlock by the owner", timedlock, &time);
	time = near(CLOCK_MONOTONIC);
	check_owner("clocklock by the owner", clocklock, &time);
	if (kind->type == RECURSIVE) {
		mutex->__data.__count = UINT_MAX;
		check_owner("lock too often", lock, NULL);
		check_owner("trylock too often", trylock, NULL);
		check_owner("timedlock too often", timedlock, &time);
		mutex->__data.__count = 1;
	}
	CHECK(named("consistent, which it is"), pthread_mutex_consistent(mutex));
	/* A robust one may be destroyed so, and is then lost. */
	if (!kind->is_robust)
		CHECK(named("destroy, locked"), pthread_mutex_destroy(mutex));
}

static void by_others(void)
{
	struct timespec time = past(CLOCK_REALTIME);

	check_elsewhere(named("trylock, locked"), trylock, NULL);
	check_elsewhere(named("timedlock, long over"), timedlock, &time);
	time = near(CLOCK_REALTIME);
	check_elsewhere(named("timedlock, timed out"), timedlock, &time);
	check_reached(named("timedlock, timed out"), CLOCK_REALTIME, time);
	time = near(CLOCK_MONOTONIC);
	check_elsewhere(named("clocklock, timed out"), clocklock, &time);
	check_reached(named("clocklock, timed out"), CLOCK_MONOTONIC, time);
	check_elsewhere(named("clocklock, no such clock"), clocklock_wrong, &time);
	time = with_ns(CLOCK_REALTIME, 1000000000);
	check_elsewhere(named("timedlock, wrong nanoseconds"), timedlock, &time);
	time = with_ns(CLOCK_MONOTONIC, -1);
	check_elsewhere(named("clocklock, wrong nanoseconds"), clocklock, &time);
	if (has_owner())
		check_elsewhere(named("unlock by another"), unlock, NULL);
}

static void hand_over(const char *what, int (*call)(void *), void *time)
{
	struct attempt attempt = { .call = call, .time = time };
	struct blocked waiter;

	pthread_mutex_lock(mutex);
	blocked_start(&waiter, SYS_futex, lock_and_unlock, &attempt);
	blocked_signal_through(&waiter, 0);
	blocked_signal_through(&waiter, SA_RESTART);
	CHECK(named("unlock to a waiter"), pthread_mutex_unlock(mutex));
	blocked_check(named(what), &waiter);
}

static struct attempt plain_lock = { .call = lock };

static void waits(void)
{
	struct timespec time = far(CLOCK_REALTIME);
	struct blocked waiter;

	hand_over("lock, waited through signals", lock, NULL);
	hand_over("timedlock, waited through signals", timedlock, &time);
	time = far(CLOCK_MONOTONIC);
	hand_over("clocklock, waited through signals", clocklock, &time);
	pthread_mutex_lock(mutex);
	blocked_start(&waiter, SYS_futex, lock_and_unlock, &plain_lock);
	pthread_cancel(waiter.thread);
	if (!wait_until_blocked(waiter.tid, SYS_futex))
		printf("lock is a cancellation point\n");
	pthread_mutex_unlock(mutex);
	blocked_check(named("lock, cancelled after it"), &waiter);
}

static void unlocked(void)
{
	struct timespec wrong = with_ns(CLOCK_REALTIME, 1000000000);

	check_owner("lock", lock, NULL);
	check_owner("trylock", trylock, NULL);
	check_owner("timedlock, free, wrong nanoseconds", timedlock, &wrong);
	check_owner("clocklock, free, wrong nanoseconds", clocklock, &wrong);
	check_owner("clocklock, free, no such clock", clocklock_wrong, &wrong);
	CHECK(named("consistent, unlocked"), pthread_mutex_consistent(mutex));
	if (has_owner())
		CHECK(named("unlock, unlocked"), pthread_mutex_unlock(mutex));
}

static void destroyed(void)
{
	struct timespec time = near(CLOCK_REALTIME);

	CHECK(named("destroy"), pthread_mutex_destroy(mutex));
	CHECK(named("lock, destroyed"), pthread_mutex_lock(mutex));
	CHECK(named("trylock, destroyed"), pthread_mutex_trylock(mutex));
	CHECK(named("timedlock, destroyed"), pthread_mutex_timedlock(mutex, &time));
	CHECK(named("unlock, destroyed"), pthread_mutex_unlock(mutex));
}

static int be_killed_with_it(void *unused)
{
	(void)unused;
	if (pthread_mutex_lock(mutex) == 0)
		raise(SIGKILL);
	return 0;
}

static void inherit(const char *what, int (*call)(void *), void *time)
{
	check_elsewhere(named("the owner ends"), lock, NULL);
	CHECK(named(what), call(time));
	CHECK(named("consistent"), pthread_mutex_consistent(mutex));
	CHECK(named("consistent again"), pthread_mutex_consistent(mutex));
	CHECK(named("unlock, made consistent"), pthread_mutex_unlock(mutex));
}

/* Keeps owners alive while main holds it. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int hold_until_gate(void *unused)
{
	int error = pthread_mutex_lock(mutex);

	(void)unused;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return error;
}

static int lock_and_repair(void *unused)
{
	int result = pthread_mutex_lock(mutex);

	(void)unused;
	pthread_mutex_consistent(mutex);
	pthread_mutex_unlock(mutex);
	return result;
}

static void owner_dies_in_wait(void)
{
	struct blocked owner, waiter;

	pthread_mutex_lock(&gate);
	blocked_start(&owner, SYS_futex, hold_until_gate, NULL);
	blocked_start(&waiter, SYS_futex, lock_and_repair, NULL);
	pthread_mutex_unlock(&gate);
	blocked_check(named("an owner with a waiter ends"), &owner);
	blocked_check(named("lock, the owner ends in the wait"), &waiter);
}

static void owner_dies(void)
{
	struct timespec time = far(CLOCK_REALTIME);

	inherit("lock of the dead owner's", lock, NULL);
	inherit("trylock of the dead owner's", trylock, NULL);
	inherit("timedlock of the dead owner's", timedlock, &time);
	inherit("clocklock of the dead owner's", clocklock, &time);
	owner_dies_in_wait();
	if (kind->is_shared)
		check_child(named("the owner is killed"), be_killed_with_it, NULL);
	else
		check_elsewhere(named("the owner ends"), lock, NULL);
	CHECK(named("lock, not to be made consistent"), pthread_mutex_lock(mutex));
	CHECK(named("unlock, not made consistent"), pthread_mutex_unlock(mutex));
	CHECK(named("lock, not recoverable"), pthread_mutex_lock(mutex));
	CHECK(named("timedlock, not recoverable"), pthread_mutex_timedlock(mutex, &time));
	CHECK(named("consistent, not recoverable"), pthread_mutex_consistent(mutex));
	CHECK(named("unlock, not recoverable"), pthread_mutex_unlock(mutex));
	/* Last of all: glibc 2.36 leaves it locked. */
	CHECK(named("trylock, not recoverable"), pthread_mutex_trylock(mutex));
}

static void other_process(void)
{
	struct timespec time = near(CLOCK_REALTIME);

	pthread_mutex_lock(mutex);
	check_child(named("trylock, another process has it"), trylock, NULL);
	check_child(named("timedlock, another process has it"), timedlock, &time);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(lock_and_unlock(&plain_lock));
	}
	if (!wait_until_asleep(pid, pid, SYS_futex))
		printf("the child does not block\n");
	pthread_mutex_unlock(mutex);
	check_status(named("lock, waited for another process"), wait_for_child(pid));
	check_child(named("lock in another process"), lock_and_unlock, &plain_lock);
}

static void check_kind(void)
{
	init();
	/* Who may not change priorities does not get this one. */
	int error = lock(NULL);
	check(named("first lock"), error);
	if (error == 0) {
		by_owner();
		/* Threads made while this one has the priority of a ceiling start out with it. */
		if (kind->protocol != PROTECT)
			by_others();
		CHECK(named("unlock"), pthread_mutex_unlock(mutex));
		unlocked();
	}
	if (kind->protocol != PROTECT)
		waits();
	if (kind->is_shared)
		other_process();
	if (kind->is_robust)
		owner_dies();
	destroyed();
}

static void init_errors(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&attributes, PROTECT);
	CHECK("init, robust with a ceiling", pthread_mutex_init(mutex, &attributes));
	pthread_mutexattr_destroy(&attributes);
	CHECK("init without attributes", pthread_mutex_init(mutex, NULL));
	CHECK("destroy, never locked", pthread_mutex_destroy(mutex));
}

int main(void)
{
	conform_start();
	mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (mutex == MAP_FAILED)
		return 99;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		kind = &kinds[i];
		check_kind();
	}
	init_errors();
	return 0;
}
