/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads: create, exit, join, detach, cancel, kill, names. */
#include <sys/resource.h>

#include "tests/conformance/conform.h"

/* Threads that are to stay for a while wait at the gate. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int pass_gate(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return 0;
}

static void *wait_at_gate(void *argument)
{
	pass_gate(NULL);
	return argument;
}

static void *return_it(void *argument)
{
	return argument;
}

static void *exit_with_it(void *argument)
{
	pthread_exit(argument);
}

/* A thread that has ended and is not joined. */
static pthread_t ended_thread(void *result)
{
	pthread_t thread = run_thread(return_it, result);
	clockid_t clock;

	/* Its clock is gone when the kernel is through with it. */
	while (pthread_getcpuclockid(thread, &clock) == 0)
		pause_ms(1);
	return thread;
}

struct told {
	pthread_t self;
	size_t stack_size;
	sigset_t blocked;
};

static void *tell(void *context)
{
	struct told *told = context;
	pthread_attr_t attributes;

	pass_gate(NULL);
	told->self = pthread_self();
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstacksize(&attributes, &told->stack_size);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, NULL, &told->blocked);
	return NULL;
}

static void creation(void)
{
	struct told told = { 0 };
	pthread_t thread;
	sigset_t set;
	void *value = NULL;

	CHECK("create", pthread_create(&thread, NULL, return_it, &told));
	CHECK("join", pthread_join(thread, &value));
	check_number("join: the value returned", value == &told);
	CHECK("create, exits", pthread_create(&thread, NULL, exit_with_it, &set));
	CHECK("join, exited", pthread_join(thread, &value));
	check_number("join: the value given to exit", value == &set);
	CHECK("create, joined without a value", pthread_create(&thread, NULL, return_it, NULL));
	CHECK("join without a value", pthread_join(thread, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, tell, &told);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	check_number("create: the id is the thread's own", pthread_equal(told.self, thread));
	check_number("create: the signal mask is inherited", sigismember(&told.blocked, SIGUSR2));
	check_number("create: no other signal is blocked", sigismember(&told.blocked, SIGUSR1));
}

static void create_with(const char *name, pthread_attr_t *attributes)
{
	struct told told = { 0 };
	pthread_t thread;
	int error = pthread_create(&thread, attributes, tell, &told);

	check(name, error);
	if (error == 0) {
		pthread_join(thread, NULL);
		check_number("the stack's size", (long long)told.stack_size);
	}
}

static int create_real_time(void *attributes)
{
	struct rlimit none = { 0, 0 };
	pthread_t thread;

	setrlimit(RLIMIT_RTPRIO, &none);
	if (setuid(65534) == -1 && getuid() == 0)
		return 99;
	return pthread_create(&thread, attributes, return_it, NULL);
}

static void attributes(void)
{
	static char stack[1 << 18] __attribute__((aligned(4096)));
	struct sched_param priority = { .sched_priority = 1 };
	pthread_attr_t attributes;
	cpu_set_t cpus;

	pthread_attr_init(&attributes);
	check("stack size too small", pthread_attr_setstacksize(&attributes, 1));
	pthread_attr_setstacksize(&attributes, 1 << 20);
	create_with("create, 1 MiB of stack", &attributes);
	pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN));
	create_with("create, the smallest stack", &attributes);
	pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
	create_with("create, a stack that does not fit", &attributes);
	pthread_attr_destroy(&attributes);

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, sizeof(stack));
	create_with("create, a stack of ours", &attributes);
	pthread_attr_destroy(&attributes);

	pthread_attr_init(&attributes);
	CPU_ZERO(&cpus);
	CPU_SET(CPU_SETSIZE - 1, &cpus);
	pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	create_with("create, a processor that is not there", &attributes);
	pthread_attr_destroy(&attributes);

	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &priority);
	check_child("create, real time not permitted", create_real_time, &attributes);
	pthread_attr_destroy(&attributes);
}

static int join_thread_of(void *thread)
{
	return pthread_join(*(pthread_t *)thread, NULL);
}

