/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of Thread, and of the functions of the module. */
#include "tests/native/rules.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int wait_here(void *event)
{
	return heddle_event_wait(event);
}

static int answer(void *argument)
{
	heddle_thread_set_result(argument);
	return 42;
}

static void life(void)
{
	struct heddle_event event = HEDDLE_EVENT_INIT("go");
	struct heddle_thread thread;

	RULE(heddle_thread_init(&thread, "worker", NULL, NULL) == HEDDLE_INVALID,
	     "Thread: without a function is an error");
	heddle_thread_init(&thread, "worker", wait_here, &event);
	RULE(heddle_thread_state(&thread) == HEDDLE_THREAD_NEW, "Thread: is new before start");
	RULE(!heddle_thread_is_alive(&thread), "Thread.is_alive: false before start");
	RULE(heddle_thread_ident(&thread) == 0, "Thread.ident: none before start");
	RULE(heddle_thread_native_id(&thread) == 0, "Thread.native_id: none before start");
	RULE(heddle_thread_join(&thread) == HEDDLE_NOT_STARTED,
	     "Thread.join: before start is an error");
	RULE(heddle_thread_start(&thread) == 0, "Thread.start: starts it");
	RULE(heddle_thread_is_alive(&thread), "Thread.is_alive: true from start on");
	RULE(heddle_thread_ident(&thread) != 0 && heddle_thread_ident(&thread) != heddle_ident(),
	     "Thread.ident: not that of another thread");
	RULE(heddle_thread_native_id(&thread) > 0 &&
		     heddle_thread_native_id(&thread) != heddle_native_id(),
	     "Thread.native_id: not that of another thread");
	RULE(heddle_thread_start(&thread) == HEDDLE_STARTED, "Thread.start: twice is an error");
	while (heddle_thread_state(&thread) != HEDDLE_THREAD_BLOCKED)
		;
	RULE(heddle_thread_state(&thread) == HEDDLE_THREAD_BLOCKED,
	     "Thread: is blocked while it waits");
	RULE(heddle_thread_join_within(&thread, HEDDLE_MS(3)) == HEDDLE_TIMED_OUT,
	     "Thread.join(timeout): returns when the timeout has elapsed");
	RULE(heddle_thread_is_alive(&thread), "Thread.is_alive: tells that it has");
	RULE(heddle_thread_join_within(&thread, 0) == HEDDLE_TIMED_OUT,
	     "Thread.join(timeout=0): does not block");
	RULE(heddle_thread_join_within(&thread, -2) == HEDDLE_INVALID,
	     "Thread.join(timeout): negative but not -1 is an error");
	RULE(heddle_thread_join_until(&thread, NULL) == HEDDLE_INVALID,
	     "Thread.join(timeout): no deadline is an error");
	heddle_event_set(&event);
	RULE(heddle_thread_join(&thread) == 0, "Thread.join: blocks until it terminates");
	RULE(heddle_thread_state(&thread) == HEDDLE_THREAD_TERMINATED,
	     "Thread: is terminated then");
	RULE(!heddle_thread_is_alive(&thread), "Thread.is_alive: false after the end");
	RULE(heddle_thread_join(&thread) == 0 && heddle_thread_join_within(&thread, 0) == 0,
	     "Thread.join: can be called many times");
	RULE(heddle_thread_ident(&thread) != 0, "Thread.ident: is told also after the end");
	RULE(heddle_thread_start(&thread) == HEDDLE_STARTED,
	     "Thread.start: after the end is an error, too");
}

static int join_self(void *unused)
{
	(void)unused;
	return heddle_thread_join(heddle_thread_current());
}

static int is_current(struct heddle_thread *thread)
{
	return heddle_thread_current() == thread;
}

static void running(void)
{
	struct heddle_thread thread;
	int number = 5;

	RULE(elsewhere(join_self, NULL) == HEDDLE_SELF,
	     "Thread.join: of the current one is an error");
	RULE(heddle_thread_join(heddle_thread_current()) == HEDDLE_SELF,
	     "Thread.join: of main by itself is an error");
	RULE(heddle_thread_init_run(&thread, NULL, NULL) == HEDDLE_INVALID,
	     "Thread.run: none is an error");
	heddle_thread_init_run(&thread, NULL, is_current);
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(heddle_thread_status(&thread) == 1,
	     "Thread.run: of a subclass, with the thread itself; current_thread() is it");
	heddle_thread_init(&thread, NULL, answer, &number);
	RULE(heddle_thread_result(&thread) == NULL, "Thread: has no result before the end");
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(heddle_thread_result(&thread) == &number,
	     "Thread(target, args): the target is called");
	RULE(heddle_thread_status(&thread) == 42, "Thread: its status is what the target returned");
}

static int named(void *name)
{
	char kernels[16];

	pthread_getname_np(pthread_self(), kernels, sizeof(kernels));
	return strncmp(kernels, name, 15) == 0 &&
	       strcmp(heddle_thread_name(heddle_thread_current()), name) == 0;
}

