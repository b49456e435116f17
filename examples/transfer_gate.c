/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The locks of transfer.c in both orders, but always under a third lock: safe. */
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

/* As in transfer.c: the threads happen to run one after the other. */
static atomic_int first_is_done;

/* Whoever moves money holds this gate, so the two orders can never meet. */
static pthread_mutex_t bank = PTHREAD_MUTEX_INITIALIZER;

static void transfer_to_savings(long amount)
{
	pthread_mutex_lock(&bank);
	pthread_mutex_lock(&checking.lock);
	pthread_mutex_lock(&savings.lock);
	checking.balance -= amount;
	savings.balance += amount;
	pthread_mutex_unlock(&savings.lock);
	pthread_mutex_unlock(&checking.lock);
	pthread_mutex_unlock(&bank);
}

static void transfer_to_checking(long amount)
{
	pthread_mutex_lock(&bank);
	pthread_mutex_lock(&savings.lock);
	pthread_mutex_lock(&checking.lock);
	savings.balance -= amount;
	checking.balance += amount;
	pthread_mutex_unlock(&checking.lock);
	pthread_mutex_unlock(&savings.lock);
	pthread_mutex_unlock(&bank);
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
