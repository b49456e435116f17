/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cond_idle: 1,000 signals and broadcasts that nobody waits for, from one place each; then three
 * signals, from one place, that wake a thread each time.
 */
#include <pthread.h>
#include <stdbool.h>

#include "tests/programs/expect.h"

#define ROUNDS 1000
#define TURNS 3

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn, seen;

static void *follow(void *nothing)
{
	EXPECT(pthread_mutex_lock(&mutex), 0);
	while (seen < TURNS) {
		while (turn == seen)
			EXPECT(pthread_cond_wait(&turned, &mutex), 0);
		seen = turn;
	}
	EXPECT(pthread_mutex_unlock(&mutex), 0);
	return nothing;
}

/* The other one waits whenever the mutex is free and no turn is to be seen. */
static void turn_when_waited(void)
{
	for (bool is_waited = false; !is_waited;) {
		EXPECT(pthread_mutex_lock(&mutex), 0);
		is_waited = turned.__data.__wrefs >= 8 && seen == turn;
		if (is_waited) {
			turn++;
			EXPECT(pthread_cond_signal(&turned), 0);
		}
		EXPECT(pthread_mutex_unlock(&mutex), 0);
	}
}

int main(void)
{
	pthread_t follower;

	for (int i = 0; i < ROUNDS; i++) {
		EXPECT(pthread_cond_signal(&idle), 0);
		EXPECT(pthread_cond_broadcast(&idle), 0);
	}
	EXPECT(pthread_create(&follower, NULL, follow, NULL), 0);
	for (int i = 0; i < TURNS; i++)
		turn_when_waited();
	EXPECT(pthread_join(follower, NULL), 0);
	return 0;
}