static int timedjoin_thread_of(void *thread)
{
	struct timespec time = far(CLOCK_REALTIME);

	return pthread_timedjoin_np(*(pthread_t *)thread, NULL, &time);
}

static int clockjoin_thread_of(void *thread)
{
	struct timespec time = far(CLOCK_MONOTONIC);

	return pthread_clockjoin_np(*(pthread_t *)thread, NULL, CLOCK_MONOTONIC, &time);
}

/* Each kind of join that blocks: cancelled, and with signals on the way. */
static void blocked_join(const char *kind, int (*join)(void *))
{
	struct blocked joiner;
	char name[64];

	pthread_mutex_lock(&gate);
	pthread_t thread = run_thread(wait_at_gate, NULL);
	snprintf(name, sizeof(name), "%s, cancelled", kind);
	check_cancelled(name, SYS_futex, join, &thread);
	blocked_start(&joiner, SYS_futex, join, &thread);
	blocked_signal_through(&joiner, 0);
	blocked_signal_through(&joiner, SA_RESTART);
	pthread_mutex_unlock(&gate);
	snprintf(name, sizeof(name), "%s, after two signals", kind);
	blocked_check(name, &joiner);
}

static void joins(void)
{
	CHECK("join itself", pthread_join(pthread_self(), NULL));
	CHECK("tryjoin itself", pthread_tryjoin_np(pthread_self(), NULL));
	blocked_join("join", join_thread_of);
	blocked_join("timedjoin", timedjoin_thread_of);
	blocked_join("clockjoin", clockjoin_thread_of);

	pthread_t thread = ended_thread(&gate);
	void *value = NULL;
	CHECK("tryjoin of an ended thread", pthread_tryjoin_np(thread, &value));
	check_number("tryjoin: the value", value == &gate);
}

static void timed_joins(void)
{
	struct blocked blocked;
	struct timespec time;
	pthread_t thread;
	void *value = NULL;

	pthread_mutex_lock(&gate);
	blocked_start(&blocked, SYS_futex, pass_gate, NULL);
	CHECK("tryjoin of a live thread", pthread_tryjoin_np(blocked.thread, NULL));
	time = near(CLOCK_REALTIME);
	CHECK("timedjoin, timed out", pthread_timedjoin_np(blocked.thread, NULL, &time));
	check_reached("timedjoin, timed out", CLOCK_REALTIME, time);
	time = past(CLOCK_REALTIME);
	CHECK("timedjoin, long over", pthread_timedjoin_np(blocked.thread, NULL, &time));
	time = near(CLOCK_MONOTONIC);
	CHECK("clockjoin, timed out",
	      pthread_clockjoin_np(blocked.thread, NULL, CLOCK_MONOTONIC, &time));
	check_reached("clockjoin, timed out", CLOCK_MONOTONIC, time);
	time = near(CLOCK_REALTIME);
	CHECK("clockjoin, realtime, timed out",
	      pthread_clockjoin_np(blocked.thread, NULL, CLOCK_REALTIME, &time));
	CHECK("clockjoin, no such clock",
	      pthread_clockjoin_np(blocked.thread, NULL, CLOCK_THREAD_CPUTIME_ID, &time));
	pthread_mutex_unlock(&gate);
	time = far(CLOCK_REALTIME);
	CHECK("timedjoin", pthread_timedjoin_np(blocked.thread, &value, &time));

	thread = ended_thread(&gate);
	time = with_ns(CLOCK_REALTIME, 1000000000);
	CHECK("timedjoin of an ended thread, wrong nanoseconds",
	      pthread_timedjoin_np(thread, &value, &time));
	check_number("timedjoin: the value", value == &gate);
	thread = ended_thread(&time);
	time = past(CLOCK_MONOTONIC);
	CHECK("clockjoin of an ended thread, long over",
	      pthread_clockjoin_np(thread, &value, CLOCK_MONOTONIC, &time));
	check_number("clockjoin: the value", value == &time);
}

static atomic_int count;

static void *count_one(void *unused)
{
	(void)unused;
	atomic_fetch_add(&count, 1);
	return NULL;
}

