/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where packed words go: the recording's buffers, a thread's chunk in them, and the memory of a
 * thread's packer.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "libtrace/recording.h"
#include "primitives/packer.h"
#include "primitives/stacks.h"
#include "primitives/waiting.h"
#include "primitives/wrap.h"

/* The recorder is dead: nobody has swept for so long, and its process is no more, or for longer. */
#define DEAD_NS INT64_C(3000000000)
#define DEAF_NS INT64_C(30000000000)
#define WAIT_NS 100000000

/*
 * The collector looks about ten times a second by itself, and whoever finds no chunk wakes it. Woken
 * for each full one it would take the processor from the program's threads all the time.
 */
#define FULL_TOGETHER 32

struct arena *packer_arena;

/* How many of the chunks are mapped here, where the address space is limited. */
static uint32_t chunk_limit;
/* This program's, which an exec changes. */
static uint64_t incarnation;
static size_t packer_size;

/*
 * Memory of packers, which threads that ended leave to others. A place that is taken for a moment is
 * passed over.
 */
#define POOL_SIZE 1024
static struct packer *_Atomic pool[POOL_SIZE];
/* Those in use, as far as there is place. */
static struct packer *_Atomic in_use[POOL_SIZE];

/* Numbers of events are of one build: names are as long in all only where they are the same. */
static const size_t names_length = 0
#define EVENT(name, shape, object, operation, meaning) +sizeof(#name)
#define TOOL_EVENT(name, shape, object, operation, meaning) +sizeof(#name)
#include "libtrace/events.def"
	;

static bool is_usable(const struct arena *arena)
{
	return memcmp(arena->magic, ARENA_MAGIC, sizeof(arena->magic)) == 0 &&
	       arena->version == ARENA_VERSION && arena->chunk_size == ARENA_CHUNK_SIZE &&
	       arena->chunk_count == ARENA_CHUNK_COUNT && arena->names_length == names_length &&
	       arena->stack_frames <= RECORDING_STACK_FRAMES_MAX;
}

/* As much as the limits of the process allow. */
static struct arena *map(int fd, size_t *size)
{
	for (*size = ARENA_SIZE; *size > ARENA_HEADER_SIZE + ARENA_CHUNK_SIZE; *size /= 4) {
		void *arena = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (arena != MAP_FAILED)
			return arena;
	}
	return NULL;
}

bool packer_load(void)
{
	const char *path = getenv(RECORDING_BUFFERS_VARIABLE);
	int saved_errno = errno;
	size_t size = 0;

	if (packer_arena || !path || !path[0])
		return packer_arena;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct arena *arena = fd >= 0 ? map(fd, &size) : NULL;
	if (fd >= 0)
		close(fd);
	if (arena && is_usable(arena)) {
		chunk_limit = (uint32_t)((size - ARENA_HEADER_SIZE) / ARENA_CHUNK_SIZE);
		incarnation = (uint64_t)packer_ns() >> 10 & 0xffffff;
		packer_size = sizeof(struct packer) +
			      PACKER_PATHS * (sizeof(struct path) +
					      arena->stack_frames * sizeof(struct path_step));
		stacks_load(arena->stack_frames, arena->stacks_on_all);
		packer_arena = arena;
	} else if (arena) {
		munmap(arena, size);
	}
	errno = saved_errno;
	return packer_arena;
}

static void futex(_Atomic uint32_t *word, int operation, uint32_t value,
		  const struct timespec *timeout)
{
	real.syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

void packer_wake_collector(void)
{
	atomic_fetch_add(&packer_arena->full, 1);
	futex(&packer_arena->full, FUTEX_WAKE, 1, NULL);
}

void packer_close_chunk(struct packer *packer)
{
	struct arena *arena = packer_arena;

	if (!packer->chunk)
		return;
	packer->chunk = NULL;
	/* Nothing finds its slot any more, so nobody writes. */
	packer->generation += UINT64_C(1) << 32;
	uint64_t owner = atomic_load_explicit(&arena->owners[packer->number], memory_order_relaxed);
	atomic_store_explicit(&arena->owners[packer->number],
			      (owner & ~UINT64_C(0xff)) | ARENA_FULL, memory_order_release);
	uint32_t full = atomic_fetch_add(&arena->full, 1);
	if (full % FULL_TOGETHER == 0 && atomic_load(&arena->collector_sleeps))
		futex(&arena->full, FUTEX_WAKE, 1, NULL);
}

/* Returns the number of a chunk that is now this thread's, or UINT32_MAX. */
static uint32_t claim(const struct packer *packer)
{
	struct arena *arena = packer_arena;
	uint32_t count = atomic_load_explicit(&arena->allocated, memory_order_acquire);
	uint64_t mine = (uint64_t)(uint32_t)wrap_pid() << 32 | incarnation << 8 | ARENA_ACTIVE;

	if (count > chunk_limit)
		count = chunk_limit;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = (packer->home + i) % count;
		uint64_t owner = atomic_load_explicit(&arena->owners[number], memory_order_relaxed);

		if (arena_owner_state(owner) == ARENA_FREE &&
		    atomic_compare_exchange_strong(&arena->owners[number], &owner, mine))
			return number;
	}
	return UINT32_MAX;
}

