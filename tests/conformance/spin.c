/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spin locks: every call in every mode. What a thread that spins does is seen by its time. */
#include <sys/mman.h>

#include "tests/conformance/conform.h"

#define SPUN_NS 10000000
#define COUNTERS 4
#define COUNTS 2000

/* Lives in memory that processes share. */
struct ground {
	pthread_spinlock_t lock;
	atomic_bool is_about_to_spin;
	atomic_int taken; /* how often by take() */
	long count;
};

static struct ground *ground;

static int take(void *unused)
{
	(void)unused;
	atomic_store(&ground->is_about_to_spin, true);
	int result = pthread_spin_lock(&ground->lock);
	atomic_fetch_add(&ground->taken, 1);
	return result;
}

static int take_and_release(void *unused)
{
	int result = take(unused);

	pthread_spin_unlock(&ground->lock);
	pthread_testcancel();
	return result;
}

static int take_as_may_be_cancelled_anywhere(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return take(unused);
}

static long long used_ns(clockid_t clock)
{
	struct timespec used = { 0 };

	clock_gettime(clock, &used);
	return used.tv_sec * 1000000000LL + used.tv_nsec;
}

static void wait_until_it_spins(clockid_t clock)
{
	while (!atomic_load(&ground->is_about_to_spin))
		sched_yield();
	for (long long before = used_ns(clock); used_ns(clock) - before < SPUN_NS;)
		sched_yield();
}

/* As blocked_start(), for a call that does not sleep. */
static void spinning_start(struct blocked *spinning, int (*call)(void *))
{
	clockid_t clock;

	*spinning = (struct blocked){ .call = call };
	atomic_store(&ground->is_about_to_spin, false);
	atomic_store(&ground->taken, 0);
	spinning->thread = run_thread(blocked_main, spinning);
	if (pthread_getcpuclockid(spinning->thread, &clock) != 0)
		conform_give_up("find the clock of a thread");
	wait_until_it_spins(clock);
}

static void *try_elsewhere(void *name)
{
	CHECK((const char *)name, pthread_spin_trylock(&ground->lock));
	return NULL;
}

static void *release_elsewhere(void *name)
{
	CHECK((const char *)name, pthread_spin_unlock(&ground->lock));
	return NULL;
}

static void check_uncontended(int sharing)
{
	CHECK("init", pthread_spin_init(&ground->lock, sharing));
	CHECK("lock", pthread_spin_lock(&ground->lock));
	CHECK("trylock of its own", pthread_spin_trylock(&ground->lock));
	join_thread(run_thread(try_elsewhere, "trylock of a held one"));
	CHECK("unlock", pthread_spin_unlock(&ground->lock));
	CHECK("trylock", pthread_spin_trylock(&ground->lock));
	join_thread(run_thread(try_elsewhere, "trylock of one held by trylock"));
	join_thread(run_thread(release_elsewhere, "unlock by another thread"));
	join_thread(run_thread(try_elsewhere, "trylock by another thread"));
	CHECK("unlock for a thread that has ended", pthread_spin_unlock(&ground->lock));
	CHECK("lock after that", pthread_spin_lock(&ground->lock));
	CHECK("init of a held one", pthread_spin_init(&ground->lock, sharing));
	CHECK("trylock after init", pthread_spin_trylock(&ground->lock));
	CHECK("destroy of a held one", pthread_spin_destroy(&ground->lock));
	CHECK("init after destroy", pthread_spin_init(&ground->lock, sharing));
	CHECK("destroy", pthread_spin_destroy(&ground->lock));
}

static void check_contended(int sharing)
{
	struct blocked spinning;

	pthread_spin_init(&ground->lock, sharing);
	pthread_spin_lock(&ground->lock);
	spinning_start(&spinning, take_and_release);
	CHECK("unlock while one spins", pthread_spin_unlock(&ground->lock));
	blocked_check("lock of a held one", &spinning);

	pthread_spin_lock(&ground->lock);
	spinning_start(&spinning, take_and_release);
	blocked_signal(&spinning, 0);
	CHECK("trylock after a signal to one that spins", pthread_spin_trylock(&ground->lock));
	blocked_signal(&spinning, SA_RESTART);
	pthread_spin_unlock(&ground->lock);
	blocked_check("lock with signals", &spinning);

	pthread_spin_lock(&ground->lock);
	spinning_start(&spinning, take_and_release);
	CHECK("cancel one that spins", pthread_cancel(spinning.thread));
	blocked_signal(&spinning, 0);
	pthread_spin_unlock(&ground->lock);
	blocked_check("lock with a request to cancel", &spinning);
	check_number("cancelled after it had the lock", atomic_load(&ground->taken));
	CHECK("trylock after it", pthread_spin_trylock(&ground->lock));

	spinning_start(&spinning, take_as_may_be_cancelled_anywhere);
	CHECK("cancel one that spins and can be cancelled anywhere",
	      pthread_cancel(spinning.thread));
	blocked_check("lock with asynchronous cancellation", &spinning);
	check_number("cancelled before it had the lock", atomic_load(&ground->taken));
	CHECK("trylock of what is held still", pthread_spin_trylock(&ground->lock));
	pthread_spin_unlock(&ground->lock);
	pthread_spin_destroy(&ground->lock);
}

static int in_child(void *unused)
{
	CHECK("child: trylock", pthread_spin_trylock(&ground->lock));
	return take_and_release(unused);
}

static void check_processes(void)
{
	clockid_t clock;

	pthread_spin_init(&ground->lock, PTHREAD_PROCESS_SHARED);
	pthread_spin_lock(&ground->lock);
	atomic_store(&ground->is_about_to_spin, false);
	pid_t pid = fork();
	if (pid == -1)
		conform_give_up("fork");
	if (pid == 0) {
		alarm(60);
		_exit(in_child(NULL));
	}
	if (clock_getcpuclockid(pid, &clock) != 0)
		conform_give_up("find the clock of a process");
	wait_until_it_spins(clock);
	CHECK("unlock while another process spins", pthread_spin_unlock(&ground->lock));
	check_status("lock in another process", wait_for_child(pid));
	CHECK("trylock after it", pthread_spin_trylock(&ground->lock));
	pthread_spin_destroy(&ground->lock);
}

static void *count(void *unused)
{
	(void)unused;
	for (int i = 0; i < COUNTS; i++) {
		if (i % 2 == 0 || pthread_spin_trylock(&ground->lock) != 0)
			pthread_spin_lock(&ground->lock);
		ground->count++;
		pthread_spin_unlock(&ground->lock);
	}
	return NULL;
}

static void check_exclusion(void)
{
	pthread_t threads[COUNTERS];

	pthread_spin_init(&ground->lock, PTHREAD_PROCESS_PRIVATE);
	for (int i = 0; i < COUNTERS; i++)
		threads[i] = run_thread(count, NULL);
	for (int i = 0; i < COUNTERS; i++)
		join_thread(threads[i]);
	check_number("counted by four threads", ground->count);
	pthread_spin_destroy(&ground->lock);
}

int main(void)
{
	conform_start();
	ground = mmap(NULL, sizeof(*ground), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (ground == MAP_FAILED)
		conform_give_up("map memory");
	check_uncontended(PTHREAD_PROCESS_PRIVATE);
	check_uncontended(PTHREAD_PROCESS_SHARED);
	check_uncontended(4711);
	check_contended(PTHREAD_PROCESS_PRIVATE);
	check_contended(PTHREAD_PROCESS_SHARED);
	check_processes();
	check_exclusion();
	return 0;
}
