/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summary detail: what is counted, and what is told all the same. */
#include "primitives/summary.h"

#include <errno.h>

#include "primitives/packer.h"
#include "primitives/told.h"

/* The event that tells the count of acquisitions of that type; of other types 0. */
static const enum event_type count_types[EVENT_COUNT] = {
	[EVENT_mutex_lock] = EVENT_mutex_count,
	[EVENT_mutex_trylock] = EVENT_mutex_count,
	[EVENT_spin_lock] = EVENT_spin_count,
	[EVENT_spin_trylock] = EVENT_spin_count,
	[EVENT_rwlock_rdlock] = EVENT_rwlock_rdlock_count,
	[EVENT_rwlock_tryrdlock] = EVENT_rwlock_rdlock_count,
	[EVENT_rwlock_wrlock] = EVENT_rwlock_wrlock_count,
	[EVENT_rwlock_trywrlock] = EVENT_rwlock_wrlock_count,
};

/* Ticks as ns, of the clocks since the recording began. */
static int64_t ticks_ns(uint64_t ticks)
{
	const struct arena *arena = packer_arena;
	struct timespec now;

	if (!arena->uses_tsc)
		return (int64_t)ticks;
	clock_gettime(CLOCK_MONOTONIC, &now);
	double elapsed_ns =
		(double)(now.tv_sec * INT64_C(1000000000) + now.tv_nsec - arena->start.ns);
	return (int64_t)((double)ticks * elapsed_ns / (double)(packer_tsc() - arena->start.ticks));
}

static void tell_count(struct summary_slot *slot, struct packer *to)
{
	struct event event = {
		.type = count_types[slot->type],
		.site = slot->site,
		.object = slot->object,
		.other = slot->count,
		.value = slot->hold_ticks ? ticks_ns(slot->hold_ticks) : -1,
		.stack = slot->stack,
	};

	slot->count = 0;
	slot->hold_ticks = 0;
	packer_write(to, &event, 0, NULL);
}

/* What a lock that is held adds to the hash of all. */
static uint64_t held_term(uint64_t object)
{
	return object * UINT64_C(0xc4ceb9fe1a85ec53);
}

/* What the creation or the end of a thread adds to it. */
#define ORDER_TERM UINT64_C(0x9fb21c651e98df25)

static inline bool slot_is(const struct summary_slot *slot, const struct summary_slot *wanted)
{
	return slot->object == wanted->object && slot->site == wanted->site &&
	       slot->frame == wanted->frame && slot->held == wanted->held &&
	       slot->type == wanted->type;
}

/* How many slots are in use. */
static uint32_t slot_count(const struct summary *summary)
{
	return summary->slot_mask + 1;
}

static inline uint32_t slot_hash(const struct summary *summary, const struct summary_slot *wanted)
{
	uint64_t hash = (wanted->object ^ wanted->site << 20 ^ (uint64_t)wanted->frame << 40 ^
			 wanted->held) *
			UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(hash >> 40) & summary->slot_mask;
}

static struct summary_slot *find_slot(struct summary *summary, const struct summary_slot *wanted)
{
	uint32_t first = slot_hash(summary, wanted);

	for (uint32_t way = 0; way < SUMMARY_WAYS; way++) {
		struct summary_slot *slot = &summary->slots[first ^ way];

		if (slot_is(slot, wanted))
			return slot;
	}
	return NULL;
}

static bool is_held_by(const struct summary *summary, const struct summary_slot *slot)
{
	for (uint32_t i = 0; i < summary->held_count; i++) {
		if (summary->held[i].slot == slot)
			return true;
	}
	return false;
}

/* What is remembered is found no more in a larger table: begin anew. */
static void grow(struct packer *packer)
{
	struct summary *summary = packer_summary(packer);

	summary_flush(packer, packer);
	for (uint32_t i = 0; i < slot_count(summary); i++)
		summary->slots[i].type = 0;
	summary->slot_mask = slot_count(summary) * 4 - 1;
	summary->evictions = 0;
}

