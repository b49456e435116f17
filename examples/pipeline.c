/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reader, a squarer and a printer handing numbers on through two queues: correct. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define ROOM 4
#define NUMBERS 40
#define END (-1L)

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty;
	pthread_cond_t not_full;
	long items[ROOM];
	int first, count;
};

#define QUEUE_INITIALIZER                                                                          \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER, .not_empty = PTHREAD_COND_INITIALIZER,          \
		.not_full = PTHREAD_COND_INITIALIZER                                               \
	}

static struct queue numbers = QUEUE_INITIALIZER;
static struct queue squares = QUEUE_INITIALIZER;

static void queue_put(struct queue *queue, long item)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count == ROOM)
		pthread_cond_wait(&queue->not_full, &queue->lock);
	queue->items[(queue->first + queue->count++) % ROOM] = item;
	pthread_cond_signal(&queue->not_empty);
	pthread_mutex_unlock(&queue->lock);
}

static long queue_take(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count == 0)
		pthread_cond_wait(&queue->not_empty, &queue->lock);
	long item = queue->items[queue->first];
	queue->first = (queue->first + 1) % ROOM;
	queue->count--;
	pthread_cond_signal(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
	return item;
}

static void *read_numbers(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "reader");
	for (long number = 1; number <= NUMBERS; number++) {
		usleep(2000); /* the slow stage: the others wait for it */
		queue_put(&numbers, number);
	}
	queue_put(&numbers, END);
	return NULL;
}

static void *square_numbers(void *unused)
{
	long number;

	(void)unused;
	pthread_setname_np(pthread_self(), "squarer");
	while ((number = queue_take(&numbers)) != END)
		queue_put(&squares, number * number);
	queue_put(&squares, END);
	return NULL;
}

static void *print_sum(void *unused)
{
	long number, sum = 0;

	(void)unused;
	pthread_setname_np(pthread_self(), "printer");
	while ((number = queue_take(&squares)) != END)
		sum += number;
	printf("the squares of 1 to %d add up to %ld\n", NUMBERS, sum);
	return NULL;
}

int main(void)
{
	static void *(*const stages[])(void *) = { read_numbers, square_numbers, print_sum };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, stages[i], NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
