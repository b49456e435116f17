/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events into words: slots, stacks that were seen before, events of signal handlers. */
#include "primitives/packer.h"

#include <string.h>

#include "primitives/stacks.h"
#include "primitives/told.h"
#include "primitives/wrap.h"

/* A DEFINE, an ADVANCE and a LOST before an event, and its short word. */
#define PACKER_WORDS_MORE 8

/*
 * Events that come again as they are: those about objects, and calls that may block. Their texts, if
 * any, are names of functions, which stay as they are; others are the program's.
 */
static const bool comes_again[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = OBJECT_##object >= OBJECT_MUTEX && SHAPE_##shape != SHAPE_named &&        \
			 OPERATION_##operation != OPERATION_TALLY &&                               \
			 OPERATION_##operation != OPERATION_READ_TALLY,
#include "libtrace/events.def"
};

static bool is_fresh(const struct packer *packer, const struct packer_slot *slot)
{
	return slot->key && slot->key >> 32 == packer->generation >> 32;
}

bool packer_quick_other(enum event_type type, const void *object, uint64_t site, uintptr_t frame)
{
	bool has_stack = wrap_has_stack[type];

	for (uint32_t way = 1; way < PACKER_WAYS; way++) {
		if (wrap_thread.packer && packer_quick(type, object, site, frame, has_stack, way))
			return true;
	}
	return false;
}

static uint64_t event_key(const struct packer *packer, const struct event *event)
{
	bool has_more = event->other || event->value || event->text;

	return packer->generation | (has_more ? PACKER_HAS_MORE : 0) | event->type;
}

static uint64_t event_other(const struct event *event)
{
	return event->text ? (uint64_t)event->text : event->other;
}

/* But for its stack. */
static bool slot_is_of(const struct packer_slot *slot, uint64_t key, const struct event *event,
		       uintptr_t frame)
{
	return packer_slot_is(slot, key, event->object, event->site, frame) &&
	       slot->other == event_other(event) && slot->value == event->value;
}

/* frame: 0 where the event has no stack. NULL: in no slot. */
static struct packer_slot *find_slot(struct packer *packer, const struct event *event,
				     uintptr_t frame)
{
	uint32_t first = packer_hash(packer, event->object, event->site, frame);
	uint64_t key = event_key(packer, event);

	for (uint32_t way = 0; way < PACKER_WAYS; way++) {
		struct packer_slot *slot = &packer->slots[first ^ way];

		if (slot_is_of(slot, key, event, frame) && slot->stack == event->stack)
			return slot;
	}
	return NULL;
}

/* More slots where too many are in use; what is in them is then found no more, and defined anew. */
static void count_eviction(struct packer *packer)
{
	uint32_t count = packer->slot_mask + 1;

	if (++packer->evictions > count / 4 && count < PACKER_SLOTS) {
		packer->slot_mask = count * 4 - 1;
		packer->evictions = 0;
	}
}

/* The place for event; NULL: there is none. */
static struct packer_slot *choose_slot(struct packer *packer, const struct event *event,
				       uintptr_t frame)
{
	uint32_t first = packer_hash(packer, event->object, event->site, frame);
	uint32_t number = first;

	for (uint32_t way = 0; way < PACKER_WAYS; way++) {
		number = first ^ way;
		if (number < PACKED_SLOT_MAX && !is_fresh(packer, &packer->slots[number]))
			return &packer->slots[number];
	}
	number = first ^ (packer->evictions % PACKER_WAYS);
	count_eviction(packer);
	return number < PACKED_SLOT_MAX ? &packer->slots[number] : NULL;
}

static bool is_kept(const struct event *event, const struct path *path)
{
	return comes_again[event->type] && (!event->stack || path);
}

/* At which words, and how many of them are complete: the tail once they are. */
struct cursor {
	uint32_t *words;
	uint32_t tail;
};

