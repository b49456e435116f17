/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlock by lock order: one thread takes accounts, then ledger, the other one the other way. Hangs. */
#include <heddle.h>

static struct heddle_lock accounts = HEDDLE_LOCK_INIT("accounts");
static struct heddle_lock ledger = HEDDLE_LOCK_INIT("ledger");
static struct heddle_barrier both_hold_one = HEDDLE_BARRIER_INIT(2, "both hold one");

static int transfer(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&accounts) {
		heddle_barrier_wait(&both_hold_one);
		HEDDLE_WITH(&ledger)
			;
	}
	return 0;
}

static int audit(void *unused)
{
	(void)unused;
	HEDDLE_WITH(&ledger) {
		heddle_barrier_wait(&both_hold_one);
		HEDDLE_WITH(&accounts)
			;
	}
	return 0;
}

int main(void)
{
	struct heddle_thread clerk, auditor;

	heddle_thread_init(&clerk, "clerk", transfer, NULL);
	heddle_thread_init(&auditor, "auditor", audit, NULL);
	heddle_thread_start(&clerk);
	heddle_thread_start(&auditor);
	heddle_thread_join(&clerk);
	return heddle_thread_join(&auditor);
}
