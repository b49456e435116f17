/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packed recording in the traced program: each thread appends its events to a chunk of the
 * recording's buffers (arena.h) in the format of packed.h.
 *
 * A thread's packer belongs to that thread alone, and to one emission at a time: who appends takes it
 * out of wrap_thread.packer and puts it back afterwards. A signal handler that comes between finds
 * none there; its event waits in the packer until the emission is done. Where a handler leaves by
 * siglongjmp(), or the thread is cancelled in the midst, nobody puts it back; the next emission from a
 * frame further up sees that, gives the chunk up at its last complete word and begins another.
 *
 * The packer's memory is private and is wiped in the child of any fork, so a child, of whatever
 * kind of fork, never appends to its parent's chunk.
 */
#ifndef PRIMITIVES_PACKER_H
#define PRIMITIVES_PACKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "libtrace/arena.h"
#include "libtrace/packed.h"
#include "primitives/paths.h"
#include "primitives/summary.h"
#include "primitives/wrap_thread.h"

/* Of either table: most, of which the last numbers of the wide one are not to be had, and at first. */
#define PACKER_SLOTS 512
#define PACKER_SLOTS_FIRST 64
#define PACKER_WIDE (PACKED_SLOT_MAX - PACKED_WIDE_MIN + 1)
#define PACKER_WAYS 2
#define PACKER_WIDE_WAYS 4
#define PACKER_PATH_WAYS 4
#define PACKER_PATHS 256
#define PACKER_PATHS_FIRST 16

/*
 * What has come so often in one chunk gets a slot of its own, where one of so many times is noted. To
 * define one takes nine words, and saves one each time from then on: so a program takes hardly twice
 * the words of the better way, whichever that is.
 */
#define PACKER_SIGHTS 2
#define PACKER_SIGHT_SHARE 4
/* After so many objects without a slot a wide one looks for none any more, in that chunk. */
#define PACKER_CROWD 128

/* Events of signal handlers that wait for the emission they came into. */
#define PACKER_DEFERRED_MAX 16

/*
 * What one number of the packed format means now: an event, or of a wide one an event about any
 * object with that upper half. In the place of the former there may also be one that has no number
 * yet. A cache line.
 */
struct packer_slot {
	uint64_t key; /* generation << 32 | PACKER_HAS_MORE | sights << 16 | type; 0 nothing */
	uint64_t object, site;
	uintptr_t frame; /* of the wrapper, 0 for an event of a type without a stack */
	uint64_t stack;
	const struct path *path;
	uint64_t other; /* or the address of the text */
	int64_t value;
};

#define PACKER_HAS_MORE 0x80000000u
/* How often one without a number has come; 0: it has one. */
#define PACKER_SIGHT 0x10000u
#define PACKER_SIGHTS_ALL 0xff0000u

enum packer_loose { PACKER_FIRM, PACKER_BEGINS, PACKER_ENDS };

struct packer_deferred {
	struct event event;
	uint64_t ticks;
};

struct packer {
	uint64_t generation; /* of the slots, << 32; another one with each chunk */
	uint64_t ticks;	     /* of the latest event */
	_Atomic uint32_t *tail;
	uint32_t *words;
	uint32_t quick_room; /* a short word fits where the tail is below; 0 without a TSC */
	uint32_t room;
	uint32_t slot_mask, wide_mask, path_mask; /* how many are in use, less one */
	bool uses_tsc;
	uintptr_t busy_frame; /* of the emission that has it */
	struct chunk *chunk;  /* NULL none */
	uint32_t number;      /* of the chunk */
	uint32_t home;	      /* where the search for a free one begins */
	uint32_t writer;      /* 0: this memory is new, or was wiped by a fork */
	uint32_t sequence;
	uint32_t slot_evictions, wide_evictions, path_evictions;
	uint32_t random;
	uint32_t lost; /* events since the latest one that was written */
	uint64_t blocked_ns;
	uint64_t entry_owner; /* see waiting.h: in the table of waits */
	uint32_t entry;
	bool has_entry, is_unplaced;
	/*
	 * The beginning of a wait is being written at this tail, and its frame is not remembered
	 * yet; or its end, and the frame is forgotten.
	 */
	volatile uint32_t loose; /* enum packer_loose */
	uint32_t loose_tail;
	volatile uint32_t deferred_count;
	struct packer_deferred deferred[PACKER_DEFERRED_MAX];
	_Alignas(64) struct packer_slot slots[PACKER_SLOTS];
	struct packer_slot wide[PACKER_SLOTS];
	uint8_t crowds[PACKER_SLOTS]; /* of each wide one, how many were noted; up to PACKER_CROWD */
	struct summary summary;
	/* Paths follow: PACKER_PATHS, each as long as the recording's stacks. */
};

