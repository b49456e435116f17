/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Summary detail: uncontended operations on locks are counted, not recorded.
 *
 * A semaphore that a thread takes and posts again is counted as a lock is; one that others post is
 * told in full. A signal that wakes nobody, as before, is not told. Otherwise:
 *
 * A thread remembers which locks it holds. Each acquisition it has not seen before, by lock, call
 * site and set of locks held, is told, with those held that were not; a release is told where its
 * acquisition was. Others are counted per lock and call site, and each 64th is timed. What may
 * block is told always, after all that the thread holds. So lock orders and who waits for whom while
 * holding what are as complete as in a full recording.
 *
 * Belongs to the thread, as its packer does, in whose memory it lies.
 */
#ifndef PRIMITIVES_SUMMARY_H
#define PRIMITIVES_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "libtrace/arena.h"
#include "libtrace/event_type.h"

/* Slots in use grow from the first number to the other, by 4. */
#define SUMMARY_SLOTS_FIRST 64u
#define SUMMARY_SLOTS 4096
#define SUMMARY_WAYS 4
#define SUMMARY_HELD_MAX 64
#define SUMMARY_SAMPLE 64
/* A count is told when it has come so far, and when the thread ends. */
#define SUMMARY_COUNT_MAX 4096

/* What an event is to a summary. */
enum summary_role {
	SUMMARY_TELL,	 /* as in a full recording */
	SUMMARY_ACQUIRE, /* without waiting */
	SUMMARY_ACQUIRED_LATE,
	SUMMARY_RELEASE,
	SUMMARY_BLOCK, /* told after all that is held */
	SUMMARY_ORDER, /* orders what threads do before and after it: what comes then is seen anew */
	SUMMARY_WAKE,  /* of a condition: where it wakes nobody it need not be told again */
	SUMMARY_CALL,  /* told where something is held */
	SUMMARY_CALL_END,
};

