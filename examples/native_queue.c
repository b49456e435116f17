/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two producers and a consumer around a queue with little room: a lock, and a condition for each
 * thing that may be waited for. Correct.
 */
#include <heddle.h>
#include <stdio.h>

#define ROOM 3
#define EACH 50
#define PRODUCERS 2

static struct heddle_lock lock = HEDDLE_LOCK_INIT("queue");
static struct heddle_condition not_empty = HEDDLE_CONDITION_INIT_LOCK(&lock, "not_empty");
static struct heddle_condition not_full = HEDDLE_CONDITION_INIT_LOCK(&lock, "not_full");
static int items[ROOM], first, count;

static bool has_item(void *unused)
{
	(void)unused;
	return count > 0;
}

static bool has_room(void *unused)
{
	(void)unused;
	return count < ROOM;
}

static void put(int item)
{
	HEDDLE_WITH(&lock) {
		heddle_condition_wait_for(&not_full, has_room, NULL);
		items[(first + count++) % ROOM] = item;
		heddle_condition_notify(&not_empty, 1);
	}
}

static int take(void)
{
	int item = 0;

	HEDDLE_WITH(&lock) {
		heddle_condition_wait_for(&not_empty, has_item, NULL);
		item = items[first];
		first = (first + 1) % ROOM;
		count--;
		heddle_condition_notify(&not_full, 1);
	}
	return item;
}

static int produce(void *unused)
{
	(void)unused;
	for (int item = 1; item <= EACH; item++)
		put(item);
	return 0;
}

/* What a thread returns is its status, which whoever joined it may read. */
static int consume(void *unused)
{
	int sum = 0;

	(void)unused;
	for (int i = 0; i < PRODUCERS * EACH; i++)
		sum += take();
	return sum;
}

int main(void)
{
	struct heddle_thread consumer, producers[PRODUCERS];

	heddle_thread_init(&consumer, "consumer", consume, NULL);
	heddle_thread_start(&consumer);
	for (int i = 0; i < PRODUCERS; i++) {
		heddle_thread_init(&producers[i], i ? "producer 2" : "producer 1", produce, NULL);
		heddle_thread_start(&producers[i]);
	}
	for (int i = 0; i < PRODUCERS; i++)
		heddle_thread_join(&producers[i]);
	heddle_thread_join(&consumer);
	printf("%d items, which add up to %d\n", PRODUCERS * EACH, heddle_thread_status(&consumer));
	return 0;
}
