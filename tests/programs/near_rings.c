/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is nearly a ring of waits. The argument says which; each case ends with status 0. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libtrace/arena.h"
#include "libtrace/recording.h"
#include "tests/programs/rings.h"

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static _Atomic pid_t ids[2];
static sigjmp_buf left;

static void *timed_member(void *number)
{
	int i = (int)(intptr_t)number;
	struct timespec late = soon(CLOCK_REALTIME, i ? 400 : 5000);

	pthread_mutex_lock(&mutexes[i]);
	pthread_barrier_wait(&start);
	int result = pthread_mutex_timedlock(&mutexes[1 - i], &late);
	EXPECT(result, i ? ETIMEDOUT : 0);
	if (result == 0)
		pthread_mutex_unlock(&mutexes[1 - i]);
	pthread_mutex_unlock(&mutexes[i]);
	return NULL;
}

/* One of the two has a time limit. */
static void *half_timed_member(void *number)
{
	int i = (int)(intptr_t)number;
	struct timespec late = soon(CLOCK_REALTIME, 400);

	pthread_mutex_lock(&mutexes[i]);
	pthread_barrier_wait(&start);
	if (i == 0) {
		pthread_mutex_lock(&mutexes[1]);
		pthread_mutex_unlock(&mutexes[1]);
	} else {
		EXPECT(pthread_mutex_timedlock(&mutexes[0], &late), ETIMEDOUT);
	}
	pthread_mutex_unlock(&mutexes[i]);
	return NULL;
}

static void *trying_member(void *number)
{
	int i = (int)(intptr_t)number;

	pthread_mutex_lock(&mutexes[i]);
	pthread_barrier_wait(&start);
	if (i == 0) {
		pthread_mutex_lock(&mutexes[1]);
		pthread_mutex_unlock(&mutexes[1]);
	} else {
		for (int tries = 0; tries < 100; tries++) {
			EXPECT(pthread_mutex_trylock(&mutexes[0]), EBUSY);
			usleep(1000);
		}
	}
	pthread_mutex_unlock(&mutexes[i]);
	return NULL;
}

static void timed(void)
{
	run(2, timed_member);
}

static void half_timed(void)
{
	run(2, half_timed_member);
}

static void trying(void)
{
	run(2, trying_member);
}

