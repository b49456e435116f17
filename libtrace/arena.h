/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The buffers of a recording: one sparse file, mapped by every traced process and by the
 * recorder's collector. What lies in it survives whoever wrote it.
 *
 *	header | who waits (waits.h) | chunk 0 | chunk 1 | ...
 *
 * A chunk belongs to one thread (ARENA_ACTIVE) until it is full or the thread ends (ARENA_FULL); the
 * collector emits it and frees it (ARENA_FREE). While it is active the collector emits,
 * several times a second, what has been added: words below the tail never change. A chunk that was freed
 * keeps its content until it is taken anew.
 *
 * Only chunks below `allocated` have blocks on the disk; a write to others could end the program
 * with SIGBUS on a full disk. The collector allocates more when few are left.
 *
 * A chunk of counts (ARENA_COUNTS) has no words: a thread of a summary counts in it, until it tells its
 * counts itself and frees it. What is left there at the end the collector tells.
 *
 * The file may be damaged or made by a stranger: sizes and tails are checked by who reads.
 */
#ifndef LIBTRACE_ARENA_H
#define LIBTRACE_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libtrace/error.h"
#include "libtrace/waits.h"

#define ARENA_MAGIC "heddle\1\n"
#define ARENA_VERSION 3

#define ARENA_CHUNK_COUNT 16384
/* Eight of them, with what LTTng adds, fit into a sub-buffer of 512 KiB. */
#define ARENA_CHUNK_SIZE (64 * 1024)
#define ARENA_WAITS_AT (256 * 1024)
/* All before the chunks. */
#define ARENA_HEADER_SIZE (ARENA_WAITS_AT + 640 * 1024)
#define ARENA_SIZE ((size_t)ARENA_HEADER_SIZE + (size_t)ARENA_CHUNK_COUNT * ARENA_CHUNK_SIZE)
#define ARENA_NAMES_SIZE (16 * 1024)
#define ARENA_STARTS 256

enum arena_state { ARENA_FREE, ARENA_ACTIVE, ARENA_FULL, ARENA_COUNTS };

/* Two clocks read at one moment. */
struct arena_clock {
	uint64_t ticks; /* TSC, or as ns where arena.uses_tsc is 0 */
	int64_t ns;	/* CLOCK_MONOTONIC */
};

enum arena_detail { ARENA_DETAIL_FULL, ARENA_DETAIL_SUMMARY };

struct arena {
	/* Written once, by the recorder, before anybody else maps it. */
	char magic[8];
	uint32_t version;
	uint32_t chunk_size, chunk_count;
	uint32_t uses_tsc;
	uint32_t stack_frames;	 /* of a call stack, 0 none */
	uint32_t stacks_on_all;	 /* also with events that carry none otherwise */
	int32_t collector;	 /* its process id */
	uint32_t is_ring_wanted; /* threads look for rings of waits: see waits.h */
	uint32_t names_length;	 /* of names, below ARENA_NAMES_SIZE */
	struct arena_clock start;
	/* Written by the collector. */
	struct arena_clock latest; /* of the latest sweep, at which it was seen to be alive */
	_Atomic uint32_t closed;   /* 1: the recording is over, nothing is to be written any more */
	_Atomic uint32_t detail;   /* enum arena_detail */
	_Atomic uint32_t allocated;
	/* A futex: changes when chunks were freed or allocated, or the recording is over. */
	_Atomic uint32_t freed;
	_Atomic uint32_t collector_sleeps; /* wake it by full */
	/* Written by all. */
	_Atomic uint32_t full;	  /* a futex: changes when a chunk is full */
	_Atomic uint32_t waiting; /* threads that wait for freed */
	_Atomic uint32_t writers; /* number of the latest thread, from 1 */
	_Atomic uint64_t lost;	  /* events of threads that found no chunk in the end */
	/* With noise: how many programs began, by the hash of their command lines. */
	_Atomic uint32_t starts[ARENA_STARTS];
	/* Names of event types in the order of their numbers, a blank after each. */
	char names[ARENA_NAMES_SIZE];
	/* Process id << 32 | a number that an exec changes << 8 | enum arena_state. */
	_Atomic uint64_t owners[ARENA_CHUNK_COUNT];
};

struct chunk {
	int32_t pid, tid;
	uint32_t writer;   /* which thread of the recording, from 1; tids may come again */
	uint32_t sequence; /* of this thread's chunks, from 1 */
	struct arena_clock begin;
	uint64_t blocked_ns;   /* how long this thread has waited for chunks so far */
	_Atomic uint32_t tail; /* words that are complete */
	uint32_t reserved[5];
	uint32_t words[];
};

