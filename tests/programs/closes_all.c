/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Like a daemon it closes every descriptor above 2, in each way there is, then goes on locking. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/programs/expect.h"

#define PAIRS 1000

static pthread_mutex_t after = PTHREAD_MUTEX_INITIALIZER;

static void *use(void *unused)
{
	(void)unused;
	for (int i = 0; i < PAIRS; i++) {
		EXPECT(pthread_mutex_lock(&after), 0);
		EXPECT(pthread_mutex_unlock(&after), 0);
	}
	return NULL;
}

/* What the program has opened itself is closed after all. */
static int open_one(void)
{
	int fd = dup(1);

	EXPECT(fd >= 3, 1);
	return fd;
}

static void close_in_ranges(void)
{
	int fd = open_one();

	EXPECT(close_range(3, ~0U, 0), 0);
	EXPECT(fcntl(fd, F_GETFD), -1);
	fd = open_one();
	EXPECT(close_range((unsigned)fd + 1, ~0U, 0), 0);
	EXPECT(fcntl(fd, F_GETFD) >= 0, 1);
	EXPECT(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), 0);
	EXPECT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	closefrom(3);
	EXPECT(fcntl(fd, F_GETFD), -1);
	EXPECT(close_range(4, 3, 0), -1);
}

int main(void)
{
	pthread_t thread;

	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	close_in_ranges();
	EXPECT(pthread_create(&thread, NULL, use, NULL), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	puts("descriptors closed");
	return 0;
}