/* What libc refuses, or allows, at once. */
static void relocks(void)
{
	make_mutexes(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	EXPECT(pthread_mutex_lock(&mutexes[0]), 0);
	EXPECT(pthread_mutex_lock(&mutexes[0]), 0);
	make_mutexes(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	EXPECT(pthread_mutex_lock(&mutexes[0]), 0);
	EXPECT(pthread_mutex_lock(&mutexes[0]), EDEADLK);
	make_mutexes(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	EXPECT(pthread_mutex_lock(&mutexes[0]), 0);
	EXPECT(pthread_mutex_lock(&mutexes[0]), EDEADLK);
	EXPECT(pthread_rwlock_wrlock(&rwlock), 0);
	EXPECT(pthread_rwlock_wrlock(&rwlock), EDEADLK);
	EXPECT(pthread_rwlock_rdlock(&rwlock), EDEADLK);
	EXPECT(pthread_join(pthread_self(), NULL), EDEADLK);
}

/* One who holds what others wait for dies, while an entry says that it waits for them. */
static void dead_owner(void)
{
	struct shared *all = map_shared(PTHREAD_MUTEX_ROBUST);

	EXPECT(pthread_mutex_lock(&all->mutexes[1]), 0);
	pid_t child = fork();
	if (child == 0) {
		pthread_mutex_lock(&all->mutexes[0]);
		all->ready = 1;
		pthread_mutex_lock(&all->mutexes[1]);
		_exit(1);
	}
	while (!all->ready)
		usleep(1000);
	usleep(20000);
	kill(child, SIGKILL);
	EXPECT(waitpid(child, NULL, 0), child);
	EXPECT(pthread_mutex_lock(&all->mutexes[0]), EOWNERDEAD);
}

/* The child waits for a lock that its parent's thread holds, in memory that is the child's alone. */
static void inherited(void)
{
	pthread_mutex_lock(&mutexes[0]);
	pid_t child = fork();

	if (child == 0) {
		pthread_mutex_lock(&mutexes[0]);
		_exit(1);
	}
	usleep(400000);
	kill(child, SIGKILL);
	EXPECT(waitpid(child, NULL, 0), child);
}

static void jump(int number)
{
	(void)number;
	siglongjmp(left, 1);
}

static void *leaving_member(void *number)
{
	int i = (int)(intptr_t)number;

	ids[i] = gettid();
	pthread_mutex_lock(&mutexes[i]);
	pthread_barrier_wait(&start);
	if (i == 0 || sigsetjmp(left, 1) == 0) {
		pthread_mutex_lock(&mutexes[1 - i]);
		pthread_mutex_unlock(&mutexes[1 - i]);
	}
	pthread_mutex_unlock(&mutexes[i]);
	return NULL;
}

static bool waits_for(const struct waits *waits, int i, const void *object)
{
	struct waits_seen seen;
	uint32_t at = 0;

	while (waits_next(waits, &at, &seen))
		if (seen.tid == ids[i] && seen.object == (uintptr_t)object)
			return true;
	return false;
}

/* A ring indeed, of which one member jumps out as soon as it is told. */
static void leaves(void)
{
	int fd = open(getenv(RECORDING_BUFFERS_VARIABLE), O_RDONLY | O_CLOEXEC);
	struct arena *arena = mmap(NULL, ARENA_SIZE, PROT_READ, MAP_SHARED, fd, 0);

	EXPECT(arena != MAP_FAILED, 1);
	signal(SIGUSR1, jump);
	thread_count = 2;
	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, leaving_member, (void *)(intptr_t)i);
	while (!waits_for(arena_waits(arena), 0, &mutexes[1]) ||
	       !waits_for(arena_waits(arena), 1, &mutexes[0]) ||
	       !arena_waits(arena)->rings[0].count)
		usleep(100);
	pthread_kill(threads[1], SIGUSR1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	usleep(500000);
}

static void *hold_long(void *unused)
{
	pthread_mutex_lock(&mutexes[1]);
	usleep(600000);
	pthread_mutex_unlock(&mutexes[1]);
	return unused;
}

static void *wait_long(void *unused)
{
	pthread_mutex_lock(&mutexes[0]);
	pthread_mutex_lock(&mutexes[1]);
	pthread_mutex_unlock(&mutexes[1]);
	pthread_mutex_unlock(&mutexes[0]);
	return unused;
}

static void *lock_first(void *unused)
{
	pthread_mutex_lock(&mutexes[0]);
	return unused;
}

/* A chain of waits, and long ones, but no ring. */
static void chain(void)
{
	pthread_create(&threads[0], NULL, hold_long, NULL);
	usleep(10000);
	pthread_create(&threads[1], NULL, wait_long, NULL);
	usleep(10000);
	pthread_create(&threads[2], NULL, lock_first, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* Whatever is no ordinary system call of locks ends a process that has filtered itself. */
static void sandboxed(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 5, instructions };

	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EXPECT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
	chain();
}

/* Whoever reads or posts is nobody whom libc knows: no ring is seen, until somebody else looks. */
static sem_t semaphore;

static void *take_semaphore(void *unused)
{
	pthread_mutex_lock(&mutexes[0]);
	sem_wait(&semaphore);
	pthread_mutex_unlock(&mutexes[0]);
	return unused;
}

static void semaphores(void)
{
	pthread_create(&threads[0], NULL, take_semaphore, NULL);
	usleep(400000);
	sem_post(&semaphore);
	pthread_join(threads[0], NULL);
}

static const struct ring_case cases[] = {
	CASE(timed),	 CASE(half_timed), CASE(trying), CASE(relocks),	   CASE(dead_owner),
	CASE(inherited), CASE(leaves),	   CASE(chain),	 CASE(semaphores), CASE(sandboxed),
};

int main(int argc, char **argv)
{
	return run_case(cases, sizeof(cases) / sizeof(cases[0]), argc > 1 ? argv[1] : "");
}
