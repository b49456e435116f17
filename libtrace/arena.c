/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The buffers of a recording, seen from the tool: made, grown, closed, and their clock. */
#include "libtrace/arena.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "libtrace/event.h"
#include "libtrace/packed.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#define HAS_TSC true
#else
#define HAS_TSC false
#endif

#define CLOCK_SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define FIRST_CHUNKS 64
#define CLOCK_TRIES 5
#define NS_PER_SEC INT64_C(1000000000)

bool arena_uses_tsc(void)
{
	cleanup_fclose FILE *file = fopen(CLOCK_SOURCE, "re");
	char line[32] = "";

	return HAS_TSC && file && fgets(line, sizeof(line), file) && strcmp(line, "tsc\n") == 0;
}

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/* The fences: what is done before is done, and what follows has not begun. */
static uint64_t fenced_tsc(void)
{
#if defined(__x86_64__)
	_mm_lfence();
	uint64_t ticks = __rdtsc();
	_mm_lfence();
	return ticks;
#else
	return 0;
#endif
}

struct arena_clock arena_now(bool uses_tsc)
{
	struct arena_clock best = { 0 };
	uint64_t apart = UINT64_MAX;

	if (!uses_tsc) {
		best.ns = clock_ns();
		best.ticks = (uint64_t)best.ns;
		return best;
	}
	for (int i = 0; i < CLOCK_TRIES; i++) {
		uint64_t before = fenced_tsc();
		int64_t ns = clock_ns();
		uint64_t between = fenced_tsc() - before;

		if (between >= apart)
			continue;
		apart = between;
		best = (struct arena_clock){ before + between / 2, ns };
	}
	return best;
}

int64_t arena_ns(const struct arena *arena, uint64_t ticks)
{
	struct arena_clock now = arena_now(arena->uses_tsc);

	if (!arena->uses_tsc || now.ticks <= arena->start.ticks || now.ns <= arena->start.ns)
		return (int64_t)ticks;
	double ns_per_tick =
		(double)(now.ns - arena->start.ns) / (double)(now.ticks - arena->start.ticks);
	/* From now back: what has just begun is exact. */
	return now.ns - (int64_t)((double)(int64_t)(now.ticks - ticks) * ns_per_tick);
}

/* As a traced thread does it. */
static uint64_t plain_ticks(bool uses_tsc)
{
#if defined(__x86_64__)
	if (uses_tsc)
		return __rdtsc();
#endif
	(void)uses_tsc;
	return (uint64_t)clock_ns();
}

int64_t arena_event_ps(bool uses_tsc)
{
	enum { WORDS = 1024, ROUNDS = 10 };
	static _Atomic uint32_t tail;
	static uint32_t words[WORDS];
	int64_t best_ns = INT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t start_ns = clock_ns();
		uint64_t last = plain_ticks(uses_tsc);

		for (uint32_t i = 0; i < WORDS; i++) {
			uint64_t now = plain_ticks(uses_tsc);

			words[i] = packed_short(1, (uint32_t)(now - last) & PACKED_DELTA_MAX);
			atomic_store_explicit(&tail, i + 1, memory_order_release);
			last = now;
		}
		__asm__ volatile("" ::"r"(words) : "memory");
		int64_t took_ns = clock_ns() - start_ns;
		best_ns = took_ns < best_ns ? took_ns : best_ns;
	}
	return best_ns * 1000 / WORDS;
}

int arena_allocate(const struct arena_file *file, uint32_t first, uint32_t count)
{
	off_t start = ARENA_HEADER_SIZE + (off_t)first * ARENA_CHUNK_SIZE;
	int ret;

	do
		ret = posix_fallocate(file->fd, start, (off_t)count * ARENA_CHUNK_SIZE);
	while (ret == EINTR);
	return ret;
}

static uint32_t slot_of(uint32_t word)
{
	return word >> PACKED_DELTA_BITS;
}

/* How many words from the first on are of the short form, found many at a time. */
static size_t short_run(const uint32_t *words, size_t count)
{
	enum { BLOCK = 16 };
	size_t at = 0;

	for (; count - at >= BLOCK; at += BLOCK) {
		uint32_t largest = 0;

		for (int i = 0; i < BLOCK; i++)
			largest = words[at + i] > largest ? words[at + i] : largest;
		if (slot_of(largest) >= PACKED_WIDE_MIN)
			break;
	}
	while (at < count && slot_of(words[at]) < PACKED_WIDE_MIN)
		at++;
	return at;
}

/* How many pairs of words are of the wide form. */
static size_t wide_run(const uint32_t *words, size_t count)
{
	size_t at = 0;

	while (count - at >= 2 && slot_of(words[at]) >= PACKED_WIDE_MIN &&
	       slot_of(words[at]) != PACKED_ESCAPE)
		at += 2;
	return at / 2;
}

/* Words of a body, 0: it is not there as a whole. */
static size_t body_words(const uint32_t *words, size_t count)
{
	if (count == 0)
		return 0;
	uint32_t fields = words[0] & PACKED_FIELDS_ALL;
	size_t at = 1 + 2 * (size_t)__builtin_popcount(fields & (PACKED_TEXT - 1));
	for (uint32_t bit = PACKED_TEXT; bit <= PACKED_FRAMES; bit <<= 1) {
		if (!(fields & bit))
			continue;
		if (at >= count)
			return 0;
		size_t length = words[at];
		at += 1 + (bit == PACKED_FRAMES ? 2 * length : (length + 3) / 4);
	}
	return at <= count ? at : 0;
}

