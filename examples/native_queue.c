/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Producer and consumer: a condition says that the queue is not empty, another that it is not full. */
#include <heddle.h>
#include <stdio.h>

#define PLACES 4
#define ITEMS 1000

static struct heddle_lock lock = HEDDLE_LOCK_INIT("queue");
static struct heddle_condition not_empty = HEDDLE_CONDITION_INIT_LOCK(&lock, "not_empty");
static struct heddle_condition not_full = HEDDLE_CONDITION_INIT_LOCK(&lock, "not_full");
static int items[PLACES], first, count;

static bool has_item(void *unused)
{
	(void)unused;
	return count > 0;
}

static bool has_place(void *unused)
{
	(void)unused;
	return count < PLACES;
}

static int produce(void *unused)
{
	(void)unused;
	for (int i = 1; i <= ITEMS; i++) {
		HEDDLE_WITH(&lock) {
			heddle_condition_wait_for(&not_full, has_place, NULL);
			items[(first + count++) % PLACES] = i;
			heddle_condition_notify(&not_empty, 1);
		}
	}
	return 0;
}

static int take(void)
{
	int item = 0;

	HEDDLE_WITH(&lock) {
		heddle_condition_wait_for(&not_empty, has_item, NULL);
		item = items[first];
		first = (first + 1) % PLACES;
		count--;
		heddle_condition_notify(&not_full, 1);
	}
	return item;
}

int main(void)
{
	struct heddle_thread producer;
	long sum = 0;

	heddle_thread_init(&producer, "producer", produce, NULL);
	heddle_thread_start(&producer);
	for (int i = 0; i < ITEMS; i++)
		sum += take();
	heddle_thread_join(&producer);
	printf("%ld\n", sum);
	return sum != ITEMS * (ITEMS + 1L) / 2;
}
