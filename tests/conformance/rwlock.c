/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Read-write locks: every call in every mode, with each preference. */
#include <limits.h>
#include <sys/mman.h>

#include "tests/conformance/conform.h"
#include "tests/conformance/rwlock_ways.h"

#define READERS 16
#define COUNTERS 4
#define COUNTS 1000

/* What free locks give, and what a thread gets that holds them itself. */
static void check_own(pthread_rwlock_t *lock, const struct way *way)
{
	struct timespec later = far(way->clock), over = past(way->clock);

	CHECK(of(way, "free"), way->call(lock, &later));
	CHECK("tryrdlock of its own", pthread_rwlock_tryrdlock(lock));
	if (way->is_read)
		CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("trywrlock of its own", pthread_rwlock_trywrlock(lock));
	if (!way->is_read || way->is_timed)
		CHECK(of(way, "again, too late"), way->call(lock, &over));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	if (way->is_read && way->is_timed)
		CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK(of(way, "free, too late"), way->call(lock, &over));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("trywrlock", pthread_rwlock_trywrlock(lock));
	CHECK(of(way, "its own for writing"), way->call(lock, &later));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("tryrdlock", pthread_rwlock_tryrdlock(lock));
	if (way->is_read)
		CHECK(of(way, "its own for reading"), way->call(lock, &later));
	else if (way->is_timed)
		CHECK(of(way, "its own for reading, too late"), way->call(lock, &over));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	if (way->is_read)
		CHECK("unlock", pthread_rwlock_unlock(lock));
}

/* What is wrong with the time is found before anything else, whoever has the lock. */
static void check_wrong_times(pthread_rwlock_t *lock, const struct way *way, const char *state)
{
	static const long wrong[] = { -1, 1000000000, LONG_MAX, LONG_MIN };

	for (int i = 0; i < 4; i++) {
		struct timespec deadline = with_ns(way->clock, wrong[i]);

		CHECK(of(way, state), way->call(lock, &deadline));
	}
	for (long ns = 0; ns < 1000000000; ns += 999999999) {
		struct timespec deadline = { .tv_sec = -1, .tv_nsec = ns };
		int result = way->call(lock, &deadline);

		check(of(way, "a negative time"), result);
		if (result == 0)
			pthread_rwlock_unlock(lock);
	}
}

static void check_wrong_clocks(pthread_rwlock_t *lock, const char *state)
{
	static const clockid_t wrong[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
					   CLOCK_BOOTTIME, -1, 4711 };
	struct timespec later = far(CLOCK_REALTIME);

	for (int i = 0; i < 5; i++) {
		CHECK(state, pthread_rwlock_clockrdlock(lock, wrong[i], &later));
		CHECK(state, pthread_rwlock_clockwrlock(lock, wrong[i], &later));
	}
}

static void check_wrong(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
	const struct timespec *volatile none = NULL;

	for (int i = 0; i < WAYS; i++) {
		if (!ways[i].is_timed)
			continue;
		check_wrong_times(&lock, &ways[i], "a wrong time, free");
		CHECK("it is free still", pthread_rwlock_trywrlock(&lock));
		check_wrong_times(&lock, &ways[i], "a wrong time, its own");
		CHECK(of(&ways[i], "no time, its own"), ways[i].call(&lock, none));
		CHECK("unlock", pthread_rwlock_unlock(&lock));
		CHECK(of(&ways[i], "no time, free"), ways[i].call(&lock, none));
		CHECK("unlock", pthread_rwlock_unlock(&lock));
	}
	check_wrong_clocks(&lock, "a wrong clock, free");
	CHECK("it is free still", pthread_rwlock_trywrlock(&lock));
	check_wrong_clocks(&lock, "a wrong clock, its own");
	CHECK("unlock", pthread_rwlock_unlock(&lock));
}

