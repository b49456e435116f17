/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways to take a read-write lock, and to wait for one; for tests/conformance/rwlock.c. */
#ifndef TESTS_CONFORMANCE_RWLOCK_WAYS_H
#define TESTS_CONFORMANCE_RWLOCK_WAYS_H

#include "tests/conformance/conform.h"

/* One way to take a lock. */
struct way {
	const char *name;
	int (*call)(pthread_rwlock_t *lock, const struct timespec *deadline);
	clockid_t clock;
	bool is_read, is_timed;
};

static inline int untimed_read(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	(void)deadline;
	return pthread_rwlock_rdlock(lock);
}

static inline int untimed_write(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	(void)deadline;
	return pthread_rwlock_wrlock(lock);
}

static inline int real_read(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	return pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, deadline);
}

static inline int real_write(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	return pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, deadline);
}

static inline int monotonic_read(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	return pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, deadline);
}

static inline int monotonic_write(pthread_rwlock_t *lock, const struct timespec *deadline)
{
	return pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, deadline);
}

static const struct way ways[] = {
	{ "rdlock", untimed_read, CLOCK_REALTIME, true, false },
	{ "wrlock", untimed_write, CLOCK_REALTIME, false, false },
	{ "timedrdlock", pthread_rwlock_timedrdlock, CLOCK_REALTIME, true, true },
	{ "timedwrlock", pthread_rwlock_timedwrlock, CLOCK_REALTIME, false, true },
	{ "clockrdlock real", real_read, CLOCK_REALTIME, true, true },
	{ "clockwrlock real", real_write, CLOCK_REALTIME, false, true },
	{ "clockrdlock monotonic", monotonic_read, CLOCK_MONOTONIC, true, true },
	{ "clockwrlock monotonic", monotonic_write, CLOCK_MONOTONIC, false, true },
};

#define WAYS ((int)(sizeof(ways) / sizeof(ways[0])))
#define READ_WAY (&ways[0])
#define WRITE_WAY (&ways[1])

/* "rdlock: of a free lock", until the next call by this thread. */
static inline const char *of(const struct way *way, const char *what)
{
	static __thread char text[80];

	snprintf(text, sizeof(text), "%s: %s", way->name, what);
	return text;
}

static inline void make_lock(pthread_rwlock_t *lock, int preference, int sharing)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, preference);
	pthread_rwlockattr_setpshared(&attributes, sharing);
	CHECK("init", pthread_rwlock_init(lock, &attributes));
	pthread_rwlockattr_destroy(&attributes);
}

/* A thread that takes a lock, says so, and gives it back. */
struct taking {
	struct blocked blocked;
	const struct way *way;
	pthread_rwlock_t *lock;
	struct timespec deadline;
	atomic_int taken;
};

/* Who had the lock in which turn: 'r', 'w'. */
static char turns[8];
static atomic_int turn_count;

static inline int take_and_release(void *context)
{
	struct taking *taking = context;
	int result = taking->way->call(taking->lock, &taking->deadline);

	if (result == 0) {
		turns[atomic_fetch_add(&turn_count, 1)] = taking->way->is_read ? 'r' : 'w';
		atomic_fetch_add(&taking->taken, 1);
		pthread_rwlock_unlock(taking->lock);
	}
	pthread_testcancel();
	return result;
}

/* Returns when the thread sleeps: the lock is held. */
static inline void taking_start(struct taking *taking, const struct way *way,
				pthread_rwlock_t *lock, long ms)
{
	taking->way = way;
	taking->lock = lock;
	taking->deadline = in_ms(way->clock, ms);
	atomic_store(&taking->taken, 0);
	blocked_start(&taking->blocked, SYS_futex, take_and_release, taking);
}

static inline void turns_start(void)
{
	memset(turns, 0, sizeof(turns));
	atomic_store(&turn_count, 0);
}

/* Each way waits for who holds the lock: undisturbed, with signals, with a request to cancel. */
static inline void check_waits(pthread_rwlock_t *lock, const struct way *holder)
{
	struct timespec later = far(holder->clock);
	struct taking taking;

	for (int i = 0; i < WAYS; i++) {
		if (holder->is_read && ways[i].is_read)
			continue;
		turns_start();
		CHECK(of(holder, "held"), holder->call(lock, &later));
		taking_start(&taking, &ways[i], lock, 100000);
		CHECK("trywrlock while one waits", pthread_rwlock_trywrlock(lock));
		CHECK("unlock while one waits", pthread_rwlock_unlock(lock));
		blocked_check(of(&ways[i], "waited"), &taking.blocked);

		CHECK(of(holder, "held"), holder->call(lock, &later));
		taking_start(&taking, &ways[i], lock, 100000);
		blocked_signal_through(&taking.blocked, 0);
		blocked_signal_through(&taking.blocked, SA_RESTART);
		check_number("had it so far", atomic_load(&taking.taken));
		CHECK("unlock while one waits", pthread_rwlock_unlock(lock));
		blocked_check(of(&ways[i], "waited, with signals"), &taking.blocked);

		CHECK(of(holder, "held"), holder->call(lock, &later));
		taking_start(&taking, &ways[i], lock, 100000);
		CHECK("cancel one that waits", pthread_cancel(taking.blocked.thread));
		blocked_signal_through(&taking.blocked, 0);
		CHECK("unlock while one waits", pthread_rwlock_unlock(lock));
		blocked_check(of(&ways[i], "waited, with a request to cancel"), &taking.blocked);
		check_number("had it before it was cancelled", atomic_load(&taking.taken));
		CHECK("trywrlock after all", pthread_rwlock_trywrlock(lock));
		CHECK("unlock", pthread_rwlock_unlock(lock));
	}
}

/* All timed ways at once: a signal does not make the wait longer, or end it. */
static inline void check_timeouts_with_signals(pthread_rwlock_t *lock)
{
	struct taking taking[WAYS];

	CHECK("wrlock", pthread_rwlock_wrlock(lock));
	for (int i = 0; i < WAYS; i++)
		if (ways[i].is_timed)
			taking_start(&taking[i], &ways[i], lock, 1500);
	for (int i = 0; i < WAYS; i++)
		if (ways[i].is_timed)
			blocked_signal(&taking[i].blocked, i % 4 ? SA_RESTART : 0);
	for (int i = 0; i < WAYS; i++) {
		if (!ways[i].is_timed)
			continue;
		blocked_check(of(&ways[i], "in vain, with a signal"), &taking[i].blocked);
		check_reached(of(&ways[i], "how long"), ways[i].clock, taking[i].deadline);
	}
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("trywrlock after all", pthread_rwlock_trywrlock(lock));
	CHECK("unlock", pthread_rwlock_unlock(lock));
}

#endif
