/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summary detail: what is counted, and what is told all the same. */
#include "primitives/summary.h"

#include <errno.h>

#include "primitives/packer.h"
#include "primitives/summary_counts.h"
#include "primitives/summary_quick.h"

_Atomic uint32_t summary_states[SUMMARY_STATES];

/* What the creation or the end of a thread adds to it. */
#define ORDER_TERM UINT64_C(0x9fb21c651e98df25)

/* How many slots are in use. */
static uint32_t slot_count(const struct summary *summary)
{
	return summary->slot_mask + 1;
}

static struct summary_slot *find_slot(struct summary *summary, const struct summary_slot *wanted)
{
	uint32_t first =
		summary_hash(summary, wanted->object, wanted->site, wanted->frame, wanted->held);

	for (uint32_t way = 0; way < SUMMARY_WAYS; way++) {
		struct summary_slot *slot = &summary->slots[first ^ way];

		if (summary_slot_is(slot, (enum event_type)wanted->type, wanted->object,
				    wanted->site, wanted->frame, wanted->held))
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

/* A place for wanted; what was counted there is told. All that is held was told before. */
static void take_slot(struct packer *packer, const struct summary_slot *wanted)
{
	struct summary *summary = packer_summary(packer);
	uint32_t start = summary->operations;

	if (summary->evictions > slot_count(summary) / 4 && slot_count(summary) < SUMMARY_SLOTS)
		grow(packer);
	uint32_t first =
		summary_hash(summary, wanted->object, wanted->site, wanted->frame, wanted->held);
	for (uint32_t i = 0; i < 2 * SUMMARY_WAYS; i++) {
		bool is_second = i >= SUMMARY_WAYS;
		struct summary_slot *slot =
			&summary->slots[first ^ (is_second ? start + i : i) % SUMMARY_WAYS];

		/* Those that are free come first. */
		if (slot->type && !is_second)
			continue;
		summary->evictions += is_second;
		if (summary_has_count(slot))
			summary_tell_count(slot, packer);
		*slot = *wanted;
		summary_bind(packer, slot);
		return;
	}
}

static void pop(struct summary *summary, struct summary_hold *hold)
{
	summary->held_hash -= summary_held_term(hold->object);
	for (; hold < &summary->held[summary->held_count - 1]; hold++)
		hold[0] = hold[1];
	summary->held_count--;
}

/* An acquisition that was told. The oldest of too many may have been released by others. */
static void push_told(struct summary *summary, uint64_t object)
{
	if (summary->held_count == SUMMARY_HELD_MAX)
		pop(summary, &summary->held[0]);
	summary_push(summary, object, NULL);
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

static bool is_semaphore(const struct summary_hold *hold)
{
	return hold->slot && summary_is_semaphore((enum event_type)hold->slot->type);
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
		/* What was taken of a semaphore is told, for its count. */
		if (is_gone && summary->held[i].slot && !is_semaphore(&summary->held[i]))
			pop(summary, &summary->held[i]);
	}
}

bool summary_count_other(struct summary *summary, enum event_type type, uint64_t object,
			 uint64_t site, uintptr_t frame, uint64_t held)
{
	uint32_t first = summary_hash(summary, object, site, frame, held);

	for (uint32_t way = 1; way < SUMMARY_WAYS; way++) {
		if (summary_count(summary, &summary->slots[first ^ way], type, object, site, frame,
				  held))
			return true;
	}
	return false;
}

bool summary_knows(enum event_type type, uint64_t object, uint64_t site, uintptr_t frame)
{
	struct packer *packer = packer_hide(frame);
	struct summary *summary = packer_summary(packer);
	const struct summary_slot wanted = {
		.object = object,
		.site = site,
		.frame = frame,
		.held = summary->held_hash,
		.type = (uint32_t)type,
	};

	bool is_known = find_slot(summary, &wanted);
	packer_show(packer, frame);
	return is_known;
}

static void tell_hold(struct packer *packer, struct summary_hold *hold)
{
	struct summary_slot *slot = hold->slot;
	struct event event = {
		.type = slot->type,
		.site = slot->site,
		.object = slot->object,
		.stack = slot->stack,
	};

	if (*slot->count)
		--*slot->count;
	hold->slot = NULL;
	packer_write(packer, &event, 0, NULL);
}

/* Tell the acquisitions of what is held and was not told. */
static void tell_held(struct packer *packer)
{
	struct summary *summary = packer_summary(packer);

	drop_handed(summary);
	for (uint32_t i = 0; i < summary->held_count; i++) {
		struct summary_hold *hold = &summary->held[i];
		bool is_taken = is_semaphore(hold);

		if (hold->slot)
			tell_hold(packer, hold);
		/* Others give it back. */
		if (is_taken && summary_is_handed(hold->object))
			pop(summary, &summary->held[i--]);
	}
}

/* Like event, with what is held at it. */
static struct summary_slot slot_of(const struct summary *summary, const struct event *event,
				   uintptr_t frame)
{
	return (struct summary_slot){
		.object = event->object,
		.site = event->site,
		.frame = frame,
		.held = summary_held(summary, event->type, event->object),
		.stack = event->stack,
		.type = (uint32_t)event->type,
	};
}

static bool is_told_in_full(const struct event *event)
{
	return summary_is_semaphore(event->type) && summary_is_handed(event->object);
}

/* An acquisition that is told: of a kind that was not seen before, or whose count is full. */
static void tell_acquire(struct packer *packer, const struct event *event, uintptr_t frame)
{
	struct summary *summary = packer_summary(packer);
	const struct summary_slot wanted = slot_of(summary, event, frame);
	struct summary_slot *slot = find_slot(summary, &wanted);

	if (slot && *slot->count)
		summary_tell_count(slot, packer);
	tell_held(packer);
	if (is_told_in_full(event))
		return;
	if (!slot)
		take_slot(packer, &wanted);
	push_told(summary, event->object);
}

/* A release that was not the usual one; false: of what was not told. */
static bool tell_release(struct packer *packer, const struct event *event)
{
	struct summary *summary = packer_summary(packer);
	struct summary_hold *hold = find_hold(summary, event->object);

	/* Raised by more than was taken: then both are told. */
	if (hold && hold->slot && event->type == EVENT_sem_post && event->value)
		tell_hold(packer, hold);
	bool is_told = !hold || !hold->slot;

	if (!hold && summary_is_semaphore(event->type))
		atomic_fetch_or(summary_state(event->object), SUMMARY_IS_HANDED);
	if (!hold) {
		note_handed(event->object);
		return true;
	}
	if (hold->slot && hold->since)
		hold->slot->hold_ticks = packer_tsc() - hold->since;
	pop(summary, hold);
	return is_told;
}

/* A signal: remembered, for summary_knows(). */
static void tell_wake(struct packer *packer, const struct event *event, uintptr_t frame)
{
	struct summary *summary = packer_summary(packer);
	const struct summary_slot wanted = slot_of(summary, event, frame);

	if (find_slot(summary, &wanted))
		return;
	tell_held(packer);
	take_slot(packer, &wanted);
}

/* A semaphore is made: another than the one that was there. */
static void begin_semaphore(uint64_t object)
{
	_Atomic uint32_t *state = summary_state(object);
	uint32_t old = atomic_load(state);

	while (!atomic_compare_exchange_weak(state, &old, (old | SUMMARY_IS_HANDED) + 1))
		;
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
		if ((event->value == 0 || event->value == EOWNERDEAD) && !is_told_in_full(event))
			push_told(summary, event->object);
		return true;
	case SUMMARY_RELEASE:
		return tell_release(packer, event);
	case SUMMARY_BLOCK:
		tell_held(packer);
		return true;
	case SUMMARY_ORDER:
		/* What was seen before it orders nothing after it. */
		summary->held_hash += ORDER_TERM;
		return true;
	case SUMMARY_WAKE:
		tell_wake(packer, event, frame);
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
		if (event->type == EVENT_sem_init || event->type == EVENT_semaphore_init)
			begin_semaphore(event->object);
		return true;
	}
}

void summary_flush(struct packer *packer, struct packer *to)
{
	struct summary *summary = packer_summary(packer);

	for (uint32_t i = 0; i < slot_count(summary); i++) {
		if (summary_has_count(&summary->slots[i]))
			summary_tell_count(&summary->slots[i], to);
	}
}

void summary_forget(struct packer *packer, uint64_t object)
{
	struct summary *summary = packer_summary(packer);

	for (uint32_t i = 0; i < slot_count(summary); i++) {
		struct summary_slot *slot = &summary->slots[i];

		if (slot->object != object || is_held_by(summary, slot))
			continue;
		if (summary_has_count(slot))
			summary_tell_count(slot, packer);
		slot->type = 0;
	}
}
