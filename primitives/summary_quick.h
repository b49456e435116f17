/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The usual way of an acquisition and of a release in a summary: true where it is counted and need
 * not be told. False: nothing was done, take the long way. wrap_thread.packer is not NULL.
 */
#ifndef PRIMITIVES_SUMMARY_QUICK_H
#define PRIMITIVES_SUMMARY_QUICK_H

#include "primitives/packer.h"

/* What a lock that is held adds to the hash of all. */
static inline uint64_t summary_held_term(uint64_t object)
{
	return object * UINT64_C(0xc4ceb9fe1a85ec53);
}

/* The first of the SUMMARY_WAYS slots where this may lie. */
static inline uint32_t summary_hash(const struct summary *summary, uint64_t object, uint64_t site,
				    uintptr_t frame)
{
	uint64_t hash = (object ^ site << 20 ^ (uint64_t)frame << 40 ^ summary->held_hash) *
			UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(hash >> 40) & summary->slot_mask;
}

static inline bool summary_slot_is(const struct summary_slot *slot, const struct summary *summary,
				   enum event_type type, uint64_t object, uint64_t site,
				   uintptr_t frame)
{
	return slot->object == object && slot->site == site && slot->frame == frame &&
	       slot->held == summary->held_hash && slot->type == (uint32_t)type;
}

/* slot NULL: the acquisition was told. There is place. */
static inline void summary_push(struct summary *summary, uint64_t object, struct summary_slot *slot)
{
	struct summary_hold *hold = &summary->held[summary->held_count++];

	hold->slot = slot;
	hold->object = object;
	hold->since = 0;
	if (__builtin_expect(++summary->operations % SUMMARY_SAMPLE == 0, 0))
		hold->since = packer_tsc();
	summary->held_hash += summary_held_term(object);
}

/* The acquisition of slot; false: it is of another, or its count is full. */
static inline bool summary_count(struct summary *summary, struct summary_slot *slot,
				 enum event_type type, uint64_t object, uint64_t site,
				 uintptr_t frame)
{
	if (!summary_slot_is(slot, summary, type, object, site, frame) ||
	    slot->count >= SUMMARY_COUNT_MAX || summary->held_count >= SUMMARY_HELD_MAX)
		return false;
	slot->count++;
	summary_push(summary, object, slot);
	return true;
}

static inline __attribute__((always_inline)) bool
summary_acquire(enum event_type type, uint64_t object, uint64_t site, uintptr_t frame)
{
	struct packer *packer = packer_hide(frame);
	struct summary *summary = &packer->summary;
	struct summary_slot *slot = &summary->slots[summary_hash(summary, object, site, frame)];
	bool is_counted = summary_count(summary, slot, type, object, site, frame);

	if (__builtin_expect(!is_counted, 0))
		is_counted = summary_count_other(summary, type, object, site, frame);
	packer_show(packer, frame);
	return is_counted;
}

/* Of what was acquired last. */
static inline __attribute__((always_inline)) bool summary_release(uint64_t object, uintptr_t frame)
{
	struct packer *packer = packer_hide(frame);
	struct summary *summary = &packer->summary;
	struct summary_hold *hold = &summary->held[summary->held_count - 1];
	bool is_counted = summary->held_count && hold->object == object && hold->slot;

	if (__builtin_expect(is_counted, 1)) {
		if (__builtin_expect(hold->since != 0, 0))
			hold->slot->hold_ticks = packer_tsc() - hold->since;
		summary->held_hash -= summary_held_term(object);
		summary->held_count--;
	}
	packer_show(packer, frame);
	return is_counted;
}

#endif
