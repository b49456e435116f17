/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlock by a forgotten release: an early return leaves the lock held, by a thread that ends. Hangs. */
#include <heddle.h>

static struct heddle_lock lock = HEDDLE_LOCK_INIT("settings");

static int load(void *file)
{
	heddle_lock_acquire(&lock);
	if (!file)
		return 0; /* HEDDLE_WITH() would have released it */
	heddle_lock_release(&lock);
	return 0;
}

int main(void)
{
	struct heddle_thread loader;

	heddle_thread_init(&loader, "loader", load, NULL);
	heddle_thread_start(&loader);
	heddle_thread_join(&loader);
	heddle_lock_acquire(&lock);
	return heddle_lock_release(&lock);
}