/* In the state that claim() gives nobody reads it: its writer is still the one before, or 0. */
struct arena_counts *packer_claim_counts(struct packer *packer, uint32_t *number)
{
	struct arena *arena = packer_arena;

	*number = claim(packer);
	if (*number == UINT32_MAX)
		return NULL;
	struct arena_counts *counts = arena_counts(arena, *number);
	counts->no_writer = 0;
	counts->pid = wrap_pid();
	counts->tid = wrap_thread.tid;
	counts->writer = packer->writer;
	atomic_store_explicit(&counts->tail, 0, memory_order_relaxed);
	uint64_t owner = atomic_load_explicit(&arena->owners[*number], memory_order_relaxed);
	atomic_store_explicit(&arena->owners[*number], (owner & ~UINT64_C(0xff)) | ARENA_COUNTS,
			      memory_order_release);
	return counts;
}

void packer_free_counts(uint32_t number)
{
	atomic_store_explicit(&packer_arena->owners[number], ARENA_FREE, memory_order_release);
}

/* Does nobody empty the chunks any more? */
static bool is_deserted(void)
{
	int64_t silent_ns = packer_ns() - packer_arena->latest.ns;

	if (silent_ns < DEAD_NS)
		return false;
	return silent_ns > DEAF_NS || (kill(packer_arena->collector, 0) != 0 && errno == ESRCH);
}

/* All chunks are in use: wait for one, as long as somebody is there to free it. */
static uint32_t claim_waiting(struct packer *packer)
{
	const struct timespec timeout = { .tv_nsec = WAIT_NS };
	struct arena *arena = packer_arena;
	int64_t began_ns = packer_ns();
	uint32_t number = UINT32_MAX;

	atomic_fetch_add(&arena->waiting, 1);
	while (!atomic_load(&arena->closed) && !is_deserted()) {
		uint32_t freed = atomic_load(&arena->freed);

		number = claim(packer);
		if (number != UINT32_MAX)
			break;
		if (atomic_load(&arena->collector_sleeps))
			futex(&arena->full, FUTEX_WAKE, 1, NULL);
		futex(&arena->freed, FUTEX_WAIT, freed, &timeout);
	}
	atomic_fetch_sub(&arena->waiting, 1);
	packer->blocked_ns += (uint64_t)(packer_ns() - began_ns);
	return number;
}

