/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Five philosophers, five forks, and a dinner that never ends: a deadlock, always. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#define SEATS 5

static pthread_mutex_t forks[SEATS] = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
};

/* Opens when all five have their left fork, which makes the deadlock certain. */
static pthread_barrier_t everybody_has_one;

static void eat(intptr_t seat)
{
	printf("philosopher %d eats\n", (int)seat + 1);
}

static void dine(intptr_t seat)
{
	pthread_mutex_t *left = &forks[seat];
	pthread_mutex_t *right = &forks[(seat + 1) % SEATS];

	pthread_mutex_lock(left);
	pthread_barrier_wait(&everybody_has_one);
	pthread_mutex_lock(right); /* the neighbour holds it and waits as well */
	eat(seat);
	pthread_mutex_unlock(right);
	pthread_mutex_unlock(left);
}

static void *philosopher(void *argument)
{
	char name[32];

	snprintf(name, sizeof(name), "philosopher %d", (int)(intptr_t)argument + 1);
	pthread_setname_np(pthread_self(), name);
	dine((intptr_t)argument);
	return NULL;
}

int main(void)
{
	pthread_t threads[SEATS];

	pthread_barrier_init(&everybody_has_one, NULL, SEATS);
	for (intptr_t seat = 0; seat < SEATS; seat++)
		pthread_create(&threads[seat], NULL, philosopher, (void *)seat);
	for (int seat = 0; seat < SEATS; seat++)
		pthread_join(threads[seat], NULL);
	puts("everybody has eaten");
	return 0;
}
