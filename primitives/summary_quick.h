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

/*
 * What is known of a semaphore at that address, for all threads: a number that changes when one is
 * made there, and with SUMMARY_IS_HANDED. One that was posted by a thread that had not taken it is
 * told in full from then on. Some share a number; then one is told in full that need not be.
 */
#define SUMMARY_STATES 1024
#define SUMMARY_IS_HANDED 1u
extern _Atomic uint32_t summary_states[SUMMARY_STATES];

static inline _Atomic uint32_t *summary_state(uint64_t object)
{
	return &summary_states[object * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}

static inline bool summary_is_semaphore(enum event_type type)
{
	return type == EVENT_sem_wait || type == EVENT_sem_trywait || type == EVENT_sem_post ||
	       type == EVENT_sem_wait_end;
}

static inline bool summary_is_handed(uint64_t object)
{
	return atomic_load_explicit(summary_state(object), memory_order_relaxed) &
	       SUMMARY_IS_HANDED;
}

/* Like what a slot has to be: the event, and what is held at it. */
static inline uint64_t summary_held(const struct summary *summary, enum event_type type,
				    uint64_t object)
{
	if (!summary_is_semaphore(type))
		return summary->held_hash;
	return summary->held_hash +
	       atomic_load_explicit(summary_state(object), memory_order_relaxed);
}

/* The first of the SUMMARY_WAYS slots where this may lie. */
static inline uint32_t summary_hash(const struct summary *summary, uint64_t object, uint64_t site,
				    uintptr_t frame, uint64_t held)
{
	uint64_t hash =
		(object ^ site << 20 ^ (uint64_t)frame << 40 ^ held) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(hash >> 40) & summary->slot_mask;
}

static inline bool summary_slot_is(const struct summary_slot *slot, enum event_type type,
				   uint64_t object, uint64_t site, uintptr_t frame, uint64_t held)
{
	return slot->object == object && slot->site == site && slot->frame == frame &&
	       slot->held == held && slot->type == (uint32_t)type;
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
				 uintptr_t frame, uint64_t held)
{
	if (!summary_slot_is(slot, type, object, site, frame, held) ||
	    *slot->count >= SUMMARY_COUNT_MAX || summary->held_count >= SUMMARY_HELD_MAX)
		return false;
	++*slot->count;
	summary_push(summary, object, slot);
	return true;
}

static inline __attribute__((always_inline)) bool
summary_acquire(enum event_type type, uint64_t object, uint64_t site, uintptr_t frame)
{
	struct packer *packer = packer_hide(frame);
	struct summary *summary = &packer->summary;
	uint64_t held = summary_held(summary, type, object);
	struct summary_slot *slot =
		&summary->slots[summary_hash(summary, object, site, frame, held)];
	bool is_counted = summary_count(summary, slot, type, object, site, frame, held);

	if (__builtin_expect(!is_counted, 0))
		is_counted = summary_count_other(summary, type, object, site, frame, held);
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
