/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Barriers: parties of every size, over many rounds, and every way that a wait can end. */
#include <limits.h>
#include <setjmp.h>
#include <sys/mman.h>

#include "tests/conformance/conform.h"

#define PARTY_MAX 5
#define ROUNDS 200

/* In memory that children share. */
static pthread_barrier_t *barrier;
static atomic_int *child_is_there;
static __thread sigjmp_buf back;
static atomic_int serial, others, too_early;
static atomic_int arrived[ROUNDS];
static unsigned party;

static int arrive(void *unused)
{
	(void)unused;
	return pthread_barrier_wait(barrier);
}

static int arrive_asynchronous(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return arrive(unused);
}

static int arrive_when_asked_to_end(void *unused)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	errno = ERRNO_MARK;
	return arrive(unused);
}

static int jump_out(void *unused)
{
	return sigsetjmp(back, 1) ? EINTR : arrive(unused);
}

static int exit_after_jump(void *unused)
{
	check_text("after the jump", error_name(jump_out(unused)));
	pthread_exit(PTHREAD_CANCELED);
}

static void jump_back(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void counts(void)
{
	pthread_barrierattr_t attributes;

	CHECK("init: 0", pthread_barrier_init(barrier, NULL, 0));
	CHECK("init: too many", pthread_barrier_init(barrier, NULL, INT_MAX));
	CHECK("init: far too many", pthread_barrier_init(barrier, NULL, UINT_MAX));
	CHECK("init: highest", pthread_barrier_init(barrier, NULL, INT_MAX - 1));
	CHECK("destroy: highest", pthread_barrier_destroy(barrier));
	pthread_barrierattr_init(&attributes);
	CHECK("init: attributes", pthread_barrier_init(barrier, &attributes, 2));
	CHECK("destroy: attributes", pthread_barrier_destroy(barrier));
	CHECK("init: attributes, 0", pthread_barrier_init(barrier, &attributes, 0));
	CHECK("init: 1", pthread_barrier_init(barrier, NULL, 1));
	for (int i = 0; i < 3; i++)
		CHECK("wait: 1", arrive(NULL));
	check_elsewhere("asked to end: 1", arrive_when_asked_to_end, NULL);
	CHECK("destroy: 1", pthread_barrier_destroy(barrier));
}

static void *go_round(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		atomic_fetch_add(&arrived[i], 1);
		if (arrive(NULL) == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&serial, 1);
		else
			atomic_fetch_add(&others, 1);
		if (atomic_load(&arrived[i]) != (int)party)
			atomic_fetch_add(&too_early, 1);
	}
	return NULL;
}

static void rounds_of(unsigned size)
{
	pthread_t threads[PARTY_MAX];
	char name[32];

	party = size;
	serial = others = too_early = 0;
	memset(arrived, 0, sizeof(arrived));
	snprintf(name, sizeof(name), "party of %u", size);
	CHECK(name, pthread_barrier_init(barrier, NULL, size));
	for (unsigned i = 0; i < size; i++)
		threads[i] = run_thread(go_round, NULL);
	for (unsigned i = 0; i < size; i++)
		join_thread(threads[i]);
	check_number("serial threads", serial);
	check_number("other threads", others);
	check_number("gone too early", too_early);
	CHECK("destroy", pthread_barrier_destroy(barrier));
}

static void met(void)
{
	struct blocked first, second;

	pthread_barrier_init(barrier, NULL, 3);
	blocked_start(&first, SYS_futex, arrive, NULL);
	blocked_start(&second, SYS_futex, arrive, NULL);
	CHECK("the last", arrive(NULL));
	blocked_check("the first", &first);
	blocked_check("the second", &second);
	CHECK("destroy: after a round", pthread_barrier_destroy(barrier));
}

static void disturbed(const char *name, int (*disturb)(struct blocked *))
{
	struct blocked blocked;

	pthread_barrier_init(barrier, NULL, 2);
	blocked_start(&blocked, SYS_futex, arrive, NULL);
	check(name, disturb(&blocked));
	CHECK("the other", arrive(NULL));
	blocked_check(name, &blocked);
	CHECK("destroy: disturbed", pthread_barrier_destroy(barrier));
}

static int by_signal(struct blocked *blocked)
{
	blocked_signal_through(blocked, 0);
	return 0;
}

static int by_restarting_signal(struct blocked *blocked)
{
	blocked_signal_through(blocked, SA_RESTART);
	return 0;
}

static int by_request_to_end(struct blocked *blocked)
{
	return pthread_cancel(blocked->thread);
}

/* What is left of the barrier is not used again. */
static void left(void)
{
	struct sigaction action = { .sa_handler = jump_back };
	struct blocked blocked;

	sigaction(SIGUSR2, &action, NULL);
	pthread_barrier_init(barrier, NULL, 2);
	check_cancelled("cancelled asynchronously", SYS_futex, arrive_asynchronous, NULL);
	pthread_barrier_init(barrier, NULL, 2);
	blocked_start(&blocked, SYS_futex, jump_out, NULL);
	pthread_kill(blocked.thread, SIGUSR2);
	blocked_check("left by siglongjmp", &blocked);
	pthread_barrier_init(barrier, NULL, 2);
	blocked_start(&blocked, SYS_futex, exit_after_jump, NULL);
	pthread_kill(blocked.thread, SIGUSR2);
	blocked_check("left by siglongjmp, then pthread_exit", &blocked);
}

static void shared(void)
{
	pthread_barrierattr_t attributes;

	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	CHECK("init: shared", pthread_barrier_init(barrier, &attributes, 2));
	pid_t pid = fork();
	if (pid == 0) {
		*child_is_there = 1;
		_exit(arrive(NULL) == 0 ? 3 : 4);
	}
	while (!*child_is_there)
		sched_yield();
	if (!wait_until_asleep(pid, pid, SYS_futex))
		check_text("shared", "the child does not block");
	CHECK("wait: shared", arrive(NULL));
	check_status("child", wait_for_child(pid));
	CHECK("destroy: shared", pthread_barrier_destroy(barrier));
}

static void *shared_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	conform_start();
	barrier = shared_memory(sizeof(*barrier));
	child_is_there = shared_memory(sizeof(*child_is_there));
	counts();
	rounds_of(1);
	rounds_of(2);
	rounds_of(5);
	met();
	disturbed("signal", by_signal);
	disturbed("signal that restarts", by_restarting_signal);
	disturbed("request to end", by_request_to_end);
	left();
	shared();
	return 0;
}
