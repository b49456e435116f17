/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The locks of transfer.c in both orders, but by one thread only: safe. */
#include <pthread.h>
#include <stdio.h>

struct account {
	pthread_mutex_t lock;
	long balance;
};

static struct account checking = { PTHREAD_MUTEX_INITIALIZER, 100 };
static struct account savings = { PTHREAD_MUTEX_INITIALIZER, 100 };

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

static void *clerk(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "clerk");
	transfer_to_savings(30);
	transfer_to_checking(20);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, clerk, NULL);
	pthread_join(thread, NULL);
	printf("checking %ld, savings %ld\n", checking.balance, savings.balance);
	return 0;
}
