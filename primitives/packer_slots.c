/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a thread has done before, and which number says so: events in slots of their own, events about
 * any object in wide ones, and call stacks that were walked before.
 */
#include "primitives/packer.h"
#include "primitives/stacks.h"
#include "primitives/told.h"
#include "primitives/wrap.h"

static bool is_fresh(const struct packer *packer, const struct packer_slot *slot)
{
	return slot->key && slot->key >> 32 == packer->generation >> 32;
}

/* key_frame: 0 where the event has no stack. */
static struct packer_slot slot_of(const struct packer *packer, const struct event *event,
				  uintptr_t key_frame)
{
	bool has_more = event->other || event->value || event->text;

	return (struct packer_slot){
		.key = packer->generation | (has_more ? PACKER_HAS_MORE : 0) | event->type,
		.object = event->object,
		.site = event->site,
		.frame = key_frame,
		.stack = event->stack,
		.other = event->text ? (uint64_t)event->text : event->other,
		.value = event->value,
	};
}

/* What a wide slot has as its object. */
static uint64_t upper_half(uint64_t object)
{
	return object & ~(uint64_t)UINT32_MAX;
}

static uint32_t first_of(uint32_t mask, const struct packer_slot *wanted, uint64_t object)
{
	return packer_hash(mask, object, wanted->site, wanted->frame);
}

/* But for stack, and number. */
static bool is_same(const struct packer_slot *slot, const struct packer_slot *wanted,
		    uint64_t object)
{
	return ((slot->key ^ wanted->key) & ~(uint64_t)PACKER_SIGHTS_ALL) == 0 &&
	       packer_slot_is(slot, slot->key, object, wanted->site, wanted->frame) &&
	       slot->other == wanted->other && slot->value == wanted->value;
}

enum match { BY_STACK, BY_PATH }; /* the stack is known; or it is still what it was */

struct found {
	struct packer_slot *slot;    /* which has a number; NULL: none */
	struct packer_slot *sighted; /* which has none; NULL: there is not that either */
};

/* Where wanted is in a table, as about object. */
static inline __attribute__((always_inline)) struct found find(struct packer_slot *slots,
							       uint32_t mask, uint32_t ways,
							       const struct packer_slot *wanted,
							       uint64_t object, enum match match)
{
	uint32_t first = first_of(mask, wanted, object);
	struct found found = { NULL, NULL };

	for (uint32_t way = 0; way < ways; way++) {
		struct packer_slot *slot = &slots[first ^ way];

		if (!is_same(slot, wanted, object))
			continue;
		if (slot->key & PACKER_SIGHTS_ALL)
			found.sighted = slot;
		else if (match == BY_STACK ? slot->stack == wanted->stack
					   : !slot->path || path_holds(slot->path, slot->stack))
			return (struct found){ slot, NULL };
	}
	return found;
}

static struct found find_own(struct packer *packer, const struct packer_slot *wanted,
			     enum match match)
{
	return find(packer->slots, packer->slot_mask, PACKER_WAYS, wanted, wanted->object, match);
}

static struct packer_slot *find_wide(struct packer *packer, const struct packer_slot *wanted,
				     enum match match)
{
	return find(packer->wide, packer->wide_mask, PACKER_WIDE_WAYS, wanted,
		    upper_half(wanted->object), match)
		.slot;
}

static bool is_ripe(const struct packer_slot *sighted)
{
	return (sighted->key & PACKER_SIGHTS_ALL) >= PACKER_SIGHTS * PACKER_SIGHT;
}

/* More of a table where too much is thrown out; what is in it is then found no more. */
static void count_eviction(uint32_t *mask, uint32_t *evictions, uint32_t most)
{
	uint32_t count = *mask + 1;

	if (++*evictions > count / 4 && count < most) {
		*mask = count * 2 - 1;
		*evictions = 0;
	}
}

/* A place for one that has not come before: the first that is free, or one without a number. */
static struct packer_slot *sight_place(struct packer *packer, uint32_t first)
{
	for (uint32_t way = 0; way < PACKER_WAYS; way++) {
		struct packer_slot *slot = &packer->slots[first ^ way];

		if (!is_fresh(packer, slot))
			return slot;
	}
	count_eviction(&packer->slot_mask, &packer->slot_evictions, PACKER_SLOTS);
	for (uint32_t i = 0; i < PACKER_WAYS; i++) {
		uint32_t way = (packer->slot_evictions + i) % PACKER_WAYS;
		struct packer_slot *slot = &packer->slots[first ^ way];

		if (slot->key & PACKER_SIGHTS_ALL)
			return slot;
	}
	return NULL;
}

