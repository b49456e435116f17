/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of what this process has told the trace already: keys in open addressing, without a
 * lock. Keys are never taken out. What no longer finds a place counts as not yet told, so
 * that it is told again and again rather than not at all.
 */
#ifndef PRIMITIVES_TOLD_H
#define PRIMITIVES_TOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TOLD_PROBES 16

/* True for the first caller with this key; size, of keys: a power of two. Zeroed keys are empty. */
static inline bool told_claim(_Atomic uint64_t *keys, uint32_t size, uint64_t key)
{
	/* 0 marks a free place. */
	key = key ? key : 1;
	for (uint32_t i = 0; i < TOLD_PROBES; i++) {
		_Atomic uint64_t *place = &keys[(key + i) & (size - 1)];
		uint64_t seen = atomic_load_explicit(place, memory_order_relaxed);

		if (seen == 0 && atomic_compare_exchange_strong(place, &seen, key))
			return true;
		if (seen == key)
			return false;
	}
	return true;
}

/* Finalizer of MurmurHash3 (A. Appleby, public domain): each bit of key moves half the result. */
static inline uint64_t told_mix(uint64_t key)
{
	key = (key ^ key >> 33) * 0xff51afd7ed558ccd;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53;
	return key ^ key >> 33;
}

#endif
