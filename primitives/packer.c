/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events into words, those of signal handlers too. */
#include "primitives/packer.h"

#include "primitives/wrap.h"

/* A DEFINE, an ADVANCE and a LOST before an event, and its own words. */
#define PACKER_WORDS_MORE 8

/*
 * Events that come again as they are: those about objects, and calls that may block. Their texts, if
 * any, are names of functions, which stay as they are; others are the program's.
 */
static const bool comes_again[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = OBJECT_##object >= OBJECT_MUTEX && SHAPE_##shape != SHAPE_named &&        \
			 SHAPE_##shape != SHAPE_born &&                                            \
			 OPERATION_##operation != OPERATION_TALLY &&                               \
			 OPERATION_##operation != OPERATION_READ_TALLY,
#include "libtrace/events.def"
};

static bool is_kept(const struct event *event, const struct path *path)
{
	return comes_again[event->type] && (!event->stack || path);
}

/* The program may make a text of its own longer meanwhile. */
static bool has_room(const struct packer *packer, const struct event *event)
{
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	size_t size = event->text && !comes_again[event->type] ? PACKED_EVENT_WORDS_MAX
							       : packed_size(event);

	return tail + size + PACKER_WORDS_MORE <= packer->room;
}

static void write_at(struct packer *packer, const struct event *event, uint64_t ticks,
		     uintptr_t frame, const struct path *path)
{
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	uint32_t *at = packer->words + tail;
	uint64_t delta = ticks > packer->ticks ? ticks - packer->ticks : 0;
	uintptr_t key_frame = wrap_has_stack[event->type] || event->stack ? frame : 0;

	if (packer->lost) {
		at += packed_put_lost(at, packer->lost);
		packer->lost = 0;
	}
	packer->ticks += delta;
	if (delta > PACKED_DELTA_MAX) {
		at += packed_put_advance(at, delta);
		delta = 0;
	}
	if (is_kept(event, path))
		at += packer_put(at, packer, (uint32_t)delta, event, key_frame, path);
	else
		at += packed_put_event(at, (uint32_t)delta, event);
	atomic_store_explicit(packer->tail, (uint32_t)(at - packer->words), memory_order_release);
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