/* As many readers as glibc can count are not to be had otherwise. */
static void check_too_many_readers(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	lock.__data.__readers = 0x7ffffff0;
	CHECK("the last reader", pthread_rwlock_rdlock(&lock));
	CHECK("tryrdlock: one more", pthread_rwlock_tryrdlock(&lock));
	CHECK("trywrlock: many readers", pthread_rwlock_trywrlock(&lock));
	for (int i = 0; i < WAYS; i++) {
		struct timespec later = far(ways[i].clock);

		if (ways[i].is_read)
			CHECK(of(&ways[i], "one more"), ways[i].call(&lock, &later));
	}
}

/* What another thread gets at once while the lock is held. */
static void *try_elsewhere(void *context)
{
	pthread_rwlock_t *lock = context;

	int result = pthread_rwlock_tryrdlock(lock);
	check("elsewhere: tryrdlock", result);
	if (result == 0)
		CHECK("elsewhere: unlock", pthread_rwlock_unlock(lock));
	CHECK("elsewhere: trywrlock", pthread_rwlock_trywrlock(lock));
	for (int i = 0; i < WAYS; i++) {
		struct timespec soon = near(ways[i].clock), over = past(ways[i].clock);

		if (!ways[i].is_timed || (result == 0 && ways[i].is_read))
			continue;
		CHECK(of(&ways[i], "elsewhere, in vain"), ways[i].call(lock, &soon));
		check_reached(of(&ways[i], "how long"), ways[i].clock, soon);
		CHECK(of(&ways[i], "elsewhere, too late"), ways[i].call(lock, &over));
	}
	return NULL;
}

static void *release_elsewhere(void *lock)
{
	CHECK("elsewhere: unlock of another reader's", pthread_rwlock_unlock(lock));
	return NULL;
}

static void check_held(pthread_rwlock_t *lock)
{
	CHECK("rdlock", pthread_rwlock_rdlock(lock));
	join_thread(run_thread(try_elsewhere, lock));
	CHECK("rdlock after that", pthread_rwlock_rdlock(lock));
	join_thread(run_thread(release_elsewhere, lock));
	CHECK("trywrlock with one reader left", pthread_rwlock_trywrlock(lock));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("wrlock", pthread_rwlock_wrlock(lock));
	join_thread(run_thread(try_elsewhere, lock));
	CHECK("unlock", pthread_rwlock_unlock(lock));
}

/* A writer waits for a reader: may others read meanwhile? */
static void check_reading_past_writer(pthread_rwlock_t *lock)
{
	struct taking writer, reader;

	turns_start();
	CHECK("rdlock", pthread_rwlock_rdlock(lock));
	taking_start(&writer, WRITE_WAY, lock, 0);
	join_thread(run_thread(try_elsewhere, lock));
	int again = pthread_rwlock_tryrdlock(lock);
	check("tryrdlock of its own while a writer waits", again);
	if (again == 0) {
		CHECK("unlock", pthread_rwlock_unlock(lock));
	} else {
		taking_start(&reader, READ_WAY, lock, 0);
		blocked_signal_through(&reader.blocked, 0);
		CHECK("cancel the reader", pthread_cancel(reader.blocked.thread));
	}
	CHECK("unlock while a writer waits", pthread_rwlock_unlock(lock));
	blocked_check("the writer that waited", &writer.blocked);
	if (again != 0)
		blocked_check("the reader behind it", &reader.blocked);
	check_text("turns", turns);
}

/* Who gets it from a writer when a reader and a writer wait? */
static void check_handing_over(pthread_rwlock_t *lock, const struct way *first,
			       const struct way *second)
{
	struct taking one, two;

	turns_start();
	CHECK("wrlock", pthread_rwlock_wrlock(lock));
	taking_start(&one, first, lock, 0);
	taking_start(&two, second, lock, 0);
	CHECK("unlock", pthread_rwlock_unlock(lock));
	blocked_check("the first that waited", &one.blocked);
	blocked_check("the second that waited", &two.blocked);
	check_text("turns", turns);
}

