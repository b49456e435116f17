/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function that locks calls another one that takes the same lock: it waits for itself. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static int entries;

static int count_entries(void)
{
	pthread_mutex_lock(&journal); /* add_entry() holds it already */
	int count = entries;
	pthread_mutex_unlock(&journal);
	return count;
}

static void add_entry(const char *text)
{
	pthread_mutex_lock(&journal);
	entries++;
	printf("%d: %s\n", count_entries(), text);
	pthread_mutex_unlock(&journal);
}

int main(void)
{
	add_entry("the first entry");
	return 0;
}