/* Of a chunk of counts, whose writer is 0, in place of the words. Its tail counts these. */
struct arena_count {
	uint64_t object, site, stack;
	uint32_t type;	/* of the event that tells it, by its number; 0: none does */
	uint32_t count; /* not told yet. Its thread adds, another one reads */
};

struct arena_counts {
	int32_t pid, tid;
	uint32_t no_writer; /* 0, as of a chunk that is nobody's */
	uint32_t writer;
	uint64_t reserved[3];
	_Atomic uint32_t tail;
	uint32_t reserved_more[5];
	struct arena_count list[];
};

#define ARENA_COUNTS_MAX                                                                           \
	((ARENA_CHUNK_SIZE - sizeof(struct arena_counts)) / sizeof(struct arena_count))

#define ARENA_CHUNK_WORDS ((ARENA_CHUNK_SIZE - sizeof(struct chunk)) / sizeof(uint32_t))

_Static_assert(sizeof(struct arena) <= ARENA_WAITS_AT &&
		       ARENA_WAITS_AT + sizeof(struct waits) <= ARENA_HEADER_SIZE,
	       "the header and the waits have their places");
_Static_assert(sizeof(struct chunk) == 64, "words begin at a cache line");
_Static_assert(offsetof(struct arena_counts, no_writer) == offsetof(struct chunk, writer) &&
		       offsetof(struct arena_counts, tail) == offsetof(struct chunk, tail) &&
		       sizeof(struct arena_counts) == sizeof(struct chunk),
	       "a chunk of counts looks like one that is nobody's");

static inline struct waits *arena_waits(struct arena *arena)
{
	return (struct waits *)((char *)arena + ARENA_WAITS_AT);
}

static inline struct chunk *arena_chunk(struct arena *arena, uint32_t number)
{
	return (struct chunk *)((char *)arena + ARENA_HEADER_SIZE +
				(size_t)number * ARENA_CHUNK_SIZE);
}

static inline struct arena_counts *arena_counts(struct arena *arena, uint32_t number)
{
	return (struct arena_counts *)arena_chunk(arena, number);
}

static inline enum arena_state arena_owner_state(uint64_t owner)
{
	return (enum arena_state)(owner & 0xff);
}

static inline int32_t arena_owner_pid(uint64_t owner)
{
	return (int32_t)(owner >> 32);
}

/* The tool's side: the recorder and its collector. */

struct arena_settings {
	uint32_t stack_frames;
	bool has_stacks_on_all;
	bool is_ring_wanted;
	enum arena_detail detail;
};

/* The file, and its mapping of ARENA_SIZE bytes. */
struct arena_file {
	struct arena *arena; /* NULL: not mapped */
	int fd;		     /* -1: not open */
};

/*
 * Make the file path, which must not be there, with its header and the first chunks. Where it
 * fails nothing is left. arena_file_done() unmaps and closes; the file stays.
 */
int arena_file_make(struct arena_file *file, const char *path,
		    const struct arena_settings *settings, struct error *err) MUST_CHECK;
void arena_file_done(struct arena_file *file);

/* Give the chunks from first on their blocks on the disk. 0, or an errno such as ENOSPC. */
int arena_allocate(const struct arena_file *file, uint32_t first, uint32_t count);

/* Whether traced threads stamp with the TSC on this machine. */
bool arena_uses_tsc(void);

/* Both clocks, less than a microsecond apart. */
struct arena_clock arena_now(bool uses_tsc);

/* When that was, CLOCK_MONOTONIC, of stamps since the recording began: to some microseconds. */
int64_t arena_ns(const struct arena *arena, uint64_t ticks);

/* What the stamp and the words of one event cost at least, in ps. Takes a fraction of a ms. */
int64_t arena_event_ps(bool uses_tsc);

/*
 * Add to *events how many events the words (packed.h) are. Returns how many words were
 * looked at: a record of which the rest is missing is not.
 */
size_t arena_count_events(const uint32_t *words, size_t count, uint64_t *events);

/* The recording is over: nobody waits for a chunk any more. */
void arena_close(struct arena *arena);

/* Chunks were freed or allocated. */
void arena_wake_waiting(struct arena *arena);

/* Let the collector look now. */
void arena_wake_collector(struct arena *arena);

/* Sleep until a chunk is full, at most timeout_ns. seen: arena->full before the latest look. */
void arena_sleep(struct arena *arena, uint32_t seen, int64_t timeout_ns);

#endif