/* The recording's buffers; NULL: events are not packed. */
extern struct arena *packer_arena;

/* Map the buffers that the environment names. False: there are none, or they are of no use. */
bool packer_load(void);

/*
 * Take the calling thread's packer for an emission from frame; NULL: it is in another emission,
 * or there is none to be had. packer_give_back() ends the emission.
 */
struct packer *packer_take(uintptr_t frame);
void packer_give_back(struct packer *packer);

/* There is something that the recorder's collector shall see at once. */
void packer_wake_collector(void);

/* Append event to the packer that was taken. frame, path: where event has a stack that may come again. */
void packer_write(struct packer *packer, const struct event *event, uintptr_t frame,
		  const struct path *path);

/*
 * Append event to the packer that was taken, if it is one that this thread has written before from
 * the same frame; false: it is not, and nothing was done. Its stack need not be known.
 */
bool packer_repeat(struct packer *packer, const struct event *event, uintptr_t frame);

/* From before what is written of a wait until its frame is remembered, or from before it is forgotten. */
static inline void packer_loosen(struct packer *packer, enum packer_loose loose)
{
	packer->loose_tail =
		packer->chunk ? atomic_load_explicit(packer->tail, memory_order_relaxed) : 0;
	atomic_signal_fence(memory_order_seq_cst);
	packer->loose = loose;
}

/* An event from within another emission of this thread: it is written when that is done. */
void packer_defer(const struct event *event);

/* The object is no more: nothing that is remembered of it is true of the next one there. */
void packer_forget(struct packer *packer, uint64_t object);

/*
 * The stack of the wrapper in frame that returns to site: its id, 0 where none can be taken. *path is
 * set where it is the one that was walked before, or could be kept; else NULL.
 */
uint64_t packer_stack(struct packer *packer, uint64_t site, uintptr_t frame,
		      const struct path **path);

/* The thread ends, or becomes another program: what it has written is complete. */
void packer_close(void);

/* The process ends: tell what all its threads have counted. */
void packer_flush_counts(uintptr_t frame);

/* In the child of a fork, where handlers are run: whose memory can be used again. */
void packer_after_fork(void);

/*
 * For packer.c: write event at words as one that may come again, where it has its slot or gets
 * one. key_frame: 0 where it has no stack. Returns how many words, at most one more than packed_size().
 */
size_t packer_put(uint32_t *words, struct packer *packer, uint32_t delta, const struct event *event,
		  uintptr_t key_frame, const struct path *path);

/* For summary.c: a chunk for the thread's counts, *number; NULL: there is none to be had at once. */
struct arena_counts *packer_claim_counts(struct packer *packer, uint32_t *number);
void packer_free_counts(uint32_t number);

/* For packer.c: another chunk; false: there is none, and its events are lost. */
bool packer_next_chunk(struct packer *packer);
void packer_close_chunk(struct packer *packer);

/*
 * A packer for the calling thread, in the memory wiped where that is not NULL, for an emission from
 * frame. NULL: no memory.
 */
struct packer *packer_new(struct packer *wiped, uintptr_t frame);

static inline struct path *packer_path_at(struct packer *packer, uint32_t number)
{
	size_t size = sizeof(struct path) + packer_arena->stack_frames * sizeof(struct path_step);

	return (struct path *)((char *)(packer + 1) + number * size);
}

