/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * faults WHICH: faults on locks without names, each made on the heap at a place of its own. "all":
 * those after which a program goes on; else one after which it does not.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"
#include "tests/programs/stage.h"

struct pair {
	pthread_mutex_t *one, *other;
	void (*in_between)(void);
};

static void sleep_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static pthread_t begin(void *(*routine)(void *), void *argument)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, routine, argument), 0);
	return thread;
}

static void run(void *(*routine)(void *), void *argument)
{
	EXPECT(pthread_join(begin(routine, argument), NULL), 0);
}

static pthread_mutex_t *make_ledger(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));

	EXPECT(pthread_mutex_init(mutex, NULL), 0);
	return mutex;
}

static pthread_mutex_t *make_journal(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));

	EXPECT(pthread_mutex_init(mutex, NULL), 0);
	return mutex;
}

static pthread_mutex_t *make_checked(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	EXPECT(pthread_mutex_init(mutex, &attributes), 0);
	return mutex;
}

static pthread_cond_t *make_condition(void)
{
	pthread_cond_t *condition = malloc(sizeof(*condition));

	EXPECT(pthread_cond_init(condition, NULL), 0);
	return condition;
}

static void *take_both(void *argument)
{
	struct pair *pair = argument;

	pthread_mutex_lock(pair->one);
	if (pair->in_between)
		pair->in_between();
	pthread_mutex_lock(pair->other);
	pthread_mutex_unlock(pair->other);
	pthread_mutex_unlock(pair->one);
	return NULL;
}

/* The second thread is there from the start, but late: a trace shows no order between the two. */
static void *take_both_late(void *argument)
{
	reach(1);
	return take_both(argument);
}

static struct pair turned(const struct pair *pair)
{
	return (struct pair){ pair->other, pair->one, pair->in_between };
}

static void in_both_orders(struct pair *pair, struct pair *late)
{
	atomic_store(&stage, 0);
	pthread_t thread = begin(take_both_late, late);
	pthread_t first = begin(take_both, pair);
	pthread_join(first, NULL);
	atomic_store(&stage, 1);
	pthread_join(thread, NULL);
}

static void lock_order(void)
{
	struct pair pair = { make_ledger(), make_journal(), NULL };
	struct pair late = turned(&pair);

	in_both_orders(&pair, &late);
}

/* Of the same two places, but never the same two. */
static void class_order(void)
{
	struct pair pair = { make_checked(), make_ledger(), NULL };
	struct pair late = { make_ledger(), make_checked(), NULL };

	in_both_orders(&pair, &late);
}

static void *unlock_it(void *mutex)
{
	EXPECT(pthread_mutex_unlock(mutex), EPERM);
	return NULL;
}

