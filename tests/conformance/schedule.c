/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies, priorities and nice values: set, refused, kept. */
#include <sys/resource.h>

#include "tests/conformance/conform.h"

static const struct sched_param none = { 0 }, some = { .sched_priority = 7 };

static void *pass(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

static void state(const char *what, pthread_t thread)
{
	struct sched_param param = { .sched_priority = -1 };
	int policy = -1;

	check(what, pthread_getschedparam(thread, &policy, &param));
	check_number("  policy", policy);
	check_number("  priority", param.sched_priority);
}

static void by_thread(void)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t self = pthread_self(), other;

	pthread_mutex_lock(&gate);
	pthread_create(&other, NULL, pass, &gate);
	CHECK("setschedparam, batch", pthread_setschedparam(other, SCHED_BATCH, &none));
	state("setschedparam: batch", other);
	CHECK("setschedparam, a priority of batch",
	      pthread_setschedparam(other, SCHED_BATCH, &some));
	CHECK("setschedparam, no such policy", pthread_setschedparam(other, 4242, &none));
	CHECK("setschedprio, 0", pthread_setschedprio(other, 0));
	CHECK("setschedprio, 7 of batch", pthread_setschedprio(other, 7));
	CHECK("setschedparam, fifo", pthread_setschedparam(self, SCHED_FIFO, &some));
	state("setschedparam: fifo", self);
	CHECK("setschedprio, 8", pthread_setschedprio(self, 8));
	state("setschedprio: 8", self);
	CHECK("setschedparam, usual", pthread_setschedparam(self, SCHED_OTHER, &none));
	state("setschedparam: usual", self);
	pthread_mutex_unlock(&gate);
	pthread_join(other, NULL);
}

static void by_number(void)
{
	CHECK_CALL("sched_setscheduler, batch", sched_setscheduler(0, SCHED_BATCH, &none));
	CHECK_CALL("sched_getscheduler", sched_getscheduler(0));
	CHECK_CALL("sched_setparam", sched_setparam(0, &none));
	CHECK_CALL("sched_setparam, 7 of batch", sched_setparam(0, &some));
	CHECK_CALL("sched_setparam, NULL", sched_setparam(0, NULL));
	CHECK_CALL("sched_setscheduler, NULL", sched_setscheduler(0, SCHED_OTHER, NULL));
	CHECK_CALL("sched_setscheduler, no such policy", sched_setscheduler(0, 4242, &none));
	CHECK_CALL("sched_setscheduler, nobody", sched_setscheduler(-1, SCHED_OTHER, &none));
	CHECK_CALL("sched_setscheduler, own number",
		   sched_setscheduler(gettid(), SCHED_OTHER | SCHED_RESET_ON_FORK, &none));
	CHECK_CALL("sched_getscheduler, resets", sched_getscheduler(0));
}

static void by_nice_value(void)
{
	CHECK_CALL("nice, 0", nice(0));
	CHECK_CALL("nice, 3", nice(3));
	CHECK_CALL("getpriority", getpriority(PRIO_PROCESS, 0));
	CHECK_CALL("setpriority, 5", setpriority(PRIO_PROCESS, (id_t)gettid(), 5));
	CHECK_CALL("setpriority, of a group", setpriority(PRIO_PGRP, 4194305, 5));
	CHECK_CALL("setpriority, no such", setpriority((__priority_which_t)42, 0, 5));
	CHECK_CALL("setpriority, -1", setpriority(PRIO_PROCESS, 0, -1));
	CHECK_CALL("nice, to what may be -1", nice(-6));
	CHECK_CALL("nice, -100", nice(-100));
	CHECK_CALL("setpriority, 100", setpriority(PRIO_PROCESS, 0, 100));
	CHECK_CALL("getpriority, 19", getpriority(PRIO_PROCESS, 0));
}

int main(void)
{
	conform_start();
	by_thread();
	by_number();
	by_nice_value();
	return 0;
}
