/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory that a recording is made in. */
#ifndef ANALYZER_DIRECTORY_H
#define ANALYZER_DIRECTORY_H

#include <limits.h>
#include <stdbool.h>

#include "libtrace/error.h"

struct directory {
	char path[PATH_MAX]; /* absolute, without symbolic links */
	bool is_made;	     /* by us: it was not there before */
};

/*
 * Make the directory, or take it as it is when it is empty. Its parent must
 * exist. Errors name it.
 */
int directory_take(struct directory *directory, const char *path, struct error *err) MUST_CHECK;

/* Remove what a recording put into path, which stays. */
void directory_clear(const char *path);

/* Remove what a recording put there, and the directory itself where it was made. */
void directory_give_back(const struct directory *directory);

/* name in the directory, with size bytes at path. */
int directory_file(const struct directory *directory, const char *name, char *path, size_t size,
		   struct error *err) MUST_CHECK;

#endif