static bool is_noted(struct packer *packer)
{
	packer->random = packer->random * 1664525 + 1013904223;
	return packer->random >> 24 < (1 << 8) / PACKER_SIGHT_SHARE;
}

static uint8_t *crowd_of(struct packer *packer, const struct packer_slot *wide)
{
	return &packer->crowds[wide - packer->wide];
}

static bool is_crowded(struct packer *packer, const struct packer_slot *wide)
{
	return *crowd_of(packer, wide) >= PACKER_CROWD;
}

/* It has come in wide. sighted: where that was noted before, or NULL. */
static void note_sight(struct packer *packer, const struct packer_slot *wanted,
		       struct packer_slot *sighted, const struct packer_slot *wide)
{
	if (is_crowded(packer, wide) || !is_noted(packer))
		return;
	if (!sighted) {
		++*crowd_of(packer, wide);
		sighted = sight_place(packer, first_of(packer->slot_mask, wanted, wanted->object));
		if (!sighted)
			return;
		*sighted = *wanted;
	}
	sighted->key += PACKER_SIGHT;
}

/* A place in the wide table; NULL: there is none. */
static struct packer_slot *choose_wide(struct packer *packer, const struct packer_slot *wanted)
{
	uint32_t first = first_of(packer->wide_mask, wanted, upper_half(wanted->object));
	uint32_t number;

	for (uint32_t way = 0; way < PACKER_WIDE_WAYS; way++) {
		number = first ^ way;
		if (number < PACKER_WIDE && !is_fresh(packer, &packer->wide[number]))
			return &packer->wide[number];
	}
	number = first ^ (packer->wide_evictions % PACKER_WIDE_WAYS);
	count_eviction(&packer->wide_mask, &packer->wide_evictions, PACKER_SLOTS);
	return number < PACKER_WIDE ? &packer->wide[number] : NULL;
}

static uint32_t *put_short(uint32_t *at, const struct packer *packer,
			   const struct packer_slot *slot, uint32_t delta)
{
	*at = packed_short((uint32_t)(slot - packer->slots) + 1, delta);
	return at + 1;
}

static uint32_t *put_wide(uint32_t *at, const struct packer *packer, const struct packer_slot *slot,
			  uint32_t delta, uint64_t object)
{
	at[0] = packed_short((uint32_t)(slot - packer->wide) + PACKED_WIDE_MIN, delta);
	at[1] = (uint32_t)object;
	return at + 2;
}

/* The clock is read when what repeats wanted, in one word or two, is found. */
static bool repeat(struct packer *packer, const struct packer_slot *wanted)
{
	const struct packer_slot *wide = find_wide(packer, wanted, BY_PATH);
	struct found own = { NULL, NULL };

	if (!wide || !is_crowded(packer, wide))
		own = find_own(packer, wanted, BY_PATH);
	if (!own.slot && (!wide || (own.sighted && is_ripe(own.sighted))))
		return false;
	if (packer->lost || !packer->chunk)
		return false;
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	uint64_t ticks = packer_now(packer);
	uint64_t delta = ticks - packer->ticks;
	if (delta > PACKED_DELTA_MAX || tail + 2 > packer->room)
		return false;
	uint32_t *at = packer->words + tail;
	uint32_t *end = own.slot ? put_short(at, packer, own.slot, (uint32_t)delta)
				 : put_wide(at, packer, wide, (uint32_t)delta, wanted->object);
	packer->ticks = ticks;
	atomic_store_explicit(packer->tail, tail + (uint32_t)(end - at), memory_order_release);
	if (!own.slot)
		note_sight(packer, wanted, own.sighted, wide);
	return true;
}

bool packer_repeat(struct packer *packer, const struct event *event, uintptr_t frame)
{
	const struct packer_slot wanted =
		slot_of(packer, event, wrap_has_stack[event->type] ? frame : 0);

	return repeat(packer, &wanted);
}

