/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* victim PAIRS SIGNAL: locks PAIRS times, says so, ends itself by SIGNAL (0: waits for one). */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "tests/programs/expect.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long pairs;
static int signal_number;

static void *routine(void *unused)
{
	(void)unused;
	for (long i = 0; i < pairs; i++) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	puts("ready");
	fflush(stdout);
	if (signal_number)
		kill(getpid(), signal_number);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3) {
		fputs("usage: victim PAIRS SIGNAL\n", stderr);
		return 2;
	}
	pairs = atol(argv[1]);
	signal_number = atoi(argv[2]);
	EXPECT(pthread_create(&thread, NULL, routine, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	return 0;
}
