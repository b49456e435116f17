/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks in local variables that nobody destroys, as C++ has them: each is a new one; and waits that
 * longjmp() leaves.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t between = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf back;

static __attribute__((noinline)) void use_local(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	EXPECT(pthread_mutex_lock(&local), 0);
	EXPECT(pthread_mutex_unlock(&local), 0);
}

static void use_between(void)
{
	EXPECT(pthread_mutex_lock(&between), 0);
	EXPECT(pthread_mutex_unlock(&between), 0);
}

static void *run(void *unused)
{
	use_local();
	use_between();
	use_local();
	use_between();
	return unused;
}

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void leave_a_wait(void)
{
	int ends[2];
	char byte;

	EXPECT(pipe(ends), 0);
	signal(SIGALRM, jump);
	if (sigsetjmp(back, 1) == 0) {
		ualarm(20000, 0);
		EXPECT(read(ends[0], &byte, 1), -2);
	}
	/* From here, where read() was called from: a call from further down could be a handler's. */
	EXPECT(pthread_mutex_lock(&between), 0);
	EXPECT(pthread_mutex_unlock(&between), 0);
}

int main(void)
{
	pthread_t thread;

	run(NULL);
	EXPECT(pthread_create(&thread, NULL, run, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	leave_a_wait();
	return 0;
}