bool packer_quick_other(struct packer *packer, enum event_type type, uint64_t object, uint64_t site,
			uintptr_t key_frame)
{
	const struct packer_slot wanted = {
		.key = packer->generation | type,
		.object = object,
		.site = site,
		.frame = key_frame,
	};

	return repeat(packer, &wanted);
}

static struct packer_slot *define(uint32_t **at, uint32_t number, struct packer_slot *slot,
				  const struct packer_slot *wanted, const struct event *event)
{
	*slot = *wanted;
	*at += packed_put_define(*at, number, event);
	return slot;
}

/* The wide slot of wanted, defined at *at where it is new; NULL: there is no place for it. */
static struct packer_slot *wide_slot(uint32_t **at, struct packer *packer,
				     const struct packer_slot *wanted, const struct event *event)
{
	struct packer_slot *slot = find_wide(packer, wanted, BY_STACK);

	if (slot)
		return slot;
	slot = choose_wide(packer, wanted);
	if (!slot)
		return NULL;
	define(at, (uint32_t)(slot - packer->wide) + PACKED_WIDE_MIN, slot, wanted, event);
	slot->object = upper_half(wanted->object);
	*crowd_of(packer, slot) = 0;
	return slot;
}

size_t packer_put(uint32_t *words, struct packer *packer, uint32_t delta, const struct event *event,
		  uintptr_t key_frame, const struct path *path)
{
	const struct packer_slot wanted = slot_of(packer, event, key_frame);
	uint32_t *at = words;
	struct found own = find_own(packer, &wanted, BY_STACK);
	struct packer_slot *slot = own.slot;

	if (!slot && own.sighted && is_ripe(own.sighted))
		slot = define(&at, (uint32_t)(own.sighted - packer->slots) + 1, own.sighted,
			      &wanted, event);
	if (slot) {
		slot->path = path;
		return (size_t)(put_short(at, packer, slot, delta) - words);
	}
	slot = wide_slot(&at, packer, &wanted, event);
	if (!slot)
		return packed_put_event(words, delta, event);
	slot->path = path;
	note_sight(packer, &wanted, own.sighted, slot);
	return (size_t)(put_wide(at, packer, slot, delta, event->object) - words);
}

void packer_forget(struct packer *packer, uint64_t object)
{
	for (uint32_t i = 0; i <= packer->slot_mask; i++) {
		if (packer->slots[i].object == object)
			packer->slots[i].key = 0;
	}
	if (wrap_thread.is_summary)
		summary_forget(packer, object);
}

/* Where the walk can be kept: the stack is the thread's own. */
static const struct path *keep_path(struct path *path, uintptr_t frame, uint64_t stack,
				    const struct stacks_walk *walk)
{
	path->stack = 0;
	atomic_signal_fence(memory_order_seq_cst);
	path->count = 0;
	for (unsigned i = 1; i < walk->count; i++) {
		uint64_t place = walk->places[walk->first + i];

		if (!frames_is_own(&wrap_thread.frames, place))
			return NULL;
		path->steps[path->count++] = (struct path_step){
			(const uint64_t *)place,
			walk->frames[walk->first + i],
		};
	}
	path->site = walk->frames[walk->first];
	path->frame = frame;
	path->stack = stack;
	return path;
}

uint64_t packer_stack(struct packer *packer, uint64_t site, uintptr_t frame,
		      const struct path **ret)
{
	uint32_t first = (uint32_t)told_mix(site ^ (uint64_t)frame << 20) & packer->path_mask;
	struct path *path =
		packer_path_at(packer, first ^ (uint32_t)(packer->ticks % PACKER_PATH_WAYS));
	struct stacks_walk walk;

	*ret = NULL;
	if (!packer_arena->stack_frames)
		return 0;
	for (uint32_t way = 0; way < PACKER_PATH_WAYS; way++) {
		struct path *known = packer_path_at(packer, first ^ way);

		if (known->stack && known->site == site && known->frame == frame) {
			if (path_holds(known, known->stack)) {
				*ret = known;
				return known->stack;
			}
			path = known;
		} else if (!known->stack) {
			path = known;
		}
	}
	if (path->stack)
		count_eviction(&packer->path_mask, &packer->path_evictions, PACKER_PATHS);
	uint64_t stack = stacks_take(site, &walk);
	if (stack && frames_is_own(&wrap_thread.frames, frame))
		*ret = keep_path(path, frame, stack, &walk);
	return stack;
}
