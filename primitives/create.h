/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pthread_create() does, for whoever was called in its place. */
#ifndef PRIMITIVES_CREATE_H
#define PRIMITIVES_CREATE_H

#include <pthread.h>
#include <stdint.h>

/*
 * flags: of enum thread_flag, but for what attributes say. *number: of the creation, set before the
 * thread runs, 0 where it is not told; or NULL. site, frame: as of WRAP_FROM().
 */
int create_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
		  void *argument, unsigned flags, uint64_t *number, const void *site,
		  const void *frame);

#endif
