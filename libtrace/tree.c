/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remove a directory with all that is in it. */
#include "libtrace/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>

#define OPEN_DIRECTORIES 16

/* nftw() has no room for a value of ours. */
static __thread int first_failure;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	if (remove(path) < 0 && errno != ENOENT && !first_failure)
		first_failure = -errno;
	return 0;
}

int tree_remove(const char *path)
{
	first_failure = 0;
	int ret = nftw(path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);

	if (ret < 0 && errno != ENOENT && !first_failure)
		first_failure = -errno;
	return first_failure;
}
