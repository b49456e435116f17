/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the table of waits of its own recording, as the recorder does: each kind of wait is there while it
 * lasts, and not afterwards, however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "libtrace/arena.h"
#include "libtrace/recording.h"
#include "tests/programs/expect.h"

static const struct waits *waits;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t of_condition = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore, inner;
static int word;
static int ends[2];
static _Atomic pid_t waiter;
static sigjmp_buf left;

static void map_table(void)
{
	int fd = open(getenv(RECORDING_BUFFERS_VARIABLE), O_RDWR | O_CLOEXEC);

	EXPECT(fd >= 0, 1);
	struct arena *arena = mmap(NULL, ARENA_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	EXPECT(arena != MAP_FAILED, 1);
	waits = arena_waits(arena);
	close(fd);
}

static bool find(pid_t pid, pid_t tid, struct waits_seen *seen)
{
	uint32_t at = 0;

	while (waits_next(waits, &at, seen))
		if (seen->pid == pid && seen->tid == tid)
			return true;
	return false;
}

/* Wait until tid waits so; returns what is seen. */
static struct waits_seen await(pid_t pid, pid_t tid, enum event_type type,
			       const volatile void *object)
{
	struct waits_seen seen;

	while (!find(pid, tid, &seen) || seen.type != type || seen.object != (uintptr_t)object)
		usleep(1000);
	EXPECT(seen.is_elsewhere, false);
	return seen;
}

static void await_none(pid_t pid, pid_t tid)
{
	struct waits_seen seen;

	while (find(pid, tid, &seen))
		usleep(1000);
}

/* What a waiting thread runs, and how its wait is ended. */
struct kind {
	void (*wait)(void);
	void (*end)(void);
	enum event_type type;
	const volatile void *object;
	bool is_timed;
	const char *name;
};

static void lock(void)
{
	EXPECT(pthread_mutex_lock(&mutex), 0);
	pthread_mutex_unlock(&mutex);
}

static void lock_c11(void)
{
	EXPECT(mtx_lock((mtx_t *)&mutex), thrd_success);
	mtx_unlock((mtx_t *)&mutex);
}

static void lock_timed(void)
{
	struct timespec late = soon(CLOCK_REALTIME, 60000);

	EXPECT(pthread_mutex_timedlock(&mutex, &late), 0);
	pthread_mutex_unlock(&mutex);
}

static void unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

static void read_lock(void)
{
	EXPECT(pthread_rwlock_rdlock(&rwlock), 0);
	pthread_rwlock_unlock(&rwlock);
}

static void write_lock(void)
{
	EXPECT(pthread_rwlock_wrlock(&rwlock), 0);
	pthread_rwlock_unlock(&rwlock);
}

static void rw_unlock(void)
{
	pthread_rwlock_unlock(&rwlock);
}

static void wait_condition(void)
{
	pthread_mutex_lock(&of_condition);
	EXPECT(pthread_cond_wait(&condition, &of_condition), 0);
	pthread_mutex_unlock(&of_condition);
}

static void signal_condition(void)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&of_condition);
}

static void take(void)
{
	EXPECT(sem_wait(&semaphore), 0);
}

static void post(void)
{
	sem_post(&semaphore);
}

static void arrive(void)
{
	pthread_barrier_wait(&barrier);
}

