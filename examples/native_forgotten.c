/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An early return forgets to release, and its thread ends with the lock in its pocket: who wants it next
 * waits for ever, always.
 *
 *	heddle check --stall 1 -- examples/native_forgotten
 *
 * `stuck`: main waits for `account`, and its holder has exited. `exit-holding`: the cashier did so, and
 * where it had taken the lock. HEDDLE_WITH releases on every way out.
 */
#include <heddle.h>
#include <stdio.h>

static struct heddle_lock account = HEDDLE_LOCK_INIT("account");
static int balance = 100;

static bool withdraw(int amount)
{
	heddle_lock_acquire(&account);
	if (amount > balance)
		return false; /* and the lock? */
	balance -= amount;
	heddle_lock_release(&account);
	return true;
}

static int serve(void *unused)
{
	(void)unused;
	withdraw(30);
	if (!withdraw(500))
		fputs("not enough money\n", stderr);
	return 0;
}

int main(void)
{
	struct heddle_thread cashier;

	heddle_thread_init(&cashier, "cashier", serve, NULL);
	heddle_thread_start(&cashier);
	heddle_thread_join(&cashier);
	heddle_lock_acquire(&account);
	printf("the balance is %d\n", balance);
	return heddle_lock_release(&account);
}