static void begin_chunk(struct packer *packer, uint32_t number)
{
	struct chunk *chunk = arena_chunk(packer_arena, number);

	atomic_store_explicit((_Atomic uint32_t *)&chunk->writer, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	chunk->pid = wrap_pid();
	chunk->tid = wrap_thread.tid;
	chunk->sequence = ++packer->sequence;
	chunk->begin.ticks = packer_now(packer);
	chunk->begin.ns = packer_ns();
	chunk->blocked_ns = packer->blocked_ns;
	atomic_store_explicit(&chunk->tail, 0, memory_order_release);
	atomic_store_explicit((_Atomic uint32_t *)&chunk->writer, packer->writer,
			      memory_order_release);
	packer->number = number;
	packer->ticks = chunk->begin.ticks;
	packer->words = chunk->words;
	packer->tail = &chunk->tail;
	/* One word is left, because words are read in pairs. */
	packer->room = ARENA_CHUNK_WORDS - 1;
	packer->quick_room = packer->uses_tsc ? packer->room : 0;
	packer->chunk = chunk;
	wrap_thread.is_summary = atomic_load_explicit(&packer_arena->detail,
						      memory_order_relaxed) == ARENA_DETAIL_SUMMARY;
}

bool packer_next_chunk(struct packer *packer)
{
	packer_close_chunk(packer);
	if (atomic_load(&packer_arena->closed)) {
		/* The recording is over, and so is what it costs. */
		wrap_fall_silent();
		return false;
	}
	uint32_t number = claim(packer);
	if (number == UINT32_MAX)
		number = claim_waiting(packer);
	if (number == UINT32_MAX) {
		atomic_fetch_add(&packer_arena->lost, 1);
		return false;
	}
	begin_chunk(packer, number);
	return true;
}

/* Put packer where from is; false: it is nowhere among these. */
static bool replace(struct packer *_Atomic *list, struct packer *from, struct packer *packer)
{
	for (unsigned i = 0; i < POOL_SIZE; i++) {
		struct packer *known = from;

		if (atomic_load_explicit(&list[i], memory_order_relaxed) == from &&
		    atomic_compare_exchange_strong(&list[i], &known, packer))
			return true;
	}
	return false;
}

/* Memory for a packer, all zero; NULL: there is none. */
static struct packer *packer_map(void)
{
	for (unsigned i = 0; i < POOL_SIZE; i++) {
		struct packer *known = atomic_load_explicit(&pool[i], memory_order_relaxed);

		if (known && atomic_compare_exchange_strong(&pool[i], &known, NULL))
			return known;
	}
	void *memory =
		mmap(NULL, packer_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, packer_size, MADV_WIPEONFORK);
	madvise(memory, packer_size, MADV_DONTDUMP);
	return memory;
}

struct packer *packer_new(struct packer *wiped, uintptr_t frame)
{
	int saved_errno = errno;

	if (wiped)
		wrap_thread.pid = 0;
	struct packer *packer = wiped ? wiped : packer_map();
	if (packer) {
		if (!wiped)
			replace(in_use, NULL, packer);
		packer->uses_tsc = packer_arena->uses_tsc;
		packer->slot_mask = PACKER_SLOTS_FIRST - 1;
		packer->wide_mask = PACKER_SLOTS_FIRST - 1;
		packer->path_mask = PACKER_PATHS_FIRST - 1;
		packer->summary.slot_mask = SUMMARY_SLOTS_FIRST - 1;
		packer->generation = UINT64_C(1) << 32;
		packer->writer = atomic_fetch_add(&packer_arena->writers, 1) + 1;
		packer->home = packer->writer * 2;
		packer->busy_frame = frame;
		packer->chunk = NULL;
		packer->words = NULL;
		packer->room = 0;
	}
	if (!packer)
		atomic_fetch_add(&packer_arena->lost, 1);
	wrap_thread.own = packer;
	errno = saved_errno;
	return packer;
}

/* For others, with nothing in it. */
static void packer_free(struct packer *packer)
{
	replace(in_use, packer, NULL);
	if (madvise(packer, packer_size, MADV_DONTNEED) != 0 || !replace(pool, NULL, packer))
		munmap(packer, packer_size);
}

void packer_flush_counts(uintptr_t frame)
{
	struct packer *own = wrap_thread.is_summary ? packer_take(frame) : NULL;

	if (!own)
		return;
	/* The others go on: what they count meanwhile may be told or not. */
	for (unsigned i = 0; i < POOL_SIZE; i++) {
		struct packer *packer = atomic_load(&in_use[i]);

		if (packer)
			summary_flush(packer, own);
	}
	packer_give_back(own);
}

void packer_close(void)
{
	struct packer *packer = wrap_thread.packer;
	int saved_errno = errno;

	if (!packer)
		return;
	wrap_thread.packer = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	if (wrap_thread.is_summary)
		summary_flush(packer, packer);
	summary_close(packer);
	waiting_close(packer);
	packer_close_chunk(packer);
	wrap_thread.own = NULL;
	packer_free(packer);
	errno = saved_errno;
}

void packer_after_fork(void)
{
	/* Wiped, where the kernel knows how; else it is the parent's. */
	if (wrap_thread.own && wrap_thread.own->writer) {
		wrap_thread.own = NULL;
		wrap_thread.packer = NULL;
	}
}
