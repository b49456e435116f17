/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bounded pool: a semaphore lends two connections to four clients, and never more. */
#include <heddle.h>
#include <stdio.h>

static struct heddle_semaphore pool = HEDDLE_BOUNDED_SEMAPHORE_INIT(2, "connections");
static struct heddle_lock lock = HEDDLE_LOCK_INIT("in use");
static int in_use, most;

static void use(int change)
{
	HEDDLE_WITH(&lock) {
		in_use += change;
		most = in_use > most ? in_use : most;
	}
}

static int client(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++) {
		HEDDLE_WITH(&pool) {
			use(1);
			use(-1);
		}
	}
	return 0;
}

int main(void)
{
	struct heddle_thread clients[4];

	for (int i = 0; i < 4; i++) {
		heddle_thread_init(&clients[i], "client", client, NULL);
		heddle_thread_start(&clients[i]);
	}
	for (int i = 0; i < 4; i++)
		heddle_thread_join(&clients[i]);
	printf("at most %d of 2\n", most);
	return most > 2;
}
