/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads of C11: thrd_*, mtx_*, cnd_*, and tss_* destructors that lock. */
#include <threads.h>

#include "tests/conformance/conform.h"

static const char *thrd_name(int result)
{
	static const char *const names[] = { [thrd_success] = "success",
					     [thrd_busy] = "busy",
					     [thrd_error] = "error",
					     [thrd_nomem] = "nomem",
					     [thrd_timedout] = "timedout" };

	if (result < 0 || result >= (int)(sizeof(names) / sizeof(names[0])))
		return "unknown";
	return names[result];
}

/* CHECK() of a call that returns thrd_success and the like. */
#define CHECK_THRD(name, call)                                                                     \
	do {                                                                                       \
		errno = ERRNO_MARK;                                                                \
		int result_ = (call);                                                              \
		int errno_ = errno;                                                                \
		printf("%s: %s, %s\n", name, thrd_name(result_), errno_state(errno_));             \
	} while (0)

/* blocked_check() of one. */
static void blocked_check_thrd(const char *name, struct blocked *blocked)
{
	if (join_thread(blocked->thread) == PTHREAD_CANCELED)
		printf("%s: cancelled, %d cleanup\n", name, blocked->cleanups);
	else
		printf("%s: %s, %s\n", name, thrd_name(blocked->result),
		       errno_state(blocked->error));
}

static void check_elsewhere_thrd(const char *name, int (*call)(void *), void *argument)
{
	struct blocked other = { .call = call, .argument = argument };

	other.thread = run_thread(blocked_main, &other);
	blocked_check_thrd(name, &other);
}

struct kind {
	const char *name;
	int type;
};

static const struct kind kinds[] = {
	{ "plain", mtx_plain },
	{ "timed", mtx_timed },
	{ "plain recursive", mtx_plain | mtx_recursive },
	{ "timed recursive", mtx_timed | mtx_recursive },
};

static const struct kind *kind;
static mtx_t mutex, gate;
static cnd_t cond;
static bool may_go;

static const char *named(const char *what)
{
	static __thread char name[128];

	snprintf(name, sizeof(name), "%s, %s", kind->name, what);
	return name;
}

/* With a time: timed. Asked to end in the wait, which is no cancellation point, it does later. */
static int lock_and_unlock(void *time)
{
	int result = time ? mtx_timedlock(&mutex, time) : mtx_lock(&mutex);

	if (result == thrd_success)
		result = mtx_unlock(&mutex);
	pthread_testcancel();
	return result;
}

static int trylock(void *unused)
{
	(void)unused;
	return mtx_trylock(&mutex);
}

static int timedlock(void *time)
{
	return mtx_timedlock(&mutex, time);
}

static int unlock(void *unused)
{
	(void)unused;
	return mtx_unlock(&mutex);
}

static void by_owner(void)
{
	struct timespec time = near(CLOCK_REALTIME);
	bool is_recursive = kind->type & mtx_recursive;

	CHECK_THRD(named("trylock by the owner"), mtx_trylock(&mutex));
	CHECK_THRD(named("timedlock by the owner"), mtx_timedlock(&mutex, &time));
	if (is_recursive) {
		CHECK_THRD(named("lock by the owner"), mtx_lock(&mutex));
		CHECK_THRD(named("first unlock"), mtx_unlock(&mutex));
		CHECK_THRD(named("second unlock"), mtx_unlock(&mutex));
		CHECK_THRD(named("third unlock"), mtx_unlock(&mutex));
		check_elsewhere_thrd(named("unlock by another"), unlock, NULL);
	}
}

static void by_others(void)
{
	struct timespec time = past(CLOCK_REALTIME);

	check_elsewhere_thrd(named("trylock, locked"), trylock, NULL);
	check_elsewhere_thrd(named("timedlock, long over"), timedlock, &time);
	time = near(CLOCK_REALTIME);
	check_elsewhere_thrd(named("timedlock, timed out"), timedlock, &time);
	check_reached(named("timedlock, timed out"), CLOCK_REALTIME, time);
	time = with_ns(CLOCK_REALTIME, 1000000000);
	check_elsewhere_thrd(named("timedlock, wrong nanoseconds"), timedlock, &time);
}

static void hand_over(const char *what, void *time)
{
	struct blocked waiter;

	mtx_lock(&mutex);
	blocked_start(&waiter, SYS_futex, lock_and_unlock, time);
	blocked_signal_through(&waiter, 0);
	blocked_signal_through(&waiter, SA_RESTART);
	if (!time && pthread_cancel(waiter.thread) != 0)
		conform_give_up("cancel a thread");
	if (!wait_until_blocked(waiter.tid, SYS_futex))
		printf("lock is a cancellation point\n");
	mtx_unlock(&mutex);
	blocked_check_thrd(named(what), &waiter);
}