static inline struct summary *packer_summary(struct packer *packer)
{
	return &packer->summary;
}

static inline uint64_t packer_tsc(void)
{
#if defined(__x86_64__)
	return __rdtsc();
#else
	return 0;
#endif
}

static inline int64_t packer_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline uint64_t packer_now(const struct packer *packer)
{
	return packer->uses_tsc ? packer_tsc() : (uint64_t)packer_ns();
}

/* The first of the PACKER_WAYS slots of a table where this may lie. */
static inline uint32_t packer_hash(uint32_t mask, uint64_t object, uint64_t site, uintptr_t frame)
{
	uint64_t hash =
		(object ^ site << 20 ^ (uint64_t)frame << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(hash >> 40) & mask;
}

static inline bool packer_slot_is(const struct packer_slot *slot, uint64_t key, uint64_t object,
				  uint64_t site, uintptr_t frame)
{
	return slot->key == key && slot->object == object && slot->site == site &&
	       slot->frame == frame;
}

/* Write what signal handlers left; frame: of the emission that they came into. */
void packer_write_deferred(uintptr_t frame);

/* Around what is done at once, without an emission: the packer is out of reach of handlers. */
static inline struct packer *packer_hide(uintptr_t frame)
{
	struct packer *packer = wrap_thread.packer;

	/* First: a handler must not compare with an older frame. */
	packer->busy_frame = frame;
	atomic_signal_fence(memory_order_seq_cst);
	wrap_thread.packer = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	return packer;
}

static inline void packer_show(struct packer *packer, uintptr_t frame)
{
	atomic_signal_fence(memory_order_seq_cst);
	wrap_thread.packer = packer;
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(packer->deferred_count != 0, 0))
		packer_write_deferred(frame);
}

/* Does the event come as it is in slot? key_frame: 0 where it has no stack. */
static inline bool packer_slot_holds(const struct packer_slot *slot, uint64_t key, uint64_t object,
				     uint64_t site, uintptr_t key_frame)
{
	return packer_slot_is(slot, key, object, site, key_frame) &&
	       (!key_frame || !slot->path || path_holds(slot->path, slot->stack));
}

/*
 * The same for one that has another place, or no slot of its own: then two words are appended. From
 * within packer_quick().
 */
bool packer_quick_other(struct packer *packer, enum event_type type, uint64_t object, uint64_t site,
			uintptr_t key_frame);

/* Append the short word of that number; false: it does not fit. */
static inline bool packer_append(struct packer *packer, uint32_t number)
{
	uint32_t tail = atomic_load_explicit(packer->tail, memory_order_relaxed);
	uint64_t ticks = packer_tsc();
	uint64_t delta = ticks - packer->ticks;

	if (__builtin_expect(tail >= packer->quick_room || delta > PACKED_DELTA_MAX, 0))
		return false;
	packer->words[tail] = packed_short(number, (uint32_t)delta);
	packer->ticks = ticks;
	atomic_store_explicit(packer->tail, tail + 1, memory_order_release);
	return true;
}

/*
 * The usual way of an operation that this thread has done before: a word or two are appended, and
 * true returned. False: nothing was done, take the long way. frame: of the wrapper; has_stack: the
 * event carries its stack. wrap_thread.packer is not NULL. The clock is read last, because a
 * processor that reads it waits for all that was begun before.
 */
static inline __attribute__((always_inline)) bool packer_quick(enum event_type type,
							       const void *object, uint64_t site,
							       uintptr_t frame, bool has_stack)
{
	struct packer *packer = packer_hide(frame);
	uintptr_t key_frame = has_stack ? frame : 0;
	uint32_t number = packer_hash(packer->slot_mask, (uint64_t)object, site, key_frame);
	bool is_written;

	if (__builtin_expect(packer_slot_holds(&packer->slots[number], packer->generation | type,
					       (uint64_t)object, site, key_frame),
			     1))
		is_written = packer_append(packer, number + 1);
	else
		is_written = packer_quick_other(packer, type, (uint64_t)object, site, key_frame);
	packer_show(packer, frame);
	return is_written;
}

#endif