static atomic_int readers_inside, readers_seen; /* seen: by the writer */
static atomic_bool readers_may_leave;

static void *read_together(void *lock)
{
	int result = pthread_rwlock_rdlock(lock);

	atomic_fetch_add(&readers_inside, 1);
	while (!atomic_load(&readers_may_leave))
		pause_ms(1);
	atomic_fetch_sub(&readers_inside, 1);
	pthread_rwlock_unlock(lock);
	return (void *)(long)result;
}

static int write_after_readers(void *lock)
{
	int result = pthread_rwlock_wrlock(lock);

	atomic_store(&readers_seen, atomic_load(&readers_inside));
	pthread_rwlock_unlock(lock);
	return result;
}

static void check_many_readers(pthread_rwlock_t *lock)
{
	pthread_t readers[READERS];
	struct blocked writer;
	long failed = 0;

	atomic_store(&readers_may_leave, false);
	for (int i = 0; i < READERS; i++)
		readers[i] = run_thread(read_together, lock);
	while (atomic_load(&readers_inside) != READERS)
		pause_ms(1);
	CHECK("trywrlock with many readers", pthread_rwlock_trywrlock(lock));
	blocked_start(&writer, SYS_futex, write_after_readers, lock);
	check_number("readers inside", atomic_load(&readers_inside));
	atomic_store(&readers_may_leave, true);
	for (int i = 0; i < READERS; i++)
		failed += (long)join_thread(readers[i]);
	check_number("readers that failed", failed);
	blocked_check("the writer after many readers", &writer);
	check_number("readers when it was in", atomic_load(&readers_seen));
}

/* Lives in memory that processes share. */
struct ground {
	pthread_rwlock_t lock;
	atomic_int child_at;
	int results[4]; /* of the child's calls, which the parent tells */
};

static int in_child(struct ground *ground)
{
	try_elsewhere(&ground->lock);
	atomic_store(&ground->child_at, 1);
	ground->results[0] = pthread_rwlock_rdlock(&ground->lock);
	atomic_store(&ground->child_at, 2);
	while (atomic_load(&ground->child_at) == 2)
		pause_ms(1);
	ground->results[1] = pthread_rwlock_unlock(&ground->lock);
	ground->results[2] = pthread_rwlock_wrlock(&ground->lock);
	ground->results[3] = pthread_rwlock_unlock(&ground->lock);
	return 7;
}

static void check_processes(struct ground *ground)
{
	make_lock(&ground->lock, PTHREAD_RWLOCK_DEFAULT_NP, PTHREAD_PROCESS_SHARED);
	CHECK("wrlock before fork", pthread_rwlock_wrlock(&ground->lock));
	pid_t pid = fork();
	if (pid == -1)
		conform_give_up("fork");
	if (pid == 0) {
		alarm(60);
		_exit(in_child(ground));
	}
	while (atomic_load(&ground->child_at) != 1)
		pause_ms(1);
	if (!wait_until_asleep(pid, pid, SYS_futex))
		printf("the child does not block\n");
	CHECK("unlock while a child waits", pthread_rwlock_unlock(&ground->lock));
	while (atomic_load(&ground->child_at) != 2)
		pause_ms(1);
	CHECK("trywrlock while a child reads", pthread_rwlock_trywrlock(&ground->lock));
	CHECK("rdlock while a child reads", pthread_rwlock_rdlock(&ground->lock));
	atomic_store(&ground->child_at, 3);
	if (!wait_until_asleep(pid, pid, SYS_futex))
		printf("the child does not block\n");
	CHECK("unlock while a child waits to write", pthread_rwlock_unlock(&ground->lock));
	check_status("child", wait_for_child(pid));
	for (int i = 0; i < 4; i++)
		check("a call of the child", ground->results[i]);
	CHECK("trywrlock after the child", pthread_rwlock_trywrlock(&ground->lock));
	CHECK("unlock", pthread_rwlock_unlock(&ground->lock));
}

