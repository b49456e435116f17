/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remove a directory with all that is in it. */
#ifndef LIBTRACE_TREE_H
#define LIBTRACE_TREE_H

/*
 * Remove path and everything below it, without following symbolic links or
 * entering other file systems. Goes on after a failure. Returns 0 or -errno
 * of the first failure; a path that is not there is no failure.
 */
int tree_remove(const char *path);

#endif