static void check_kind(void)
{
	struct timespec time = far(CLOCK_REALTIME);

	CHECK_THRD(named("init"), mtx_init(&mutex, kind->type));
	CHECK_THRD(named("lock"), mtx_lock(&mutex));
	by_owner();
	by_others();
	CHECK_THRD(named("unlock"), mtx_unlock(&mutex));
	CHECK_THRD(named("trylock"), mtx_trylock(&mutex));
	mtx_unlock(&mutex);
	time.tv_nsec = -1;
	CHECK_THRD(named("timedlock, free, wrong nanoseconds"), mtx_timedlock(&mutex, &time));
	mtx_unlock(&mutex);
	if (kind->type & mtx_recursive)
		CHECK_THRD(named("unlock, unlocked"), mtx_unlock(&mutex));
	hand_over("lock, through signals, cancelled after it", NULL);
	time = far(CLOCK_REALTIME);
	hand_over("timedlock, through signals", &time);
	mtx_destroy(&mutex);
	CHECK_THRD(named("lock, destroyed"), mtx_lock(&mutex));
	CHECK_THRD(named("trylock, destroyed"), mtx_trylock(&mutex));
	CHECK_THRD(named("unlock, destroyed"), mtx_unlock(&mutex));
}

static void unlock_in_cleanup(void *unused)
{
	(void)unused;
	mtx_unlock(&mutex);
}

/* With a time: a timed wait. */
static int wait_to_go(void *time)
{
	int result = mtx_lock(&mutex);

	pthread_cleanup_push(unlock_in_cleanup, NULL);
	while (result == thrd_success && !may_go)
		result = time ? cnd_timedwait(&cond, &mutex, time) : cnd_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
	return result;
}

static void let_go(bool go)
{
	mtx_lock(&mutex);
	may_go = go;
	mtx_unlock(&mutex);
}

static void wakings(const char *way, void *time)
{
	struct blocked waiters[2];
	char name[64];

	let_go(false);
	blocked_start(&waiters[0], SYS_futex, wait_to_go, time);
	blocked_signal_through(&waiters[0], 0);
	let_go(true);
	CHECK_THRD("cnd_signal", cnd_signal(&cond));
	snprintf(name, sizeof(name), "%s, signalled", way);
	blocked_check_thrd(name, &waiters[0]);

	let_go(false);
	for (int i = 0; i < 2; i++)
		blocked_start(&waiters[i], SYS_futex, wait_to_go, time);
	let_go(true);
	CHECK_THRD("cnd_broadcast", cnd_broadcast(&cond));
	snprintf(name, sizeof(name), "%s, broadcast to", way);
	for (int i = 0; i < 2; i++)
		blocked_check_thrd(name, &waiters[i]);

	let_go(false);
	snprintf(name, sizeof(name), "%s, cancelled", way);
	check_cancelled(name, SYS_futex, wait_to_go, time);
	CHECK_THRD("trylock after it", mtx_trylock(&mutex));
	mtx_unlock(&mutex);
}

static void conditions(void)
{
	struct timespec time = far(CLOCK_REALTIME);

	CHECK_THRD("mtx_init", mtx_init(&mutex, mtx_plain));
	CHECK_THRD("cnd_init", cnd_init(&cond));
	CHECK_THRD("cnd_signal to nobody", cnd_signal(&cond));
	CHECK_THRD("cnd_broadcast to nobody", cnd_broadcast(&cond));
	wakings("cnd_wait", NULL);
	wakings("cnd_timedwait", &time);
	mtx_lock(&mutex);
	time = near(CLOCK_REALTIME);
	CHECK_THRD("cnd_timedwait, timed out", cnd_timedwait(&cond, &mutex, &time));
	check_reached("cnd_timedwait, timed out", CLOCK_REALTIME, time);
	time = past(CLOCK_REALTIME);
	CHECK_THRD("cnd_timedwait, long over", cnd_timedwait(&cond, &mutex, &time));
	time = with_ns(CLOCK_REALTIME, 1000000000);
	CHECK_THRD("cnd_timedwait, wrong nanoseconds", cnd_timedwait(&cond, &mutex, &time));
	CHECK_THRD("unlock", mtx_unlock(&mutex));
	cnd_destroy(&cond);
	mtx_destroy(&mutex);
	CHECK_THRD("mtx_init, recursive", mtx_init(&mutex, mtx_recursive));
	CHECK_THRD("cnd_wait, mutex not locked", cnd_wait(&cond, &mutex));
	CHECK_THRD("cnd_timedwait, mutex not locked", cnd_timedwait(&cond, &mutex, &time));
	mtx_destroy(&mutex);
}

