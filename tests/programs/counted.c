/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * counted FILE own|shared [fork | exec COMMAND...]: two threads lock and unlock, a mutex each or one
 * between them, and count in FILE, which survives any death, what they begin and what they have done.
 * It says "ready PID" when both loop, and ends with "ended" when SIGTERM comes to PID; with exec
 * it becomes COMMAND then, in the midst of the loops. With fork a child does all that, and
 * its parent says how it ended.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define THREADS 2

/* A line of `od -w64 -t d8` each. */
struct count {
	_Atomic int64_t tid, begun, done;
	int64_t reserved[5];
};

struct loop {
	struct count *count;
	pthread_mutex_t *mutex;
};

static struct {
	_Alignas(64) pthread_mutex_t mutex;
} mutexes[THREADS];
static atomic_bool is_over;

static void add_one(_Atomic int64_t *counter)
{
	atomic_store(counter, atomic_load(counter) + 1);
}

/* So that a second of it is not a gigabyte. */
static void do_some_work(void)
{
	for (volatile int i = 0; i < 400; i++)
		;
}

static void *run(void *argument)
{
	const struct loop *loop = argument;
	struct count *count = loop->count;

	atomic_store(&count->tid, gettid());
	while (!atomic_load(&is_over)) {
		add_one(&count->begun);
		pthread_mutex_lock(loop->mutex);
		add_one(&count->done);
		add_one(&count->begun);
		pthread_mutex_unlock(loop->mutex);
		add_one(&count->done);
		do_some_work();
	}
	return NULL;
}

static struct count *map_counts(const char *path)
{
	const size_t size = THREADS * sizeof(struct count);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	EXPECT(fd >= 0, 1);
	EXPECT(ftruncate(fd, (off_t)size), 0);
	void *counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	EXPECT(counts != MAP_FAILED, 1);
	close(fd);
	return counts;
}

/* Until SIGTERM comes; the loops go on. */
static void wait_for_end(const struct count *counts, const sigset_t *end)
{
	int number;

	for (int i = 0; i < THREADS; i++)
		while (atomic_load(&counts[i].done) == 0)
			sched_yield();
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	EXPECT(sigwait(end, &number), 0);
}

static void count_all(struct count *counts, bool is_shared, char **command)
{
	pthread_t threads[THREADS];
	struct loop loops[THREADS];
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	EXPECT(pthread_sigmask(SIG_BLOCK, &end, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		loops[i] = (struct loop){ &counts[i], &mutexes[is_shared ? 0 : i].mutex };
		EXPECT(pthread_create(&threads[i], NULL, run, &loops[i]), 0);
	}
	wait_for_end(counts, &end);
	if (command) {
		EXPECT(pthread_sigmask(SIG_UNBLOCK, &end, NULL), 0);
		EXPECT(execvp(command[0], command), 0);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
	puts("ended");
}

static void tell_end_of(pid_t child)
{
	int status;

	EXPECT(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		printf("child ended by signal %d\n", WTERMSIG(status));
	else
		printf("child ended with status %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	const char *way = argc > 3 ? argv[3] : "";
	bool is_exec = strcmp(way, "exec") == 0 && argc > 4;
	bool is_fork = strcmp(way, "fork") == 0;

	if (argc < 3 || (way[0] && !is_exec && !is_fork)) {
		fputs("usage: counted FILE own|shared [fork | exec COMMAND...]\n", stderr);
		return 2;
	}
	struct count *counts = map_counts(argv[1]);
	pid_t child = is_fork ? fork() : 0;
	EXPECT(child >= 0, 1);
	if (child)
		tell_end_of(child);
	else
		count_all(counts, strcmp(argv[2], "shared") == 0, is_exec ? argv + 4 : NULL);
	return 0;
}
