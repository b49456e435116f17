/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who waits for what at this moment: a table in the buffers of a recording (arena.h).
 *
 * A traced thread takes an entry with its first wait and has it until it ends. It alone writes the entry:
 * version is odd while it does, and another one afterwards, so that whoever reads twice knows whether the
 * thread has been in one and the same wait meanwhile. Of waits within one another (a signal handler's)
 * the innermost is there. Entries of threads that were killed are freed by the collector.
 *
 * A thread that finds itself in a ring of waits that nothing ends puts it into the list of rings, once.
 *
 * What is read from the mapping may be of any value.
 */
#ifndef LIBTRACE_WAITS_H
#define LIBTRACE_WAITS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "libtrace/event_type.h"

#define WAITS_COUNT 8192
/* An entry lies among so many from its thread's id on. */
#define WAITS_WAYS 64
#define WAITS_NAME_SIZE 16

/* Rings that are told; of a longer one the first members. */
#define WAITS_RINGS 16
#define WAITS_MEMBERS 30

struct waits_entry {
	_Atomic uint64_t version;
	_Atomic uint32_t type;	  /* enum event_type: how the wait began; 0: it does not wait */
	_Atomic uint32_t awaited; /* of a join: id of the thread that it waits for, 0 unknown */
	_Atomic uint64_t object;  /* as of that event: an address of the process, say */
	_Atomic uint64_t ticks;	  /* when, as stamps are: see arena_ns() */
	char name[WAITS_NAME_SIZE]; /* of the function, of io_begin and sleep_begin; no end where full */
	uint64_t reserved[2];
};

struct waits_member {
	uint64_t version; /* of the wait in the ring */
	uint32_t entry;
	uint32_t reserved;
};

/* Each waits for the one after it, the last for the first. */
struct waits_ring {
	_Atomic uint64_t
		identity; /* of the same waits, whoever finds them; 0: this and what follows is free */
	_Atomic uint32_t count; /* how many members in all, set last; 0: being filled in */
	uint32_t reserved;
	struct waits_member members[WAITS_MEMBERS];
};

struct waits {
	_Atomic uint32_t unplaced; /* threads that found no entry: their waits are not here */
	uint32_t reserved[15];
	struct waits_ring rings[WAITS_RINGS];
	/* Of the entry of that number: see waits_owner(); 0 nobody's. */
	_Alignas(64) _Atomic uint64_t owners[WAITS_COUNT];
	struct waits_entry entries[WAITS_COUNT];
};

_Static_assert(sizeof(struct waits_entry) == 64, "a cache line");

/*
 * An owner: ids of process and thread, which Linux keeps below 2^22, as they are in the
 * thread's own pid namespace, and 20 bits that tell that from others.
 */
#define WAITS_ID_BITS 22
#define WAITS_SPACE_BITS 20
#define WAITS_ID_MASK ((1u << WAITS_ID_BITS) - 1)
#define WAITS_SPACE_MASK ((1u << WAITS_SPACE_BITS) - 1)

static inline uint64_t waits_owner(int32_t pid, int32_t tid, uint32_t space)
{
	return (uint64_t)((uint32_t)pid & WAITS_ID_MASK) << (WAITS_ID_BITS + WAITS_SPACE_BITS) |
	       (uint64_t)((uint32_t)tid & WAITS_ID_MASK) << WAITS_SPACE_BITS |
	       (space & WAITS_SPACE_MASK);
}

static inline int32_t waits_owner_pid(uint64_t owner)
{
	return (int32_t)(owner >> (WAITS_ID_BITS + WAITS_SPACE_BITS));
}

static inline int32_t waits_owner_tid(uint64_t owner)
{
	return (int32_t)(owner >> WAITS_SPACE_BITS & WAITS_ID_MASK);
}

static inline uint32_t waits_owner_space(uint64_t owner)
{
	return (uint32_t)owner & WAITS_SPACE_MASK;
}

/* The pid namespace of this process; 0 where it cannot be known. Sets errno. */
static inline uint32_t waits_space(void)
{
	struct stat space;

	return stat("/proc/self/ns/pid", &space) == 0 ? (uint32_t)space.st_ino & WAITS_SPACE_MASK
						      : 0;
}

/* The entry at that place of those where tid's may lie. */
static inline uint32_t waits_place(int32_t tid, uint32_t way)
{
	return ((uint32_t)tid + way) % WAITS_COUNT;
}

/* One wait as it was at one moment. */
struct waits_seen {
	int32_t pid, tid;     /* in its own pid namespace */
	bool is_elsewhere;    /* that is not this process's */
	bool is_timed;	      /* with a time limit, as far as the kind of the wait says so */
	enum event_type type; /* mutex_lock_begin, io_begin ... */
	int32_t awaited;      /* of a join: tid of the awaited thread, 0 unknown */
	uint64_t object;
	uint64_t ticks;			/* since when: see arena_ns() */
	char name[WAITS_NAME_SIZE + 1]; /* "" or the function */
	uint32_t entry;
	uint64_t version;
};

/* The tool's side. */

/* What the entry of that number says now. False: that thread does not wait, or there is none. */
bool waits_see(const struct waits *waits, uint32_t entry, struct waits_seen *seen);

/* The same of the next one from *entry on, which begins with 0. False: there is no more. */
bool waits_next(const struct waits *waits, uint32_t *entry, struct waits_seen *seen);

/* Whether it still is in that wait. */
bool waits_lasts(const struct waits *waits, const struct waits_seen *seen);

/* How many rings have been told. */
uint32_t waits_rings(const struct waits *waits);

/* Free the entries of threads that are no more. For one process at a time: the collector. */
void waits_reclaim(struct waits *waits);

#endif
