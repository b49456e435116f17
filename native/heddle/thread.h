/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads: Python's threading.Thread and what goes with it. Include <heddle.h>. */
#ifndef HEDDLE_THREAD_H
#define HEDDLE_THREAD_H

#include <heddle/base.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longer names are cut; the closing NUL is in it. */
#define HEDDLE_THREAD_NAME_SIZE 64

struct heddle_thread;

/*
 * What a thread runs, and the form for those who embed the struct. Python: target, run(). The
 * result is the thread's status: below 0 the thread has failed, as by an exception that nobody caught.
 */
typedef int heddle_thread_function(void *argument);
typedef int heddle_thread_run(struct heddle_thread *thread);

/*
 * The struct is the caller's, who may reuse it when a join has returned 0. Of a thread that nobody
 * joins it lives as long as the program.
 */
struct heddle_thread {
	heddle_thread_run *run; /* private, as all that follows */
	heddle_thread_function *function;
	void *argument, *result;
	struct heddle_thread *previous, *next;
	uint64_t ident, number;
	uint32_t phase, is_blocked, native_id;
	int32_t status;
	uint32_t is_daemon, kind, pins, tellers;
	char name[HEDDLE_THREAD_NAME_SIZE];
};

enum heddle_thread_state {
	HEDDLE_THREAD_NEW,
	HEDDLE_THREAD_RUNNING,
	HEDDLE_THREAD_BLOCKED, /* waits in a function of this library */
	HEDDLE_THREAD_TERMINATED
};

/*
 * Python: Thread(target, args, name), or a subclass. name is copied; NULL: "Thread-1" and so on. It
 * is a daemon where the calling thread is one. The argument of run is thread itself, from which the
 * struct around it is found. 0, or HEDDLE_INVALID without a function.
 *
 *	struct worker { struct heddle_thread thread; int number; };
 *
 *	static int worker_run(struct heddle_thread *thread)
 *	{
 *		struct worker *worker = (struct worker *)thread;
 *		...
 *
 *	heddle_thread_init_run(&worker.thread, "worker", worker_run);
 */
int heddle_thread_init(struct heddle_thread *thread, const char *name,
		       heddle_thread_function *function, void *argument);
int heddle_thread_init_run(struct heddle_thread *thread, const char *name, heddle_thread_run *run);

/*
 * Python: start(). Once: HEDDLE_STARTED a second time. HEDDLE_NO_THREAD: the system refused,
 * and it may be tried again. On return the thread is alive and has its native id.
 */
int heddle_thread_start(struct heddle_thread *thread);

/*
 * Python: join(). Waits until the thread is over; any thread, as often as it likes. What the thread did
 * has happened before, the destructors of its locals included. 0; HEDDLE_NOT_STARTED; HEDDLE_SELF for
 * the thread itself; HEDDLE_INVALID for a thread that this library did not start.
 */
int heddle_thread_join(struct heddle_thread *thread);

/* Python: join(timeout), in ns, and is_alive(). HEDDLE_TIMED_OUT: it is alive still. */
int heddle_thread_join_within(struct heddle_thread *thread, int64_t timeout_ns);
int heddle_thread_join_until(struct heddle_thread *thread, const struct timespec *deadline);

/* Python: is_alive(): started and not over. Any thread. */
bool heddle_thread_is_alive(const struct heddle_thread *thread);
enum heddle_thread_state heddle_thread_state(const struct heddle_thread *thread);

/*
 * What its function returned: 0 while it has not. HEDDLE_CANCELLED where it left by pthread_exit() or
 * was cancelled. After a join.
 */
int heddle_thread_status(const struct heddle_thread *thread);

/* A result of any kind: the thread itself sets its own; others read it after a join. NULL at first. */
void heddle_thread_set_result(void *result);
void *heddle_thread_result(const struct heddle_thread *thread);

/*
 * Python: name. It is copied, any thread, at any time; the one that is told is of use until the next
 * is set. A debugger sees the first 15 bytes of the name that the thread had when it started.
 */
const char *heddle_thread_name(const struct heddle_thread *thread);
int heddle_thread_set_name(struct heddle_thread *thread, const char *name);

/*
 * Python: daemon. When main returns or calls exit() the program waits for all threads but daemons,
 * and before functions that atexit() was told of after the first thread had started. Where
 * another thread calls exit(), it waits for none. HEDDLE_STARTED once the thread has begun.
 */
bool heddle_thread_is_daemon(const struct heddle_thread *thread);
int heddle_thread_set_daemon(struct heddle_thread *thread, bool is_daemon);

/* Python: ident (of other threads when it is over), native_id (the kernel's). 0 before the start. */
uint64_t heddle_thread_ident(const struct heddle_thread *thread);
pid_t heddle_thread_native_id(const struct heddle_thread *thread);

/*
 * Python: excepthook. Called by a thread that failed, before it is over, with its status. NULL, and
 * at first: heddle_thread_failed(), which writes a line to stderr. Returns the hook before.
 */
typedef void heddle_thread_failure_hook(struct heddle_thread *thread, int status);
heddle_thread_failure_hook *heddle_thread_set_failure_hook(heddle_thread_failure_hook *hook);
void heddle_thread_failed(struct heddle_thread *thread, int status);

/*
 * Python: current_thread(), main_thread(). Never NULL: a thread that this library did not start
 * gets a struct that lives as long as the thread.
 */
struct heddle_thread *heddle_thread_current(void);
struct heddle_thread *heddle_thread_main(void);

/* Python: get_ident(), get_native_id(): of the calling thread. */
uint64_t heddle_ident(void);
pid_t heddle_native_id(void);

/*
 * Python: enumerate(), active_count(). All that are alive, in the order of their start: main,
 * daemons, and others that have called heddle_thread_current(). Up to size of them are put into
 * threads; returns how many there are. Those of others may be over at once.
 */
size_t heddle_thread_enumerate(struct heddle_thread **threads, size_t size);
size_t heddle_thread_count(void);

/*
 * Python: stack_size(). In bytes, of threads started from now on; 0, and at first: the system's.
 * HEDDLE_INVALID below 32 KiB.
 */
size_t heddle_thread_stack_size(void);
int heddle_thread_set_stack_size(size_t size);

#ifdef __cplusplus
}
#endif

#endif
