/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two locks taken in both orders, but never at once: no run hangs, one day one would. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct account {
	pthread_mutex_t lock;
	long balance;
};

static struct account checking = { PTHREAD_MUTEX_INITIALIZER, 100 };
static struct account savings = { PTHREAD_MUTEX_INITIALIZER, 100 };

/*
 * Keeps the two threads apart in this demonstration, so that it never hangs. It
 * is no synchronisation of the kind that makes a program safe: the threads merely
 * happen to run one after the other, as in most runs of a real program.
 */
static atomic_int first_is_done;

static void transfer_to_savings(long amount)
{
	pthread_mutex_lock(&checking.lock);
	pthread_mutex_lock(&savings.lock);
	checking.balance -= amount;
	savings.balance += amount;
	pthread_mutex_unlock(&savings.lock);
	pthread_mutex_unlock(&checking.lock);
}

static void transfer_to_checking(long amount)
{
	pthread_mutex_lock(&savings.lock);
	pthread_mutex_lock(&checking.lock);
	savings.balance -= amount;
	checking.balance += amount;
	pthread_mutex_unlock(&checking.lock);
	pthread_mutex_unlock(&savings.lock);
}

static void *saver(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "saver");
	transfer_to_savings(30);
	atomic_store(&first_is_done, 1);
	return NULL;
}

static void *spender(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "spender");
	while (!atomic_load(&first_is_done))
		usleep(1000);
	transfer_to_checking(20);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, saver, NULL);
	pthread_create(&threads[1], NULL, spender, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	printf("checking %ld, savings %ld\n", checking.balance, savings.balance);
	return 0;
}