/* The event in a slot: defined where it is new, then the short word. */
static void put_kept(struct packer *packer, struct cursor *at, uint32_t delta,
		     const struct event *event, uintptr_t frame, const struct path *path)
{
	struct packer_slot *slot = find_slot(packer, event, frame);

	if (!slot) {
		slot = choose_slot(packer, event, frame);
		if (!slot) {
			at->tail += (uint32_t)packed_put_event(at->words + at->tail, delta, event);
			return;
		}
		*slot = (struct packer_slot){
			.key = event_key(packer, event),
			.object = event->object,
			.site = event->site,
			.frame = frame,
			.stack = event->stack,
			.path = path,
			.other = event_other(event),
			.value = event->value,
		};
		at->tail += (uint32_t)packed_put_define(
			at->words + at->tail, (uint32_t)(slot - packer->slots) + 1, event);
	}
	slot->path = path;
	at->words[at->tail++] = packed_short((uint32_t)(slot - packer->slots) + 1, delta);
}

/* The program may make a text of its own longer meanwhile. */
static bool has_room(const struct packer *packer, const struct event *event)
{
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	size_t size = event->text && !comes_again[event->type] ? PACKED_EVENT_WORDS_MAX
							       : packed_size(event);

	return tail + size + PACKER_WORDS_MORE <= packer->room;
}

static bool is_repeated(const struct packer_slot *slot, uint64_t key, const struct event *event,
			uintptr_t frame)
{
	return slot_is_of(slot, key, event, frame) &&
	       (!slot->path || path_holds(slot->path, slot->stack));
}

bool packer_repeat(struct packer *packer, const struct event *event, uintptr_t frame)
{
	uintptr_t key_frame = wrap_has_stack[event->type] ? frame : 0;
	uint32_t first = packer_hash(packer, event->object, event->site, key_frame);
	uint64_t key = event_key(packer, event);
	uint64_t ticks = packer_now(packer);
	uint32_t number = first;
	uint32_t way = 0;

	while (way < PACKER_WAYS && !is_repeated(&packer->slots[number], key, event, key_frame))
		number = first ^ ++way;
	if (way == PACKER_WAYS || ticks - packer->ticks > PACKED_DELTA_MAX || packer->lost)
		return false;
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	if (tail >= packer->room)
		return false;
	packer->words[tail] = packed_short(number + 1, (uint32_t)(ticks - packer->ticks));
	packer->ticks = ticks;
	atomic_store_explicit(packer->tail, tail + 1, memory_order_release);
	return true;
}

static void write_at(struct packer *packer, const struct event *event, uint64_t ticks,
		     uintptr_t frame, const struct path *path)
{
	struct cursor at = { packer->words,
			     atomic_load_explicit(packer->tail, memory_order_relaxed) };
	uint64_t delta = ticks > packer->ticks ? ticks - packer->ticks : 0;

	if (packer->lost) {
		at.tail += (uint32_t)packed_put_lost(at.words + at.tail, packer->lost);
		packer->lost = 0;
	}
	packer->ticks += delta;
	if (delta > PACKED_DELTA_MAX) {
		at.tail += (uint32_t)packed_put_advance(at.words + at.tail, delta);
		delta = 0;
	}
	if (is_kept(event, path))
		put_kept(packer, &at, (uint32_t)delta, event,
			 wrap_has_stack[event->type] || event->stack ? frame : 0, path);
	else
		at.tail += (uint32_t)packed_put_event(at.words + at.tail, (uint32_t)delta, event);
	atomic_store_explicit(packer->tail, at.tail, memory_order_release);
}

/* Room for event in a chunk whose clock reaches now; false: it is lost. */
static bool find_room(struct packer *packer, const struct event *event)
{
	if (packer->chunk && has_room(packer, event) &&
	    packer_now(packer) - packer->ticks <= PACKED_ADVANCE_MAX)
		return true;
	if (packer_next_chunk(packer))
		return true;
	packer->lost++;
	return false;
}

void packer_write(struct packer *packer, const struct event *event, uintptr_t frame,
		  const struct path *path)
{
	if (find_room(packer, event))
		write_at(packer, event, packer_now(packer), frame, path);
}