static void names(void)
{
	struct heddle_thread thread, other;
	char name[] = "a name that is longer than the kernel's", last[80], next[80];

	heddle_thread_init(&thread, name, named, name);
	name[0] = 'A';
	RULE(strcmp(heddle_thread_name(&thread), "a name that is longer than the kernel's") == 0,
	     "Thread.name: is copied");
	heddle_thread_set_name(&thread, name);
	RULE(strcmp(heddle_thread_name(&thread), name) == 0, "Thread.name: may be set");
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(heddle_thread_status(&thread) == 1, "Thread.name: a debugger sees it, too");
	heddle_thread_init(&thread, NULL, named, NULL);
	heddle_thread_init(&other, NULL, named, NULL);
	strcpy(last, heddle_thread_name(&thread));
	strcpy(next, heddle_thread_name(&other));
	RULE(strncmp(last, "Thread-", 7) == 0, "Thread(name=None): Thread-N");
	RULE(strncmp(next, "Thread-", 7) == 0 && strcmp(last, next) != 0,
	     "Thread(name=None): N is another one each time");
	memset(last, 'x', sizeof(last));
	last[sizeof(last) - 1] = '\0';
	heddle_thread_set_name(&thread, last);
	RULE(strlen(heddle_thread_name(&thread)) == HEDDLE_THREAD_NAME_SIZE - 1,
	     "Thread.name: one that is too long is cut");
	RULE(heddle_thread_set_name(&thread, NULL) == 0 && !*heddle_thread_name(&thread),
	     "Thread.name: may be empty");
}

static int is_daemon(void *unused)
{
	struct heddle_thread inner;

	(void)unused;
	heddle_thread_init(&inner, NULL, answer, NULL);
	return heddle_thread_is_daemon(&inner);
}

static void daemons(void)
{
	struct heddle_thread thread;

	heddle_thread_init(&thread, NULL, is_daemon, NULL);
	RULE(!heddle_thread_is_daemon(&thread), "Thread.daemon: inherited from main it is false");
	RULE(heddle_thread_set_daemon(&thread, true) == 0 && heddle_thread_is_daemon(&thread),
	     "Thread.daemon: may be set before start");
	heddle_thread_start(&thread);
	RULE(heddle_thread_set_daemon(&thread, false) == HEDDLE_STARTED,
	     "Thread.daemon: setting it after start is an error");
	heddle_thread_join(&thread);
	RULE(heddle_thread_status(&thread) == 1, "Thread.daemon: is inherited from the creator");
	heddle_thread_init(&thread, NULL, is_daemon, NULL);
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(heddle_thread_status(&thread) == 0, "Thread.daemon: also where that is none");
}

static struct heddle_thread *hooked;
static int hooked_status;

static void hook(struct heddle_thread *thread, int status)
{
	hooked = thread;
	hooked_status = status;
}

static int fail(void *unused)
{
	(void)unused;
	return -ENOENT;
}

static int leave(void *unused)
{
	(void)unused;
	pthread_exit(NULL);
}

static void failures(void)
{
	struct heddle_thread thread;

	RULE(heddle_thread_set_failure_hook(hook) == heddle_thread_failed,
	     "excepthook: one that tells of it is there at first");
	heddle_thread_init(&thread, "failing", fail, NULL);
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(hooked == &thread && hooked_status == -ENOENT,
	     "excepthook: is called with the thread and what it failed with");
	RULE(heddle_thread_status(&thread) == -ENOENT, "Thread: the failure is its status");
	hooked = NULL;
	heddle_thread_init(&thread, NULL, answer, NULL);
	heddle_thread_start(&thread);
	heddle_thread_join(&thread);
	RULE(!hooked, "excepthook: is not called for a thread that did not fail");
	heddle_thread_init(&thread, NULL, leave, NULL);
	heddle_thread_start(&thread);
	RULE(heddle_thread_join(&thread) == 0, "Thread: may leave by pthread_exit()");
	RULE(heddle_thread_status(&thread) == HEDDLE_CANCELLED && !hooked,
	     "excepthook: is not called then, as for SystemExit");
	RULE(heddle_thread_set_failure_hook(NULL) == hook, "excepthook: the one before is told");
	RULE(heddle_thread_set_failure_hook(NULL) == heddle_thread_failed,
	     "__excepthook__: the original one can be restored");
}

static int cancelled(void *event)
{
	heddle_event_set(event);
	pause();
	return 0;
}

static void cancellation(void)
{
	struct heddle_event event = HEDDLE_EVENT_INIT(NULL);
	struct heddle_thread thread;

	heddle_thread_init(&thread, NULL, cancelled, &event);
	heddle_thread_start(&thread);
	heddle_event_wait(&event);
	pthread_cancel((pthread_t)heddle_thread_ident(&thread));
	RULE(heddle_thread_join(&thread) == 0, "Thread: may be cancelled");
	RULE(heddle_thread_status(&thread) == HEDDLE_CANCELLED, "Thread: its status tells so");
}

