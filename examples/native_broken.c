/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A broken barrier: one of three threads fails on its way, so the others wait until their time is over. */
#include <heddle.h>
#include <stdio.h>

static struct heddle_barrier loaded = HEDDLE_BARRIER_INIT(3, "loaded");

static int load(void *file)
{
	if (!file)
		return 0; /* heddle_barrier_abort() would have told the others at once */
	return heddle_barrier_wait_within(&loaded, HEDDLE_MS(100)) == HEDDLE_BROKEN;
}

int main(void)
{
	struct heddle_thread loaders[3];
	char file[] = "file";
	int broken = 0;

	for (int i = 0; i < 3; i++) {
		heddle_thread_init(&loaders[i], "loader", load, i == 1 ? NULL : file);
		heddle_thread_start(&loaders[i]);
	}
	for (int i = 0; i < 3; i++) {
		heddle_thread_join(&loaders[i]);
		broken += heddle_thread_status(&loaders[i]);
	}
	printf("broken for %d\n", broken);
	return broken != 2;
}
