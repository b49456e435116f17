/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Five clients share two connections. A bounded semaphore has one permit for each connection, so who
 * has got a permit finds one free; a lock guards the list of them. Correct.
 */
#include <heddle.h>
#include <stdio.h>
#include <unistd.h>

#define CONNECTIONS 2
#define CLIENTS 5
#define QUERIES 4

static struct heddle_semaphore permits = HEDDLE_BOUNDED_SEMAPHORE_INIT(CONNECTIONS, "permits");
static struct heddle_lock lock = HEDDLE_LOCK_INIT("pool");
static int idle[CONNECTIONS] = { 1, 2 }, idle_count = CONNECTIONS;
static int answered, most_at_once;

static int take_connection(void)
{
	int connection = 0;

	HEDDLE_WITH(&lock) {
		connection = idle[--idle_count];
		if (CONNECTIONS - idle_count > most_at_once)
			most_at_once = CONNECTIONS - idle_count;
	}
	return connection;
}

static void give_back(int connection)
{
	HEDDLE_WITH(&lock) {
		idle[idle_count++] = connection;
		answered++;
	}
}

static int client(void *unused)
{
	(void)unused;
	for (int i = 0; i < QUERIES; i++)
		HEDDLE_WITH(&permits) {
			int connection = take_connection();
			usleep(1000); /* the server thinks */
			give_back(connection);
		}
	return 0;
}

int main(void)
{
	struct heddle_thread clients[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		char name[24];

		snprintf(name, sizeof(name), "client %d", i + 1);
		heddle_thread_init(&clients[i], name, client, NULL);
		heddle_thread_start(&clients[i]);
	}
	for (int i = 0; i < CLIENTS; i++)
		heddle_thread_join(&clients[i]);
	printf("%d queries, %d at once at most\n", answered, most_at_once);
	return 0;
}