/* A place for wanted; what was counted there is told. None where all are of locks that are held. */
static void take_slot(struct packer *packer, const struct summary_slot *wanted)
{
	struct summary *summary = packer_summary(packer);
	uint32_t start = summary->operations;

	if (summary->evictions > slot_count(summary) / 4 && slot_count(summary) < SUMMARY_SLOTS)
		grow(packer);
	uint32_t first = slot_hash(summary, wanted);
	for (uint32_t i = 0; i < 2 * SUMMARY_WAYS; i++) {
		bool is_second = i >= SUMMARY_WAYS;
		struct summary_slot *slot =
			&summary->slots[first ^ (is_second ? start + i : i) % SUMMARY_WAYS];

		/* Those that are free come first. */
		if ((slot->type && !is_second) || is_held_by(summary, slot))
			continue;
		summary->evictions += is_second;
		if (slot->count)
			tell_count(slot, packer);
		*slot = *wanted;
		return;
	}
}

static void pop(struct summary *summary, struct summary_hold *hold)
{
	summary->held_hash -= held_term(hold->object);
	for (; hold < &summary->held[summary->held_count - 1]; hold++)
		hold[0] = hold[1];
	summary->held_count--;
}

/* slot NULL: the acquisition was told. The oldest of too many may have been released by others. */
static inline void push(struct summary *summary, uint64_t object, struct summary_slot *slot)
{
	if (summary->held_count == SUMMARY_HELD_MAX)
		pop(summary, &summary->held[0]);
	struct summary_hold *hold = &summary->held[summary->held_count++];

	hold->slot = slot;
	hold->object = object;
	hold->since = slot && summary->operations % SUMMARY_SAMPLE == 0 ? packer_tsc() : 0;
	summary->held_hash += held_term(object);
}

/* The latest hold of object; NULL: none that is remembered. */
static struct summary_hold *find_hold(struct summary *summary, uint64_t object)
{
	for (uint32_t i = summary->held_count; i-- > 0;) {
		if (summary->held[i].object == object)
			return &summary->held[i];
	}
	return NULL;
}

/*
 * Locks that others than who took them have released: the latest of them. Who took one may still
 * remember it as held.
 */
#define HANDED_MAX 64
static _Atomic uint32_t handed_count;
static _Atomic uint64_t handed[HANDED_MAX];

static void note_handed(uint64_t object)
{
	uint32_t at = atomic_fetch_add(&handed_count, 1);

	atomic_store(&handed[at % HANDED_MAX], object);
}

/* Forget what others have released; all that was not told where too many were released to know. */
static void drop_handed(struct summary *summary)
{
	uint32_t count = atomic_load(&handed_count);
	uint32_t seen = summary->handed_seen;

	summary->handed_seen = count;
	for (uint32_t i = summary->held_count; seen != count && i-- > 0;) {
		bool is_gone = count - seen > HANDED_MAX;

		for (uint32_t at = seen; !is_gone && at != count; at++)
			is_gone = atomic_load(&handed[at % HANDED_MAX]) == summary->held[i].object;
		if (is_gone && summary->held[i].slot)
			pop(summary, &summary->held[i]);
	}
}

/* These two are the usual way: as short as can be. */
static inline bool quick_acquire(struct summary *summary, const struct summary_slot *wanted)
{
	struct summary_slot *slot = &summary->slots[slot_hash(summary, wanted)];

	if (__builtin_expect(!slot_is(slot, wanted), 0))
		slot = find_slot(summary, wanted);
	if (__builtin_expect(!slot || slot->count >= SUMMARY_COUNT_MAX, 0))
		return false;
	summary->operations++;
	push(summary, wanted->object, slot);
	slot->count++;
	return true;
}

static inline bool quick_release(struct summary *summary, uint64_t object)
{
	struct summary_hold *hold = &summary->held[summary->held_count - 1];

	if (__builtin_expect(!summary->held_count || hold->object != object, 0))
		hold = find_hold(summary, object);
	if (__builtin_expect(!hold || !hold->slot, 0))
		return false;
	if (__builtin_expect(hold->since != 0, 0))
		hold->slot->hold_ticks = packer_tsc() - hold->since;
	pop(summary, hold);
	return true;
}

static inline void give_back(struct packer *packer, uintptr_t frame)
{
	atomic_signal_fence(memory_order_seq_cst);
	wrap_thread.packer = packer;
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(packer->deferred_count != 0, 0))
		packer_write_deferred(frame);
}

