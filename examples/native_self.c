/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Self-deadlock on a plain lock, where an rlock was meant: a function that locks calls another one. Hangs. */
#include <heddle.h>

static struct heddle_lock lock = HEDDLE_LOCK_INIT("balance");
static int balance;

static int read_balance(void)
{
	HEDDLE_WITH(&lock) {
		return balance;
	}
	return -1;
}

int main(void)
{
	HEDDLE_WITH(&lock) {
		balance = read_balance() + 1;
	}
	return 0;
}