/* The same of a record with an escape; of what nobody can read each word is one. */
static size_t escape_words(const uint32_t *words, size_t count)
{
	static const size_t lengths[] = { 0, 2, 1, 2, 2, 1 };
	uint32_t kind = words[0] >> 16 & 63;

	if (kind < PACKED_ADVANCE || kind > PACKED_WIDE)
		return 1;
	size_t length = lengths[kind];
	if (length > count)
		return 0;
	if (kind == PACKED_ADVANCE || kind == PACKED_LOST)
		return length;
	size_t body = body_words(words + length, count - length);
	return body ? length + body : 0;
}

size_t arena_count_events(const uint32_t *words, size_t count, uint64_t *events)
{
	size_t at = 0;

	for (;;) {
		size_t run = short_run(words + at, count - at);

		*events += run;
		at += run;
		run = wide_run(words + at, count - at);
		*events += run;
		at += 2 * run;
		if (at == count || (run == 0 && slot_of(words[at]) != PACKED_ESCAPE))
			return at;
		if (run)
			continue;
		size_t length = escape_words(words + at, count - at);
		if (length == 0)
			return at;
		*events += (words[at] >> 16 & 63) == PACKED_EVENT;
		at += length;
	}
}

static int write_names(struct arena *arena, struct error *err)
{
	size_t length = 0;

	for (int type = 0; type < EVENT_COUNT; type++) {
		const char *name = event_info(type)->name;

		if (length + strlen(name) + 2 > ARENA_NAMES_SIZE)
			return fail(err, E2BIG, "the names of the events need more room");
		length += (size_t)sprintf(arena->names + length, "%s ", name);
	}
	arena->names_length = (uint32_t)length;
	return 0;
}

static int fill_header(struct arena *arena, const struct arena_settings *settings,
		       struct error *err)
{
	memcpy(arena->magic, ARENA_MAGIC, sizeof(arena->magic));
	arena->version = ARENA_VERSION;
	arena->chunk_size = ARENA_CHUNK_SIZE;
	arena->chunk_count = ARENA_CHUNK_COUNT;
	arena->uses_tsc = arena_uses_tsc();
	arena->stack_frames = settings->stack_frames;
	arena->stacks_on_all = settings->has_stacks_on_all;
	arena->is_ring_wanted = settings->is_ring_wanted;
	atomic_store(&arena->detail, settings->detail);
	atomic_store(&arena->allocated, FIRST_CHUNKS);
	arena->start = arena_now(arena->uses_tsc);
	arena->latest = arena->start;
	return write_names(arena, err);
}

/* Sparse, but for what may be written at once. */
static int make_room(const struct arena_file *file)
{
	if (ftruncate(file->fd, ARENA_SIZE) < 0)
		return errno;
	int ret = posix_fallocate(file->fd, 0, ARENA_HEADER_SIZE);
	return ret ? ret : arena_allocate(file, 0, FIRST_CHUNKS);
}

/* A limit of file sizes shall be an error, not the end of this process. */
static int make_room_quietly(const struct arena_file *file)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;

	sigaction(SIGXFSZ, &ignore, &before);
	int ret = make_room(file);
	sigaction(SIGXFSZ, &before, NULL);
	return ret;
}

int arena_file_make(struct arena_file *file, const char *path,
		    const struct arena_settings *settings, struct error *err)
{
	*file = (struct arena_file){ NULL, -1 };
	/* Only COMMAND's own user: what is in it comes from its memory. */
	file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return fail(err, errno, "cannot make '%s': %s", path, strerror(errno));
	int code = make_room_quietly(file);
	int ret = code ? fail(err, code, "cannot make '%s': %s", path, strerror(code)) : 0;
	if (ret == 0) {
		file->arena =
			mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
		if (file->arena == MAP_FAILED) {
			ret = fail(err, errno, "cannot map '%s': %s", path, strerror(errno));
			file->arena = NULL;
		}
	}
	if (ret == 0)
		ret = fill_header(file->arena, settings, err);
	if (ret < 0) {
		arena_file_done(file);
		unlink(path);
	}
	return ret;
}

void arena_file_done(struct arena_file *file)
{
	if (file->arena)
		munmap(file->arena, ARENA_SIZE);
	cleanup_closep(&file->fd);
	*file = (struct arena_file){ NULL, -1 };
}

/* Not private: other processes wait. */
static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void arena_wake_waiting(struct arena *arena)
{
	atomic_fetch_add(&arena->freed, 1);
	if (atomic_load(&arena->waiting) > 0)
		wake(&arena->freed);
}

void arena_close(struct arena *arena)
{
	atomic_store(&arena->closed, 1);
	atomic_fetch_add(&arena->freed, 1);
	wake(&arena->freed);
}

void arena_wake_collector(struct arena *arena)
{
	atomic_fetch_add(&arena->full, 1);
	wake(&arena->full);
}

void arena_sleep(struct arena *arena, uint32_t seen, int64_t timeout_ns)
{
	const struct timespec timeout = { timeout_ns / NS_PER_SEC, timeout_ns % NS_PER_SEC };

	/* Whoever changes full after this looks at it; the kernel compares what changed before. */
	atomic_store(&arena->collector_sleeps, 1);
	syscall(SYS_futex, &arena->full, FUTEX_WAIT, seen, &timeout, NULL, 0);
	atomic_store(&arena->collector_sleeps, 0);
}