/* Only what one thread takes and gives back is counted. */
#define SUMMARY_IS_LOCK(object)                                                                            \
	(OBJECT_##object == OBJECT_MUTEX || OBJECT_##object == OBJECT_SPIN ||                      \
	 OBJECT_##object == OBJECT_RWLOCK || OBJECT_##object == OBJECT_SEMAPHORE)

/* The role of an operation, where it is one of these. */
#define SUMMARY_ROLE_OF(operation)                                                                         \
	(operation == OPERATION_ACQUIRE || operation == OPERATION_READ_ACQUIRE ||                  \
			 operation == OPERATION_TRY_ACQUIRE ||                                     \
			 operation == OPERATION_TRY_READ_ACQUIRE || operation == OPERATION_TAKE || \
			 operation == OPERATION_TRY_TAKE                                           \
		 ? SUMMARY_ACQUIRE                                                                 \
	 : operation == OPERATION_ACQUIRE_END || operation == OPERATION_READ_ACQUIRE_END ||        \
			 operation == OPERATION_TAKE_END                                           \
		 ? SUMMARY_ACQUIRED_LATE                                                           \
	 : operation == OPERATION_RELEASE || operation == OPERATION_POST ? SUMMARY_RELEASE         \
									 : SUMMARY_TELL)

#define SUMMARY_MAY_BLOCK(operation)                                                                       \
	(operation == OPERATION_ACQUIRE_BEGIN || operation == OPERATION_TIMED_ACQUIRE_BEGIN ||     \
	 operation == OPERATION_READ_ACQUIRE_BEGIN ||                                              \
	 operation == OPERATION_TIMED_READ_ACQUIRE_BEGIN || operation == OPERATION_JOIN_BEGIN ||   \
	 operation == OPERATION_TIMED_JOIN_BEGIN || operation == OPERATION_WAIT_BEGIN ||           \
	 operation == OPERATION_TIMED_WAIT_BEGIN || operation == OPERATION_TAKE_BEGIN ||           \
	 operation == OPERATION_TIMED_TAKE_BEGIN || operation == OPERATION_ARRIVE ||               \
	 operation == OPERATION_TIMED_ARRIVE ||                                                    \
	 operation == OPERATION_FUTEX_WAIT_BEGIN ||                                                \
	 operation == OPERATION_FUTEX_TIMED_WAIT_BEGIN || operation == OPERATION_FORK_BEGIN ||     \
	 operation == OPERATION_EXIT || operation == OPERATION_PROCESS_EXIT ||                     \
	 operation == OPERATION_DESTROY)

#define SUMMARY_ROLE(object, operation)                                                                    \
	(operation == OPERATION_CREATE_BEGIN || operation == OPERATION_JOIN_END ||                 \
			 operation == OPERATION_TRY_JOIN || operation == OPERATION_LOOK ||         \
			 operation == OPERATION_JOIN_ENDED                                         \
		 ? SUMMARY_ORDER                                                                   \
	 : operation == OPERATION_SIGNAL || operation == OPERATION_BROADCAST ||                    \
			 operation == OPERATION_NOTIFY || operation == OPERATION_SET               \
		 ? SUMMARY_WAKE                                                                    \
	 : SUMMARY_MAY_BLOCK(operation)                                                                      \
		 ? SUMMARY_BLOCK                                                                   \
	 : operation == OPERATION_IO_BEGIN || operation == OPERATION_SLEEP_BEGIN ? SUMMARY_CALL    \
	 : operation == OPERATION_CALL_END ? SUMMARY_CALL_END                                      \
	 : SUMMARY_IS_LOCK(object)		   ? SUMMARY_ROLE_OF(operation)                                    \
					   : SUMMARY_TELL)

static const uint8_t summary_roles[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = SUMMARY_ROLE(object, OPERATION_##operation),
#include "libtrace/events.def"
};

struct summary_slot {
	uint64_t object, site;
	uintptr_t frame;
	/* Hash of the locks held at it, of the threads created and joined before, summary_state(). */
	uint64_t held;
	uint64_t stack;
	uint64_t hold_ticks; /* of the latest that was timed, 0 none */
	uint32_t *count;     /* not told yet: in the recording's buffers, or below */
	uint32_t type;	     /* of the acquisition, 0: nothing is here */
	uint32_t own_count;  /* where there is no place for it there */
} __attribute__((aligned(64)));

struct summary_hold {
	struct summary_slot *slot; /* NULL where it was told */
	uint64_t object;
	uint64_t since; /* ticks, 0: is not timed */
};

struct summary {
	uint64_t held_hash;
	uint32_t held_count;
	uint32_t slot_mask; /* slots in use, less one */
	uint32_t evictions;
	uint32_t handed_seen;
	uint32_t operations;
	bool is_call_told; /* the call that may block in which the thread is */
	struct arena_counts *counts; /* NULL: none, or not looked for yet */
	uint32_t counts_number;	     /* of its chunk */
	struct summary_hold held[SUMMARY_HELD_MAX];
	struct summary_slot slots[SUMMARY_SLOTS];
};

struct packer;
struct event;

/* For summary_quick.h: an acquisition that is not in the first of its slots. True: it is counted. */
bool summary_count_other(struct summary *summary, enum event_type type, uint64_t object,
			 uint64_t site, uintptr_t frame, uint64_t held);

/*
 * Was the event told before, from the same frame with the same locks held? For what need not be told
 * again. wrap_thread.packer is not NULL.
 */
bool summary_knows(enum event_type type, uint64_t object, uint64_t site, uintptr_t frame);

/*
 * Before event is written, with its stack: tell what has to be known first. False: event is not to be
 * told. From within an emission that has the packer.
 */
bool summary_tell(struct packer *packer, const struct event *event, uintptr_t frame);

/* Tell all counts of packer, which may be another thread's, by the packer to. */
void summary_flush(struct packer *packer, struct packer *to);

/* The thread ends, and all is told: others may have its place for counts. */
void summary_close(struct packer *packer);

/* The object is no more. */
void summary_forget(struct packer *packer, uint64_t object);

#endif
