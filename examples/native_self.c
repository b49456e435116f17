/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A function that locks calls another that takes the same plain lock: it waits for itself, always.
 *
 *	heddle check --stall 1 -- examples/native_self
 *
 * `self-deadlock`: `basket`, where it was taken and where it is wanted again. With a struct
 * heddle_rlock, which its owner may acquire again, the program is right.
 */
#include <heddle.h>
#include <stdio.h>

static struct heddle_lock basket = HEDDLE_LOCK_INIT("basket");
static int apples;

static int count_apples(void)
{
	int count = 0;

	HEDDLE_WITH(&basket) /* add_apple() has it already */
		count = apples;
	return count;
}

static void add_apple(void)
{
	HEDDLE_WITH(&basket) {
		apples++;
		printf("%d apples\n", count_apples());
	}
}

int main(void)
{
	add_apple();
	return 0;
}
