/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A receiver waits for a fourth parcel; the courier brought three and went home: stuck. */
#include <pthread.h>
#include <stdio.h>

#define PARCELS_SENT 3
#define PARCELS_EXPECTED 4

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t parcel_arrived = PTHREAD_COND_INITIALIZER;
static int parcels;

static void *courier(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "courier");
	for (int i = 0; i < PARCELS_SENT; i++) {
		pthread_mutex_lock(&door);
		parcels++;
		pthread_cond_signal(&parcel_arrived);
		pthread_mutex_unlock(&door);
	}
	return NULL; /* nobody else ever signals */
}

static void *receiver(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "receiver");
	pthread_mutex_lock(&door);
	while (parcels < PARCELS_EXPECTED)
		pthread_cond_wait(&parcel_arrived, &door);
	pthread_mutex_unlock(&door);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, receiver, NULL);
	pthread_create(&threads[1], NULL, courier, NULL);
	pthread_join(threads[1], NULL);
	pthread_join(threads[0], NULL);
	puts("all parcels received");
	return 0;
}
