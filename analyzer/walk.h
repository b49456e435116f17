/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks of the stopped threads of another process, by its unwind tables. */
#ifndef ANALYZER_WALK_H
#define ANALYZER_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WALK_FRAMES 48

struct walk;

/* NULL where the process cannot be read. Its threads need not be stopped yet. */
struct walk *walk_new(pid_t pid);
void walk_free(struct walk *walk); /* NULL is allowed */

/*
 * The frames of tid, which is stopped by the calling thread: return addresses, innermost first; where
 * it runs is told as the address behind, as if a call were there. At most WALK_FRAMES; what is not to be
 * found within until_ns is left out. Returns how many.
 */
unsigned walk_thread(struct walk *walk, pid_t tid, int64_t until_ns, uint64_t *frames);

/* A file of the process. The strings live as long as walk. */
struct walk_module {
	uint64_t start, size;
	const char *path;
	char build_id[2 * 64 + 1]; /* in hex, or "" */
};

/* The one that holds address; false where none does. */
bool walk_find(struct walk *walk, uint64_t address, struct walk_module *ret);

#endif