static void wait_word(void)
{
	while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void wake_word(void)
{
	__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void read_end(void)
{
	char byte;

	EXPECT(read(ends[0], &byte, 1), 1);
}

static void write_end(void)
{
	EXPECT(write(ends[1], "x", 1), 1);
}

static void sleep_on(void)
{
	sigset_t signals;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	EXPECT(sigwait(&signals, &number), 0);
}

static void end_sleep(void)
{
	kill(getpid(), SIGUSR2);
}

static void jump(int number)
{
	(void)number;
	siglongjmp(left, 1);
}

/* Out of the wait by a jump, and then into another call of the tracer's. */
static void jump_out(void)
{
	signal(SIGUSR1, jump);
	if (sigsetjmp(left, 1) == 0)
		sem_wait(&semaphore);
	sem_trywait(&semaphore);
	sem_wait(&inner);
}

static void end_jump(void)
{
	tgkill(getpid(), waiter, SIGUSR1);
	await(getpid(), waiter, EVENT_sem_wait_begin, &inner);
	sem_post(&inner);
}

static void wait_inner(int number)
{
	(void)number;
	while (sem_wait(&inner) != 0)
		continue;
}

/* A handler's wait within another one: first the one, then the other is there. */
static void nest(void)
{
	struct sigaction action = { .sa_handler = wait_inner, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &action, NULL);
	read_end();
}

static void end_nest(void)
{
	tgkill(getpid(), waiter, SIGUSR1);
	await(getpid(), waiter, EVENT_sem_wait_begin, &inner);
	sem_post(&inner);
	await(getpid(), waiter, EVENT_io_begin, (void *)(uintptr_t)(ends[0] + 1U));
	write_end();
}

static void *run(void *context)
{
	const struct kind *kind = context;

	waiter = gettid();
	kind->wait();
	/* Until told to go: it has no wait while it looks. */
	while (waiter)
		__builtin_ia32_pause();
	return NULL;
}

static void check(struct kind kind)
{
	pthread_t thread;

	waiter = 0;
	EXPECT(pthread_create(&thread, NULL, run, &kind), 0);
	while (!waiter)
		usleep(1000);
	struct waits_seen seen = await(getpid(), waiter, kind.type, kind.object);
	EXPECT(seen.is_timed, kind.is_timed);
	EXPECT(strcmp(seen.name, kind.name ? kind.name : ""), 0);
	EXPECT(waits_lasts(waits, &seen), true);
	kind.end();
	await_none(getpid(), waiter);
	waiter = 0;
	EXPECT(pthread_join(thread, NULL), 0);
}

static void *look_at_join(void *unused)
{
	struct waits_seen seen;

	(void)unused;
	seen = await(getpid(), getpid(), EVENT_thread_join_begin, (void *)pthread_self());
	EXPECT(seen.awaited, gettid());
	return NULL;
}

static void check_join(void)
{
	struct waits_seen seen;
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, look_at_join, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	EXPECT(find(getpid(), getpid(), &seen), false);
}

static void *wait_for_ever(void *unused)
{
	(void)unused;
	waiter = gettid();
	sem_wait(&semaphore);
	return NULL;
}

static void check_cancel(void)
{
	struct waits_seen seen;
	pthread_t thread;
	void *result;

	waiter = 0;
	EXPECT(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
	while (!waiter)
		usleep(1000);
	await(getpid(), waiter, EVENT_sem_wait_begin, &semaphore);
	pthread_cancel(thread);
	EXPECT(pthread_join(thread, &result), 0);
	EXPECT(result == PTHREAD_CANCELED, true);
	EXPECT(find(getpid(), waiter, &seen), false);
}

/* The child of a fork has what it waits for itself, and the parent keeps its own. */
static void check_fork(void)
{
	struct waits_seen seen;
	pid_t child = fork();

	if (child == 0) {
		EXPECT(find(getpid(), getpid(), &seen), false);
		read_end();
		_exit(0);
	}
	await(child, child, EVENT_io_begin, (void *)(uintptr_t)(ends[0] + 1U));
	write_end();
	EXPECT(waitpid(child, NULL, 0), child);
	EXPECT(find(getpid(), getpid(), &seen), false);
	/* One that is killed in its wait goes too: the collector sees to that. */
	child = fork();
	if (child == 0) {
		read_end();
		_exit(1);
	}
	await(child, child, EVENT_io_begin, (void *)(uintptr_t)(ends[0] + 1U));
	kill(child, SIGKILL);
	EXPECT(waitpid(child, NULL, 0), child);
	await_none(child, child);
}

static void check_locks(void)
{
	pthread_mutex_lock(&mutex);
	check((struct kind){ lock, unlock, EVENT_mutex_lock_begin, &mutex, false, NULL });
	pthread_mutex_lock(&mutex);
	check((struct kind){ lock_c11, unlock, EVENT_mutex_lock_begin, &mutex, false, NULL });
	pthread_mutex_lock(&mutex);
	check((struct kind){ lock_timed, unlock, EVENT_mutex_timedlock_begin, &mutex, true, NULL });
	pthread_rwlock_wrlock(&rwlock);
	check((struct kind){ read_lock, rw_unlock, EVENT_rwlock_rdlock_begin, &rwlock, false,
			     NULL });
	pthread_rwlock_rdlock(&rwlock);
	check((struct kind){ write_lock, rw_unlock, EVENT_rwlock_wrlock_begin, &rwlock, false,
			     NULL });
}

int main(void)
{
	const void *read_object;
	sigset_t signals;

	map_table();
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	EXPECT(pipe(ends), 0);
	read_object = (void *)(uintptr_t)(ends[0] + 1U);
	EXPECT(pthread_barrier_init(&barrier, NULL, 2), 0);
	check_locks();
	check((struct kind){ wait_condition, signal_condition, EVENT_cond_wait_begin, &condition,
			     false, NULL });
	check((struct kind){ take, post, EVENT_sem_wait_begin, &semaphore, false, NULL });
	check((struct kind){ arrive, arrive, EVENT_barrier_wait_begin, &barrier, false, NULL });
	check((struct kind){ wait_word, wake_word, EVENT_futex_wait_begin, &word, false, NULL });
	check((struct kind){ read_end, write_end, EVENT_io_begin, read_object, false, "read" });
	check((struct kind){ sleep_on, end_sleep, EVENT_sleep_begin, NULL, false, "sigwait" });
	check((struct kind){ jump_out, end_jump, EVENT_sem_wait_begin, &semaphore, false, NULL });
	check((struct kind){ nest, end_nest, EVENT_io_begin, read_object, false, "read" });
	check_join();
	check_cancel();
	check_fork();
	puts("each wait is shown");
	return 0;
}