static int return_int(void *number)
{
	return *(int *)number;
}

static int exit_with_int(void *number)
{
	thrd_exit(*(int *)number);
}

static int say_self(void *self)
{
	*(thrd_t *)self = thrd_current();
	return 0;
}

static int wait_at_gate(void *number)
{
	mtx_lock(&gate);
	mtx_unlock(&gate);
	return *(int *)number;
}

static int join_thrd(void *thread)
{
	return thrd_join(*(thrd_t *)thread, NULL);
}

static void threads(void)
{
	int numbers[] = { 0, 7, -1, 1 << 30 }, result;
	thrd_t thread, self;

	for (int i = 0; i < 4; i++) {
		result = 4711;
		CHECK_THRD("thrd_create", thrd_create(&thread, return_int, &numbers[i]));
		CHECK_THRD("thrd_join", thrd_join(thread, &result));
		check_number("the result returned", result);
		thrd_create(&thread, exit_with_int, &numbers[i]);
		CHECK_THRD("thrd_join, exited", thrd_join(thread, &result));
		check_number("the result given to thrd_exit", result);
	}
	thrd_create(&thread, say_self, &self);
	CHECK_THRD("thrd_join without a result", thrd_join(thread, NULL));
	check_number("thrd_current is the thread's own", thrd_equal(self, thread) != 0);
	CHECK_THRD("thrd_join of itself", thrd_join(thrd_current(), NULL));
	mtx_init(&gate, mtx_plain);
	mtx_lock(&gate);
	thrd_create(&thread, wait_at_gate, &numbers[1]);
	CHECK_THRD("thrd_detach", thrd_detach(thread));
	CHECK_THRD("thrd_detach again", thrd_detach(thread));
	CHECK_THRD("thrd_join of a detached thread", thrd_join(thread, NULL));
	mtx_unlock(&gate);
}

static void joins(void)
{
	struct blocked joiner;
	int number = 5, result = 0;
	thrd_t thread;

	mtx_lock(&gate);
	thrd_create(&thread, wait_at_gate, &number);
	check_cancelled("thrd_join, cancelled", SYS_futex, join_thrd, &thread);
	blocked_start(&joiner, SYS_futex, join_thrd, &thread);
	blocked_signal_through(&joiner, 0);
	mtx_unlock(&gate);
	blocked_check_thrd("thrd_join, through a signal", &joiner);
	mtx_lock(&gate);
	thrd_create(&thread, wait_at_gate, &number);
	check("cancel of a thrd", pthread_cancel(thread));
	mtx_unlock(&gate);
	CHECK_THRD("thrd_join of one that never looks", thrd_join(thread, &result));
	check_number("its result", result);
}

static void no_room(void)
{
	pthread_attr_t usual, large;
	thrd_t thread;
	int number = 0;

	pthread_getattr_default_np(&usual);
	pthread_attr_init(&large);
	pthread_attr_setstacksize(&large, (size_t)1 << 46);
	check("default attributes", pthread_setattr_default_np(&large));
	CHECK_THRD("thrd_create, no room", thrd_create(&thread, return_int, &number));
	pthread_setattr_default_np(&usual);
	pthread_attr_destroy(&usual);
	pthread_attr_destroy(&large);
}

static tss_t keys[2];
static int destructions[2];

static void destroy_first(void *value)
{
	mtx_lock(&mutex);
	destructions[0]++;
	tss_set(keys[1], value);
	mtx_unlock(&mutex);
}

static void destroy_second(void *value)
{
	mtx_lock(&mutex);
	if (++destructions[1] < 3)
		tss_set(keys[0], value);
	mtx_unlock(&mutex);
}

static int use_keys(void *value)
{
	tss_set(keys[0], value);
	thrd_exit(3);
}

static void destructors(void)
{
	thrd_t thread;
	int result = 0;

	mtx_init(&mutex, mtx_plain);
	check("tss_create", tss_create(&keys[0], destroy_first));
	tss_create(&keys[1], destroy_second);
	thrd_create(&thread, use_keys, &result);
	CHECK_THRD("thrd_join, with destructors", thrd_join(thread, &result));
	check_number("its result", result);
	check_number("first destructor", destructions[0]);
	check_number("second destructor", destructions[1]);
	mtx_destroy(&mutex);
}

int main(void)
{
	conform_start();
	CHECK_THRD("mtx_init, no such type", mtx_init(&mutex, 77));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		kind = &kinds[i];
		check_kind();
	}
	conditions();
	threads();
	joins();
	no_room();
	destructors();
	return 0;
}
