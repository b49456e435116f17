/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lock is in other processes and runs of the same program: its name, or where it was made. */
#ifndef ANALYZER_IDENTITY_H
#define ANALYZER_IDENTITY_H

#include "analyzer/names.h"

/*
 * Keys are to be compared, not shown; they name the module too, so that locks of one name in two
 * programs differ. All texts live as long as report.
 */
struct identity {
	/* Alike for this lock in each run, and for no other one. NULL: it cannot be told. */
	const char *lock_key;
	/*
	 * Alike for the locks of its class: those of one array or name, or made at one place (first
	 * used there, where nothing is known to have made them). NULL: it cannot be told.
	 */
	const char *class_key;
	const char *class_name; /* "accounts[]", "mutex made at pool_new (pool.c:41)"; or NULL */
	bool is_portable;	/* class_key means the same in another run */
};

struct identity identity_of(struct names *names, struct report *report,
			    const struct object *object);

#endif