bool summary_acquire(enum event_type type, uint64_t object, uint64_t site, uintptr_t frame)
{
	struct packer *packer = wrap_thread.packer;
	struct summary *summary = packer_summary(packer);

	wrap_thread.packer = NULL;
	packer->busy_frame = frame;
	atomic_signal_fence(memory_order_seq_cst);
	const struct summary_slot wanted = {
		.object = object,
		.site = site,
		.frame = frame,
		.held = summary->held_hash,
		.type = (uint32_t)type,
	};
	bool is_counted = quick_acquire(summary, &wanted);
	give_back(packer, frame);
	return is_counted;
}

bool summary_release(uint64_t object, uintptr_t frame)
{
	struct packer *packer = wrap_thread.packer;

	wrap_thread.packer = NULL;
	packer->busy_frame = frame;
	atomic_signal_fence(memory_order_seq_cst);
	bool is_counted = quick_release(packer_summary(packer), object);
	give_back(packer, frame);
	return is_counted;
}

/* Tell the acquisitions of what is held and was not told. */
static void tell_held(struct packer *packer)
{
	struct summary *summary = packer_summary(packer);

	drop_handed(summary);
	for (uint32_t i = 0; i < summary->held_count; i++) {
		struct summary_hold *hold = &summary->held[i];
		struct summary_slot *slot = hold->slot;

		if (!slot)
			continue;
		struct event event = {
			.type = slot->type,
			.site = slot->site,
			.object = slot->object,
			.stack = slot->stack,
		};
		if (slot->count)
			slot->count--;
		hold->slot = NULL;
		packer_write(packer, &event, 0, NULL);
	}
}

/* An acquisition that is told: of a kind that was not seen before, or whose count is full. */
static void tell_acquire(struct packer *packer, const struct event *event, uintptr_t frame)
{
	struct summary *summary = packer_summary(packer);
	const struct summary_slot wanted = {
		.object = event->object,
		.site = event->site,
		.frame = frame,
		.held = summary->held_hash,
		.stack = event->stack,
		.type = (uint32_t)event->type,
	};
	struct summary_slot *slot = find_slot(summary, &wanted);

	if (slot && slot->count)
		tell_count(slot, packer);
	tell_held(packer);
	if (!slot)
		take_slot(packer, &wanted);
	push(summary, event->object, NULL);
}

/* The release of what was told, or is not remembered. */
static void tell_release(struct packer *packer, const struct event *event)
{
	struct summary *summary = packer_summary(packer);
	struct summary_hold *hold = find_hold(summary, event->object);

	if (hold)
		pop(summary, hold);
	else
		note_handed(event->object);
}

bool summary_tell(struct packer *packer, const struct event *event, uintptr_t frame)
{
	struct summary *summary = packer_summary(packer);
	bool is_told;

	switch ((enum summary_role)summary_roles[event->type]) {
	case SUMMARY_ACQUIRE:
		/* A failed attempt changes nothing. */
		if (event->value && event->value != EOWNERDEAD)
			return false;
		tell_acquire(packer, event, frame);
		return true;
	case SUMMARY_ACQUIRED_LATE:
		if (event->value == 0 || event->value == EOWNERDEAD)
			push(summary, event->object, NULL);
		return true;
	case SUMMARY_RELEASE:
		tell_release(packer, event);
		return true;
	case SUMMARY_BLOCK:
		tell_held(packer);
		return true;
	case SUMMARY_ORDER:
		/* What was seen before it orders nothing after it. */
		summary->held_hash += ORDER_TERM;
		return true;
	case SUMMARY_CALL:
		tell_held(packer);
		summary->is_call_told = summary->held_count > 0;
		return summary->is_call_told;
	case SUMMARY_CALL_END:
		is_told = summary->is_call_told;
		summary->is_call_told = false;
		return is_told;
	default:
		return true;
	}
}

void summary_flush(struct packer *packer, struct packer *to)
{
	struct summary *summary = packer_summary(packer);

	for (uint32_t i = 0; i < slot_count(summary); i++) {
		if (summary->slots[i].count)
			tell_count(&summary->slots[i], to);
	}
}

void summary_forget(struct packer *packer, uint64_t object)
{
	struct summary *summary = packer_summary(packer);

	for (uint32_t i = 0; i < slot_count(summary); i++) {
		struct summary_slot *slot = &summary->slots[i];

		if (slot->object != object || is_held_by(summary, slot))
			continue;
		if (slot->count)
			tell_count(slot, packer);
		slot->type = 0;
	}
}
