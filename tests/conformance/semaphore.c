/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Semaphores: every function, every way to wait, every way that a call can end. */
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/conformance/semaphore_ways.h"

/* Of whom files are not, where the program runs as root. */
#define NOBODY 65534

static char name_of_sem[64], file_of_sem[80];

static void taken(void)
{
	struct blocked blocked;

	sem_init(semaphore, 0, 1);
	CHECK_CALL(named("a count of 1"), wait_far(NULL));
	say_value("leaves");
	blocked_start(&blocked, SYS_futex, wait_far, NULL);
	CHECK_CALL(named("post"), sem_post(semaphore));
	blocked_check(named("woken"), &blocked);
	say_value("leaves after waking");
}

static void interrupted(void)
{
	struct blocked blocked;

	blocked_start(&blocked, SYS_futex, wait_far, NULL);
	blocked_signal(&blocked, 0);
	blocked_check(named("signal"), &blocked);
	blocked_start(&blocked, SYS_futex, wait_far, NULL);
	if (way->has_deadline) {
		blocked_signal(&blocked, SA_RESTART);
	} else {
		blocked_signal_through(&blocked, SA_RESTART);
		sem_post(semaphore);
	}
	blocked_check(named("signal that restarts"), &blocked);
	say_value("after signals");
}

static void posted_by_handler(int flags, const char *what)
{
	struct blocked blocked;

	set_handler(post_in_handler, flags);
	blocked_start(&blocked, SYS_futex, wait_far, NULL);
	pthread_kill(blocked.thread, SIGUSR2);
	blocked_check(named(what), &blocked);
	say_value("after the handler");
	while (sem_trywait(semaphore) == 0)
		;
}

static void left_by_jump(void)
{
	struct blocked blocked;

	set_handler(jump_back, 0);
	blocked_start(&blocked, SYS_futex, jump_out_of_wait, NULL);
	pthread_kill(blocked.thread, SIGUSR2);
	blocked_check(named("left by siglongjmp"), &blocked);
	blocked_start(&blocked, SYS_futex, exit_after_jump, NULL);
	pthread_kill(blocked.thread, SIGUSR2);
	blocked_check(named("left by siglongjmp, then pthread_exit"), &blocked);
	CHECK_CALL(named("post after the jumps"), sem_post(semaphore));
	CHECK_CALL(named("wait after the jumps"), wait_far(NULL));
}

static void cancelled(void)
{
	struct blocked blocked;

	check_cancelled(named("cancelled in the wait"), SYS_futex, wait_far, NULL);
	check_cancelled(named("cancelled asynchronously"), SYS_futex, wait_asynchronous, NULL);
	blocked_start(&blocked, SYS_futex, wait_disabled, NULL);
	pthread_cancel(blocked.thread);
	sem_post(semaphore);
	blocked_check(named("cancellation disabled"), &blocked);
	say_value("after cancellations");
	sem_post(semaphore);
	check_elsewhere(named("asked to end, count 1"), wait_when_asked_to_end, NULL);
	say_value("asked to end leaves");
	sem_init(semaphore, 0, 0);
	check_elsewhere(named("asked to end, count 0"), wait_when_asked_to_end, NULL);
	if (way->has_deadline)
		check_elsewhere(named("asked to end, wrong time"), wait_wrongly_when_asked_to_end,
				NULL);
}

/* Each deadline with a count of 0 and of 1. */
static void deadline_is(const char *what, struct timespec deadline)
{
	char name[64];

	for (int count = 0; count < 2; count++) {
		snprintf(name, sizeof(name), "%s, count %d", what, count);
		sem_init(semaphore, 0, count);
		CHECK_CALL(named(name), wait_at(&deadline));
		say_value("leaves");
	}
}

static void deadlines(void)
{
	struct timespec soon = near(way->clock);
	struct timespec before_epoch = { .tv_sec = -1 };

	sem_init(semaphore, 0, 0);
	CHECK_CALL(named("near"), wait_at(&soon));
	check_reached(named("near"), way->clock, soon);
	deadline_is("past", past(way->clock));
	deadline_is("before the epoch", before_epoch);
	deadline_is("-1 ns", with_ns(way->clock, -1));
	deadline_is("1000000000 ns", with_ns(way->clock, 1000000000));
	deadline_is("lowest ns", with_ns(way->clock, LONG_MIN));
	sem_init(semaphore, 0, 1);
	CHECK_CALL(named("999999999 ns"), wait_at(&(struct timespec){ 0, 999999999 }));
	check_child(named("no deadline"), wait_at_any, NULL);
}

static void each_way(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = &ways[i];
		taken();
		interrupted();
		posted_by_handler(0, "post in a handler");
		posted_by_handler(SA_RESTART, "post in a handler that restarts");
		left_by_jump();
		cancelled();
		if (way->has_deadline)
			deadlines();
	}
	way = &ways[0];
}

static void clocks(void)
{
	static const clockid_t clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
					    CLOCK_BOOTTIME, -1, 1000 };
	static const struct timespec *volatile no_deadline;
	struct timespec deadline = far(CLOCK_MONOTONIC);

	sem_init(semaphore, 0, 1);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		CHECK_CALL("clockwait: wrong clock",
			   sem_clockwait(semaphore, clocks[i], i ? &deadline : no_deadline));
}