static void await_count(const char *name, int wanted)
{
	for (int tries = 0; tries < 5000 && atomic_load(&count) < wanted; tries++)
		pause_ms(1);
	check_number(name, atomic_load(&count));
}

static void detached(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int errors = 0;

	pthread_mutex_lock(&gate);
	thread = run_thread(wait_at_gate, NULL);
	CHECK("detach", pthread_detach(thread));
	CHECK("detach again", pthread_detach(thread));
	CHECK("join a detached thread", pthread_join(thread, NULL));
	CHECK("tryjoin a detached thread", pthread_tryjoin_np(thread, NULL));
	pthread_mutex_unlock(&gate);
	CHECK("detach an ended thread", pthread_detach(ended_thread(NULL)));

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 200; i++)
		errors += pthread_create(&thread, &attributes, count_one, NULL) != 0;
	check_number("create 200 detached threads: errors", errors);
	await_count("create 200 detached threads: they ran", 200);
	pthread_mutex_lock(&gate);
	CHECK("create a detached thread", pthread_create(&thread, &attributes, wait_at_gate, NULL));
	CHECK("join a thread made detached", pthread_join(thread, NULL));
	CHECK("detach a thread made detached", pthread_detach(thread));
	pthread_mutex_unlock(&gate);
	pthread_attr_destroy(&attributes);
}

static void signals(void)
{
	struct blocked blocked;

	pthread_mutex_lock(&gate);
	blocked_start(&blocked, SYS_futex, pass_gate, NULL);
	CHECK("kill, no signal", pthread_kill(blocked.thread, 0));
	CHECK("kill, no such signal", pthread_kill(blocked.thread, 65));
	CHECK("kill, negative signal", pthread_kill(blocked.thread, -1));
	CHECK("kill, a signal of the library", pthread_kill(blocked.thread, 32));
	handle_signal(SIGUSR1, 0);
	signals_handled = 0;
	CHECK("kill", pthread_kill(blocked.thread, SIGUSR1));
	CHECK("kill itself", pthread_kill(pthread_self(), SIGUSR1));
	pthread_mutex_unlock(&gate);
	blocked_check("kill: the thread goes on", &blocked);
	check_number("kill: the handler ran", signals_handled);

	pthread_t thread = ended_thread(NULL);
	CHECK("kill an ended thread", pthread_kill(thread, SIGUSR1));
	CHECK("kill an ended thread, no signal", pthread_kill(thread, 0));
	CHECK("cancel an ended thread", pthread_cancel(thread));
	void *value = &thread;
	CHECK("join a thread cancelled after its end", pthread_join(thread, &value));
	check_number("join: it was not cancelled", value == NULL);
}

static void name_of(const char *what, pthread_t thread)
{
	char name[32] = "";

	check("getname", pthread_getname_np(thread, name, sizeof(name)));
	check_text(what, name);
}

static void names(void)
{
	struct blocked blocked;
	pthread_t self = pthread_self();

	CHECK("setname", pthread_setname_np(self, "conformist"));
	name_of("setname: own name", self);
	CHECK("setname, 15 bytes", pthread_setname_np(self, "123456789012345"));
	CHECK("setname, 16 bytes", pthread_setname_np(self, "1234567890123456"));
	name_of("setname: the name before stays", self);
	CHECK("setname, empty", pthread_setname_np(self, ""));
	name_of("setname: empty", self);
	pthread_mutex_lock(&gate);
	blocked_start(&blocked, SYS_futex, pass_gate, NULL);
	CHECK("setname of another", pthread_setname_np(blocked.thread, "the \"other\"\\"));
	name_of("setname: another's name", blocked.thread);
	name_of("setname: own name stays", self);
	pthread_mutex_unlock(&gate);
	blocked_check("setname: the other goes on", &blocked);
	pthread_t thread = ended_thread(NULL);
	CHECK("setname of an ended thread", pthread_setname_np(thread, "ghost"));
	pthread_join(thread, NULL);
}

int main(void)
{
	conform_start();
	creation();
	attributes();
	joins();
	timed_joins();
	detached();
	signals();
	names();
	return 0;
}