static bool is_among(const struct heddle_thread *thread, struct heddle_thread **threads,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (threads[i] == thread)
			return true;
	return false;
}

static void enumerating(void)
{
	struct heddle_event event = HEDDLE_EVENT_INIT(NULL);
	struct heddle_thread a, b, *threads[8];
	size_t before = heddle_thread_count();

	RULE(before == 1, "active_count: main alone at first");
	heddle_thread_init(&a, NULL, wait_here, &event);
	heddle_thread_init(&b, NULL, wait_here, &event);
	heddle_thread_set_daemon(&b, true);
	RULE(heddle_thread_count() == 1, "active_count: without those that have not been started");
	heddle_thread_start(&a);
	heddle_thread_start(&b);
	RULE(heddle_thread_count() == 3, "active_count: the length of enumerate()");
	size_t count = heddle_thread_enumerate(threads, 8);
	RULE(count == 3 && is_among(&a, threads, count), "enumerate: all that are alive");
	RULE(is_among(&b, threads, count), "enumerate: daemons, too");
	RULE(is_among(heddle_thread_main(), threads, count), "enumerate: main, too");
	RULE(heddle_thread_enumerate(threads, 1) == 3,
	     "enumerate: tells how many where room is short");
	heddle_event_set(&event);
	heddle_thread_join(&a);
	heddle_thread_join(&b);
	RULE(heddle_thread_enumerate(threads, 8) == 1, "enumerate: without those that have ended");
}

static struct heddle_thread *foreign_seen;
static bool foreign_is_alive, foreign_is_daemon;
static int foreign_join;
static size_t foreign_count;

static int join_foreign(void *thread)
{
	return heddle_thread_join(thread);
}

static void *foreign(void *unused)
{
	(void)unused;
	foreign_seen = heddle_thread_current();
	foreign_is_alive = heddle_thread_is_alive(foreign_seen);
	foreign_is_daemon = heddle_thread_is_daemon(foreign_seen);
	foreign_join = elsewhere(join_foreign, foreign_seen);
	foreign_count = heddle_thread_count();
	return NULL;
}

static void others(void)
{
	struct heddle_thread *main_thread = heddle_thread_main();
	pthread_t handle;

	RULE(heddle_thread_current() == main_thread, "main_thread: the one that called main");
	RULE(strcmp(heddle_thread_name(main_thread), "MainThread") == 0, "main_thread: its name");
	RULE(!heddle_thread_is_daemon(main_thread), "main_thread: is no daemon");
	RULE(heddle_thread_is_alive(main_thread), "main_thread: is alive");
	RULE(heddle_thread_start(main_thread) == HEDDLE_STARTED, "main_thread: has been started");
	RULE(heddle_ident() == heddle_thread_ident(main_thread),
	     "get_ident: of the calling thread");
	RULE(heddle_native_id() == getpid() && heddle_thread_native_id(main_thread) == getpid(),
	     "get_native_id: the kernel's number of the calling thread");
	pthread_create(&handle, NULL, foreign, NULL);
	pthread_join(handle, NULL);
	RULE(foreign_seen && foreign_seen != main_thread,
	     "current_thread: a dummy in a thread that was started otherwise");
	RULE(foreign_is_alive && foreign_is_daemon,
	     "current_thread: a dummy is alive and daemonic");
	RULE(foreign_join == HEDDLE_INVALID, "current_thread: a dummy cannot be joined");
	RULE(foreign_count == 2, "enumerate: dummies, too");
	RULE(heddle_thread_count() == 1, "enumerate: until they end");
}

static int stack_of_self(void *ret)
{
	pthread_attr_t attributes;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstacksize(&attributes, ret);
	return pthread_attr_destroy(&attributes);
}

static void stacks(void)
{
	size_t size = 0;

	RULE(heddle_thread_stack_size() == 0, "stack_size: 0 is the system's, and at first");
	RULE(heddle_thread_set_stack_size(4096) == HEDDLE_INVALID,
	     "stack_size: below 32 KiB is an error");
	RULE(heddle_thread_set_stack_size(1 << 20) == 0 && heddle_thread_stack_size() == 1 << 20,
	     "stack_size: is set for threads to come");
	elsewhere(stack_of_self, &size);
	RULE(size == 1 << 20, "stack_size: which have it then");
	heddle_thread_set_stack_size((size_t)1 << 60);
	struct heddle_thread thread;
	heddle_thread_init(&thread, NULL, answer, NULL);
	RULE(heddle_thread_start(&thread) == HEDDLE_NO_THREAD,
	     "Thread.start: is an error where the system has no room");
	RULE(!heddle_thread_is_alive(&thread), "Thread.start: then it is not alive");
	RULE(heddle_thread_set_stack_size(0) == 0, "stack_size: back to the system's");
	RULE(heddle_thread_start(&thread) == 0 && heddle_thread_join(&thread) == 0,
	     "Thread.start: and may be tried again");
}

void suite_thread(void)
{
	life();
	running();
	names();
	daemons();
	failures();
	cancellation();
	enumerating();
	others();
	stacks();
}
