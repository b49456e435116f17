/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One test of a suite, by the name that it is called by: two tellers move money between two accounts.
 * The test that SUITE_HANGS names deadlocks, each time or, with SUITE_CHANCE=N, in one run of N; it
 * writes into the file SUITE_MARK when that comes.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/programs/expect.h"

struct account {
	pthread_mutex_t lock;
	long money;
};

static struct account accounts[2] = { { PTHREAD_MUTEX_INITIALIZER, 1000 },
				      { PTHREAD_MUTEX_INITIALIZER, 1000 } };
static pthread_barrier_t both_hold_one;
static bool hangs;

static void move(struct account *from, struct account *to)
{
	pthread_mutex_lock(&from->lock);
	if (hangs)
		pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(&to->lock);
	from->money--;
	to->money++;
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

static void *teller(void *unused)
{
	(void)unused;
	EXPECT(pthread_setname_np(pthread_self(), "teller"), 0);
	for (int i = 0; i < 100; i++)
		move(&accounts[0], &accounts[1]);
	return NULL;
}

/* The other way about only where it is to hang, so that a run that does not has nothing to tell. */
static void *other_teller(void *unused)
{
	(void)unused;
	EXPECT(pthread_setname_np(pthread_self(), "other teller"), 0);
	for (int i = 0; i < 100; i++)
		move(&accounts[hangs], &accounts[!hangs]);
	return NULL;
}

static bool is_to_hang(const char *name)
{
	const char *which = getenv("SUITE_HANGS"), *chance = getenv("SUITE_CHANCE");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return which && !strcmp(which, name) && (!chance || now.tv_nsec / 1000 % atoi(chance) == 0);
}

static void mark(void)
{
	const char *file = getenv("SUITE_MARK");
	FILE *out = file ? fopen(file, "w") : NULL;

	if (!out)
		return;
	fputs("hangs\n", out);
	fclose(out);
}

int main(int argc, char **argv)
{
	pthread_t one, other;

	(void)argc;
	hangs = is_to_hang(strrchr(argv[0], '/') + 1);
	if (hangs)
		mark();
	pthread_barrier_init(&both_hold_one, NULL, 2);
	EXPECT(pthread_create(&one, NULL, teller, NULL), 0);
	EXPECT(pthread_create(&other, NULL, other_teller, NULL), 0);
	EXPECT(pthread_join(one, NULL), 0);
	EXPECT(pthread_join(other, NULL), 0);
	EXPECT(accounts[0].money + accounts[1].money, 2000);
	return 0;
}
