/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value of each thread's own: Python's threading.local. Include <heddle.h>. */
#ifndef HEDDLE_LOCAL_H
#define HEDDLE_LOCAL_H

#include <heddle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct heddle_local_value;

struct heddle_local {
	struct heddle_local_value *first; /* private, as all that follows */
	void (*destructor)(void *value);
	const char *name;
	uint32_t key, state;
};

/* For static and automatic objects, instead of heddle_local_init(). */
#define HEDDLE_LOCAL_INIT(destructor, name)                                                        \
	{                                                                                          \
		NULL, (destructor), (name), 0, 0                                                   \
	}

/*
 * Python: local(). destructor, NULL none, is called with each value that is not NULL: when its
 * thread ends, by that thread; or when the local is destroyed, by who does so. 0, or
 * HEDDLE_NO_MEMORY where the system has no more keys for such values.
 */
int heddle_local_init(struct heddle_local *local, void (*destructor)(void *value),
		      const char *name);

/*
 * Destroys the values of all threads. None may use the local, or end, meanwhile. 0, or
 * HEDDLE_INVALID where it was destroyed before.
 */
int heddle_local_destroy(struct heddle_local *local);

/* The calling thread's value, NULL where it has set none. */
void *heddle_local_get(struct heddle_local *local);

/*
 * Set the calling thread's value; the one before is the caller's again, no destructor is called. 0;
 * HEDDLE_NO_MEMORY, and nothing is set; HEDDLE_INVALID where it is destroyed.
 */
int heddle_local_set(struct heddle_local *local, void *value);

#ifdef __cplusplus
}
#endif

#endif