void packer_defer(const struct event *event)
{
	struct packer *packer = wrap_thread.own;

	if (!packer)
		return;
	uint32_t at = __atomic_fetch_add(&packer->deferred_count, 1, __ATOMIC_SEQ_CST);
	/* A text of the program's may be gone when it is written: then it is lost. */
	if (at >= PACKER_DEFERRED_MAX || (event->text && !comes_again[event->type]))
		return;
	packer->deferred[at].event = *event;
	atomic_signal_fence(memory_order_seq_cst);
	packer->deferred[at].ticks = packer_now(packer);
}

/* Those without a time were being filled in when their handler was left. */
static void write_deferred(struct packer *packer)
{
	uint32_t count = packer->deferred_count;

	if (count > PACKER_DEFERRED_MAX) {
		packer->lost += count - PACKER_DEFERRED_MAX;
		count = PACKER_DEFERRED_MAX;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct packer_deferred *deferred = &packer->deferred[i];

		if (!deferred->ticks)
			packer->lost++;
		else if (find_room(packer, &deferred->event))
			write_at(packer, &deferred->event, deferred->ticks, 0, NULL);
		deferred->ticks = 0;
	}
	packer->deferred_count = 0;
}

void packer_write_deferred(uintptr_t frame)
{
	struct packer *packer = packer_take(frame);

	if (packer)
		packer_give_back(packer);
}

/* An emission from further down than frame was left: what it wrote in part is given up. */
static bool is_abandoned(const struct packer *packer, uintptr_t frame)
{
	return frame >= packer->busy_frame && frames_is_own(&wrap_thread.frames, frame) &&
	       frames_is_own(&wrap_thread.frames, packer->busy_frame);
}

/* Go on after an emission that nobody will end: in another chunk, and with what it was at told. */
static void take_up(struct packer *packer)
{
	static const struct event left = { .type = EVENT_thread_wait_left };

	enum packer_loose loose = packer->loose;
	bool is_written = packer->chunk &&
			  atomic_load_explicit(packer->tail, memory_order_relaxed) !=
				  packer->loose_tail;

	packer_close_chunk(packer);
	packer->loose = PACKER_FIRM;
	if (loose == (is_written ? PACKER_BEGINS : PACKER_ENDS))
		packer_write(packer, &left, 0, NULL);
}

struct packer *packer_take(uintptr_t frame)
{
	struct packer *packer = wrap_thread.packer;
	bool is_left = false;

	if (!packer) {
		packer = wrap_thread.own;
		is_left = packer && packer->writer;
		if (is_left && !is_abandoned(packer, frame))
			return NULL;
	}
	/* Before it is taken out: a handler must not compare with an older frame. */
	if (packer)
		packer->busy_frame = frame;
	atomic_signal_fence(memory_order_seq_cst);
	wrap_thread.packer = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	if (!packer || !packer->writer)
		packer = packer_new(packer, frame);
	if (is_left)
		take_up(packer);
	return packer;
}

void packer_give_back(struct packer *packer)
{
	uintptr_t frame = packer->busy_frame;

	if (packer->deferred_count)
		write_deferred(packer);
	atomic_signal_fence(memory_order_seq_cst);
	wrap_thread.packer = packer;
	atomic_signal_fence(memory_order_seq_cst);
	/* A handler may have come between. */
	if (packer->deferred_count)
		packer_write_deferred(frame);
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
	uint32_t mask = (packer->slot_mask + 1) / PACKER_PATH_SHARE - 1;
	uint32_t first = (uint32_t)told_mix(site ^ (uint64_t)frame << 20) & mask;
	struct path *path = packer_path_at(packer, first ^ (uint32_t)(packer->ticks % PACKER_WAYS));
	struct stacks_walk walk;

	*ret = NULL;
	if (!packer_arena->stack_frames)
		return 0;
	for (uint32_t way = 0; way < PACKER_WAYS; way++) {
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
		count_eviction(packer);
	uint64_t stack = stacks_take(site, &walk);
	if (stack && frames_is_own(&wrap_thread.frames, frame))
		*ret = keep_path(path, frame, stack, &walk);
	return stack;
}
