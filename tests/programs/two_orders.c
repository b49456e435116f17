/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * two_orders forth|back: a thread that takes two locks of an array, and one that is made in each run
 * and another one, in the one order or in the other.
 */
#include <pthread.h>
#include <string.h>

#include "tests/programs/expect.h"

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t slots[4] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };

static pthread_mutex_t *make_session(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));

	EXPECT(mutex != NULL, 1);
	EXPECT(pthread_mutex_init(mutex, NULL), 0);
	return mutex;
}

static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	EXPECT(pthread_mutex_lock(first), 0);
	EXPECT(pthread_mutex_lock(second), 0);
	EXPECT(pthread_mutex_unlock(second), 0);
	EXPECT(pthread_mutex_unlock(first), 0);
}

static void *work(void *argument)
{
	pthread_mutex_t *session = make_session();

	if (strcmp(argument, "forth") == 0) {
		take(&slots[1], &slots[2]);
		take(session, &ledger);
	} else {
		take(&slots[2], &slots[1]);
		take(&ledger, session);
	}
	EXPECT(pthread_mutex_destroy(session), 0);
	free(session);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	EXPECT(argc, 2);
	EXPECT(pthread_create(&thread, NULL, work, argv[1]), 0);
	EXPECT(pthread_join(thread, NULL), 0);
	return 0;
}
