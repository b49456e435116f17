/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * native_end WAY: how the end of a program and its threads go together.
 *	waits	main returns, and the program waits for a thread that begins to work only then
 *	exit	the same where main calls exit(3), which also is the program's status
 *	daemon	main returns, and a daemon that waits for ever does not keep the program
 *	other	another thread calls exit(4), which waits for nobody
 *	fork	the child has the forking thread alone, which owns what it owned
 *	fails	a thread fails, and the usual hook tells so
 */
#include <heddle.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static struct heddle_event never = HEDDLE_EVENT_INIT("never");
static struct heddle_event blocked = HEDDLE_EVENT_INIT("blocked");
static struct heddle_rlock rlock = HEDDLE_RLOCK_INIT("owned");

static int work(void *unused)
{
	(void)unused;
	EXPECT(heddle_thread_join(heddle_thread_main()), 0);
	printf("worked\n");
	return 0;
}

static int wait_for_ever(void *unused)
{
	(void)unused;
	heddle_event_set(&blocked);
	return heddle_event_wait(&never);
}

static int end_all(void *unused)
{
	(void)unused;
	exit(4);
}

static void said_last(void)
{
	printf("exit handler\n");
}

static void start(struct heddle_thread *thread, heddle_thread_function *function, bool is_daemon)
{
	EXPECT(heddle_thread_init(thread, NULL, function, NULL), 0);
	EXPECT(heddle_thread_set_daemon(thread, is_daemon), 0);
	EXPECT(heddle_thread_start(thread), 0);
}

static int in_child(void)
{
	const struct heddle_thread *self = heddle_thread_current();

	EXPECT(heddle_thread_count(), 1);
	EXPECT(heddle_thread_main() == self, 1);
	EXPECT(heddle_thread_native_id(self), getpid());
	EXPECT(heddle_rlock_owned(&rlock), 1);
	EXPECT(heddle_rlock_release(&rlock), 0);
	struct heddle_thread thread;
	start(&thread, wait_for_ever, false);
	heddle_event_set(&never);
	EXPECT(heddle_thread_join(&thread), 0);
	printf("child\n");
	return 0;
}

static int fork_here(void *unused)
{
	int status = -1;

	(void)unused;
	EXPECT(heddle_rlock_acquire(&rlock), 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		exit(in_child());
	EXPECT(waitpid(pid, &status, 0), pid);
	EXPECT(status, 0);
	EXPECT(heddle_rlock_release(&rlock), 0);
	return 0;
}

static int fail(void *unused)
{
	(void)unused;
	return HEDDLE_BROKEN;
}

int main(int count, char **arguments)
{
	static struct heddle_thread thread, other;
	const char *way = count > 1 ? arguments[1] : "";

	/* Told of before any thread, so it is called after they have ended. */
	atexit(said_last);
	if (!strcmp(way, "waits") || !strcmp(way, "exit")) {
		start(&thread, work, false);
	} else if (!strcmp(way, "daemon")) {
		start(&thread, wait_for_ever, true);
		EXPECT(heddle_event_wait(&blocked), 0);
	} else if (!strcmp(way, "other")) {
		start(&thread, wait_for_ever, false);
		EXPECT(heddle_event_wait(&blocked), 0);
		start(&other, end_all, false);
		EXPECT(heddle_event_wait(&never), 0);
	} else if (!strcmp(way, "fork")) {
		start(&thread, wait_for_ever, true);
		start(&other, fork_here, false);
		EXPECT(heddle_thread_join(&other), 0);
	} else if (!strcmp(way, "fails")) {
		EXPECT(heddle_thread_init(&thread, "careless", fail, NULL), 0);
		EXPECT(heddle_thread_start(&thread), 0);
	}
	if (!strcmp(way, "exit"))
		exit(3);
	return 0;
}