static void *leave_with_it(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

static void mutexes(void)
{
	pthread_mutex_t *mutex = make_checked();

	pthread_mutex_lock(mutex);
	EXPECT(pthread_mutex_lock(mutex), EDEADLK);
	run(unlock_it, mutex);
	EXPECT(pthread_mutex_destroy(mutex), EBUSY);
	pthread_mutex_unlock(mutex);
	EXPECT(pthread_mutex_unlock(mutex), EPERM);
	pthread_mutex_destroy(mutex);
	pthread_mutex_lock(mutex);
	mutex = make_checked();
	pthread_mutex_lock(mutex);
	pthread_mutex_init(mutex, NULL);
	run(leave_with_it, make_journal());
}

static void robust(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	EXPECT(pthread_mutex_init(mutex, &attributes), 0);
	run(leave_with_it, mutex);
	EXPECT(pthread_mutex_lock(mutex), EOWNERDEAD);
	pthread_mutex_unlock(mutex);
}

static void upgrade(void)
{
	pthread_rwlock_t *shelf = malloc(sizeof(*shelf));

	pthread_rwlock_init(shelf, NULL);
	pthread_rwlock_rdlock(shelf);
	EXPECT(pthread_rwlock_trywrlock(shelf), EBUSY);
	pthread_rwlock_unlock(shelf);
}

static void wait_without(void)
{
	struct timespec time = soon(CLOCK_REALTIME, 5);

	pthread_cond_timedwait(make_condition(), make_journal(), &time);
}

static void *signal_early(void *condition)
{
	pthread_cond_signal(condition);
	return NULL;
}

static void lost_wakeup(void)
{
	pthread_mutex_t *mutex = make_ledger();
	pthread_cond_t *condition = make_condition();
	struct timespec time = soon(CLOCK_REALTIME, 20);

	pthread_mutex_lock(mutex);
	run(signal_early, condition);
	pthread_cond_timedwait(condition, mutex, &time);
	pthread_mutex_unlock(mutex);
}

static void *hold_long(void *mutex)
{
	pthread_mutex_lock(mutex);
	atomic_store(&stage, 1);
	sleep_ms(40);
	pthread_mutex_unlock(mutex);
	return NULL;
}

static void long_times(void)
{
	pthread_mutex_t *mutex = make_ledger();

	atomic_store(&stage, 0);
	pthread_t thread = begin(hold_long, mutex);
	reach(1);
	pthread_mutex_lock(mutex);
	pthread_mutex_unlock(mutex);
	pthread_join(thread, NULL);
}

static void *fail_to_get_on(void *argument)
{
	struct pair *pair = argument;

	pthread_mutex_lock(pair->one);
	meet();
	for (int i = 0; i < 40; i++) {
		sleep_ms(4);
		EXPECT(pthread_mutex_trylock(pair->other), EBUSY);
	}
	atomic_fetch_add(&stage, 1);
	reach(4);
	pthread_mutex_unlock(pair->one);
	return NULL;
}

static void livelock(void)
{
	struct pair pair = { make_ledger(), make_journal(), NULL };
	struct pair back = turned(&pair);

	atomic_store(&stage, 0);
	pthread_t thread = begin(fail_to_get_on, &pair);
	run(fail_to_get_on, &back);
	pthread_join(thread, NULL);
}

struct waiting {
	pthread_cond_t *condition;
	pthread_mutex_t *mutex;
	sem_t semaphore;
};

static void *wait_a_while(void *argument)
{
	struct waiting *waiting = argument;
	struct timespec time = soon(CLOCK_REALTIME, 60);

	pthread_mutex_lock(waiting->mutex);
	atomic_store(&stage, 1);
	pthread_cond_timedwait(waiting->condition, waiting->mutex, &time);
	pthread_mutex_unlock(waiting->mutex);
	sem_wait(&waiting->semaphore);
	return NULL;
}

/* The mutex is free when the thread waits. */
static void waited_on(void)
{
	struct waiting waiting = { .condition = make_condition(), .mutex = make_ledger() };
	pthread_mutex_t *mutex = make_journal();
	struct timespec time = soon(CLOCK_REALTIME, 10);

	sem_init(&waiting.semaphore, 0, 0);
	atomic_store(&stage, 0);
	pthread_t thread = begin(wait_a_while, &waiting);
	reach(1);
	pthread_mutex_lock(waiting.mutex);
	pthread_mutex_unlock(waiting.mutex);
	pthread_mutex_lock(mutex);
	pthread_cond_timedwait(waiting.condition, mutex, &time);
	pthread_mutex_unlock(mutex);
	sleep_ms(120);
	sem_destroy(&waiting.semaphore);
	sem_post(&waiting.semaphore);
	pthread_join(thread, NULL);
}

static void *hold_while_forking(void *mutex)
{
	pthread_mutex_lock(mutex);
	atomic_store(&stage, 1);
	reach(2);
	pthread_mutex_unlock(mutex);
	return NULL;
}

static void fork_held(void)
{
	pthread_mutex_t *mutex = make_ledger();

	atomic_store(&stage, 0);
	pthread_t thread = begin(hold_while_forking, mutex);
	reach(1);
	pid_t child = fork();
	if (!child)
		_exit(pthread_mutex_trylock(mutex) != EBUSY);
	waitpid(child, NULL, 0);
	atomic_store(&stage, 2);
	pthread_join(thread, NULL);
}

static void all(void)
{
	lock_order();
	class_order();
	mutexes();
	robust();
	upgrade();
	wait_without();
	lost_wakeup();
	long_times();
	livelock();
	waited_on();
	fork_held();
}

static void deadlock(void)
{
	struct pair pair = { make_ledger(), make_journal(), meet };
	struct pair back = turned(&pair);
	pthread_t thread = begin(take_both, &back);

	run(take_both, &pair);
	pthread_join(thread, NULL);
}

static void self_deadlock(void)
{
	pthread_mutex_t *mutex = make_ledger();

	pthread_mutex_lock(mutex);
	pthread_mutex_lock(mutex);
}

static void stuck(void)
{
	pthread_mutex_t *mutex = make_journal();

	run(leave_with_it, mutex);
	pthread_mutex_lock(mutex);
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "all", all },
	{ "deadlock", deadlock },
	{ "self-deadlock", self_deadlock },
	{ "stuck", stuck },
};

int main(int argc, char **argv)
{
	EXPECT(argc, 2);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (!strcmp(argv[1], faults[i].name))
			faults[i].run();
	return 0;
}