static void counting(void)
{
	CHECK_CALL("init: 2", sem_init(semaphore, 0, 2));
	CHECK_CALL("trywait: 2", sem_trywait(semaphore));
	CHECK_CALL("trywait: 1", sem_trywait(semaphore));
	CHECK_CALL("trywait: 0", sem_trywait(semaphore));
	check_elsewhere("trywait: asked to end", trywait_when_asked_to_end, NULL);
	check_elsewhere("post: asked to end", post_when_asked_to_end, NULL);
	say_value("posted");
	CHECK_CALL("destroy", sem_destroy(semaphore));
	CHECK_CALL("init: highest", sem_init(semaphore, 1, SEM_VALUE_MAX));
	CHECK_CALL("post: highest", sem_post(semaphore));
	say_value("not raised");
	CHECK_CALL("wait: highest", sem_wait(semaphore));
	CHECK_CALL("post: highest but one", sem_post(semaphore));
	CHECK_CALL("init: too high", sem_init(semaphore, 0, SEM_VALUE_MAX + 1U));
	CHECK_CALL("init: far too high", sem_init(semaphore, 1, UINT_MAX));
	CHECK_CALL("destroy: shared", sem_destroy(semaphore));
}

static int child_takes(void *sem)
{
	return sem_wait(sem) == 0 ? 0 : errno;
}

static void child_waits(const char *name, sem_t *sem)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(child_takes(sem));
	if (!wait_until_asleep(pid, pid, SYS_futex))
		check_text(name, "the child does not block");
	CHECK_CALL(name, sem_post(sem));
	check_status(name, wait_for_child(pid));
}

static int open_again(void *flags)
{
	return sem_open(name_of_sem, *(int *)flags, 0600, 1) == SEM_FAILED ? errno : 0;
}

static int open_without_right(void *flags)
{
	if (geteuid() == 0 && seteuid(NOBODY) != 0)
		return -1;
	return open_again(flags);
}

static int open_without_descriptors(void *flags)
{
	struct rlimit none = { 0 };

	return setrlimit(RLIMIT_NOFILE, &none) == 0 ? open_again(flags) : -1;
}

static void check_open(const char *what, const char *name, int flags, unsigned count)
{
	errno = ERRNO_MARK;
	sem_t *sem = sem_open(name, flags, 0600, count);
	check(what, sem == SEM_FAILED ? errno : 0);
	if (sem != SEM_FAILED)
		sem_close(sem);
}

static void wrong_names(void)
{
	static char long_name[PATH_MAX + 2];

	memset(long_name, 'x', sizeof(long_name) - 1);
	check_open("open: no name", "", O_CREAT, 1);
	check_open("open: /", "/", O_CREAT, 1);
	check_open("open: a folder", "/a/b", O_CREAT, 1);
	check_open("open: a long name", long_name, O_CREAT, 1);
	check_open("open: is not there", name_of_sem, 0, 1);
	check_open("open: is not there, exclusive", name_of_sem, O_EXCL, 1);
	check_open("open: too high", name_of_sem, O_CREAT, SEM_VALUE_MAX + 1U);
	CHECK_CALL("unlink: is not there", sem_unlink(name_of_sem));
	CHECK_CALL("unlink: no name", sem_unlink(""));
	CHECK_CALL("unlink: a long name", sem_unlink(long_name));
	CHECK_CALL("close: not open", sem_close(semaphore));
}

static void opened(void)
{
	int none = 0, create = O_CREAT;
	sem_t *sem = sem_open(name_of_sem, O_CREAT | O_EXCL, 0600, 0);

	check("open: exclusive", sem == SEM_FAILED ? errno : 0);
	check_open("open: exclusive again", name_of_sem, O_CREAT | O_EXCL, 1);
	check_number("open: the same address", sem_open(name_of_sem, O_CREAT, 0600, 5) == sem);
	check_open("open: no slash", name_of_sem + 1, 0, 0);
	CHECK_CALL("trywait: named, not 5", sem_trywait(sem));
	check_number("close: once", sem_close(sem));
	child_waits("named: child", sem);
	check_number("close: twice", sem_close(sem));
	CHECK_CALL("close: thrice", sem_close(sem));
	check_number("chmod", chmod(file_of_sem, 0));
	check_child("open: no right", open_without_right, &none);
	check_child("open: no right, create", open_without_right, &create);
	check_child("open: no descriptors", open_without_descriptors, &create);
	check_number("unlink", sem_unlink(name_of_sem));
	check_number("unlink: again", sem_unlink(name_of_sem));
	check_open("open: unlinked", name_of_sem, 0, 1);
}

int main(void)
{
	conform_start();
	semaphore = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	snprintf(name_of_sem, sizeof(name_of_sem), "/heddle-conform-%d", getpid());
	snprintf(file_of_sem, sizeof(file_of_sem), "/dev/shm/sem.%s", name_of_sem + 1);
	each_way();
	clocks();
	counting();
	sem_init(semaphore, 1, 0);
	child_waits("shared: child", semaphore);
	wrong_names();
	opened();
	return 0;
}
