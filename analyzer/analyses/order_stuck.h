/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads beside a ring that are stuck because of it, so that they will not end its waits. */
#ifndef ANALYZER_ANALYSES_ORDER_STUCK_H
#define ANALYZER_ANALYSES_ORDER_STUCK_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/analyses/order_world.h"

/*
 * threads: which ones wait for each other, by id; those that can never go on once these wait become
 * set too. Only threads of that process are looked at.
 */
void order_stuck_find(const struct order_world *world, uint32_t process, bool *threads);

/* Those beside the threads set that may still give what ends a wait for object: how many. */
unsigned order_stuck_helpers(const struct order_world *world, const bool *threads, uint32_t object);

#endif
