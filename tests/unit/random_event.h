/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and events at random, the same in each run; the odd ones more often than chance has them. */
#ifndef TESTS_UNIT_RANDOM_EVENT_H
#define TESTS_UNIT_RANDOM_EVENT_H

#include "libtrace/packed.h"

/* A type that no build knows. */
#define TYPE_UNKNOWN (EVENT_COUNT + 7)

void random_begin(void);
void random_end(void);

/* Other numbers from now on, for each which. */
void random_skip(uint32_t which);

uint64_t random_bits(void);
uint32_t random_below(uint32_t limit);
uint64_t random_number(void);

/* With fields that its shape may not carry. Texts and frames live until random_end(). */
struct event random_event(void);

#endif