/* A lock that was held when the process was made is held there for ever. */
static int try_inherited(void *lock)
{
	try_elsewhere(lock);
	return 0;
}

static void check_inherited(pthread_rwlock_t *lock)
{
	CHECK("rdlock before fork", pthread_rwlock_rdlock(lock));
	check_child("child with a read lock", try_inherited, lock);
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("wrlock before fork", pthread_rwlock_wrlock(lock));
	check_child("child with a write lock", try_inherited, lock);
	CHECK("unlock", pthread_rwlock_unlock(lock));
}

struct counting {
	pthread_rwlock_t *lock;
	long one, other;
	atomic_int uneven;
};

static void *count(void *context)
{
	struct counting *counting = context;

	for (int i = 0; i < COUNTS; i++) {
		struct timespec later = far(ways[i % WAYS].clock);

		if (ways[i % WAYS].call(counting->lock, &later) != 0)
			conform_give_up("take a lock");
		if (ways[i % WAYS].is_read) {
			atomic_fetch_add(&counting->uneven, counting->one != counting->other);
		} else {
			counting->one++;
			counting->other++;
		}
		pthread_rwlock_unlock(counting->lock);
	}
	return NULL;
}

static void check_exclusion(pthread_rwlock_t *lock)
{
	struct counting counting = { .lock = lock };
	pthread_t threads[COUNTERS];

	for (int i = 0; i < COUNTERS; i++)
		threads[i] = run_thread(count, &counting);
	for (int i = 0; i < COUNTERS; i++)
		join_thread(threads[i]);
	check_number("written by four threads", counting.one);
	check_number("uneven when read", counting.uneven);
}

static void check_lock(const char *name, pthread_rwlock_t *lock)
{
	check_text("lock", name);
	for (int i = 0; i < WAYS; i++)
		check_own(lock, &ways[i]);
	check_held(lock);
	check_waits(lock, WRITE_WAY);
	check_waits(lock, READ_WAY);
	check_reading_past_writer(lock);
	check_handing_over(lock, WRITE_WAY, READ_WAY);
	check_handing_over(lock, READ_WAY, WRITE_WAY);
	check_many_readers(lock);
	check_inherited(lock);
	check_exclusion(lock);
	CHECK("wrlock", pthread_rwlock_wrlock(lock));
	CHECK("destroy of a held one", pthread_rwlock_destroy(lock));
	CHECK("init after destroy", pthread_rwlock_init(lock, NULL));
	CHECK("trywrlock after init", pthread_rwlock_trywrlock(lock));
	CHECK("init of a held one", pthread_rwlock_init(lock, NULL));
	CHECK("trywrlock after init", pthread_rwlock_trywrlock(lock));
	CHECK("unlock", pthread_rwlock_unlock(lock));
	CHECK("destroy", pthread_rwlock_destroy(lock));
}

int main(void)
{
	static pthread_rwlock_t readers_first = PTHREAD_RWLOCK_INITIALIZER;
	static pthread_rwlock_t writers_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
	static pthread_rwlock_t made;

	conform_start();
	struct ground *ground = mmap(NULL, sizeof(*ground), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ground == MAP_FAILED)
		conform_give_up("map memory");
	check_wrong();
	check_too_many_readers();
	check_lock("initialised", &readers_first);
	check_lock("initialised, writers first", &writers_first);
	check_timeouts_with_signals(&readers_first);
	check_timeouts_with_signals(&writers_first);
	make_lock(&made, PTHREAD_RWLOCK_PREFER_WRITER_NP, PTHREAD_PROCESS_PRIVATE);
	check_lock("writers first, recursive", &made);
	make_lock(&made, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, PTHREAD_PROCESS_SHARED);
	check_lock("writers first, shared", &made);
	check_processes(ground);
	return 0;
}
