/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector takes out of the buffers of a recording. */
#include "libtrace/sweep.h"

#include <signal.h>
#include <sys/mman.h>

#include "libtrace/counts.h"
#include "libtrace/packed.h"

/* A power of two. More threads than that forget who came long before them. */
#define WRITER_COUNT (1 << 20)

/*
 * A chunk waits until its writer's earlier ones are emitted, unless they do not turn up: then
 * something is wrong with its header, and it must not stay for ever.
 */
#define PASSES_TO_WAIT 20

/* What is known about one thread. */
struct sweep_writer {
	uint32_t writer;
	uint32_t sequence; /* the latest that is emitted as a whole */
	uint64_t blocked_ns;
};

/* What is known about one chunk. */
struct sweep_chunk {
	uint32_t writer, sequence; /* whose content is or was in it */
	bool is_freed;		   /* that content is not to be taken again */
	uint8_t passes;		   /* it waited for earlier ones */
	uint32_t emitted, counted; /* words */
};

struct sweep_candidate {
	uint32_t number, writer, sequence;
};

struct sweep_claim {
	uint64_t owner;
	uint32_t number, writer;
};

struct sweep {
	struct sweep_options options;
	uint32_t allocated;
	int allocate_code;
	struct sweep_counts counts;
	struct sweep_chunk *chunks;	    /* ARENA_CHUNK_COUNT. Owned by this */
	struct sweep_candidate *candidates; /* as many. Owned by this */
	size_t candidate_count;
	struct sweep_claim *claims;   /* as many. Owned by this */
	struct sweep_writer *writers; /* WRITER_COUNT, mapped. Owned by this */
	uint32_t *padded;	      /* SWEEP_BATCH_WORDS and one. Owned by this */
};

struct sweep *sweep_new(const struct sweep_options *options)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));

	if (!sweep)
		return NULL;
	sweep->options = *options;
	sweep->allocated = atomic_load(&options->arena->allocated);
	if (sweep->allocated > ARENA_CHUNK_COUNT)
		sweep->allocated = ARENA_CHUNK_COUNT;
	sweep->chunks = calloc(ARENA_CHUNK_COUNT, sizeof(*sweep->chunks));
	sweep->candidates = calloc(ARENA_CHUNK_COUNT, sizeof(*sweep->candidates));
	sweep->claims = calloc(ARENA_CHUNK_COUNT, sizeof(*sweep->claims));
	sweep->padded = calloc(SWEEP_BATCH_WORDS + 1, sizeof(*sweep->padded));
	/* Only the pages of writers that come take memory. */
	sweep->writers = mmap(NULL, WRITER_COUNT * sizeof(*sweep->writers), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (sweep->writers == MAP_FAILED)
		sweep->writers = NULL;
	if (sweep->chunks && sweep->candidates && sweep->claims && sweep->padded && sweep->writers)
		return sweep;
	sweep_free(sweep);
	return NULL;
}

void sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return;
	if (sweep->writers)
		munmap(sweep->writers, WRITER_COUNT * sizeof(*sweep->writers));
	free(sweep->padded);
	free(sweep->claims);
	free(sweep->candidates);
	free(sweep->chunks);
	free(sweep);
}

const struct sweep_counts *sweep_counts(const struct sweep *sweep)
{
	return &sweep->counts;
}

int sweep_allocate_code(const struct sweep *sweep)
{
	return sweep->allocate_code;
}

static struct chunk *chunk_of(const struct sweep *sweep, uint32_t number)
{
	return arena_chunk(sweep->options.arena, number);
}

static struct sweep_writer *writer_of(const struct sweep *sweep, uint32_t writer)
{
	struct sweep_writer *known = &sweep->writers[writer & (WRITER_COUNT - 1)];

	if (known->writer != writer)
		*known = (struct sweep_writer){ .writer = writer };
	return known;
}

/*
 * Whose words are in the chunk? False: nobody's yet. The sequence is read before the writer: one that
 * is not of the earlier content was written behind writer = 0, so a writer read then is the
 * claimer's, and with it the other fields are there.
 */
static bool read_header(const struct sweep *sweep, uint32_t number, uint32_t *writer,
			uint32_t *sequence)
{
	const struct chunk *chunk = chunk_of(sweep, number);
	const struct sweep_chunk *known = &sweep->chunks[number];

	/* A writer may take its own chunk again: then the first look cannot tell. */
	for (int tries = 0; tries < 2; tries++) {
		*sequence = __atomic_load_n(&chunk->sequence, __ATOMIC_ACQUIRE);
		*writer = __atomic_load_n(&chunk->writer, __ATOMIC_ACQUIRE);
		if (*writer == 0)
			return false;
		if (!known->is_freed || *writer != known->writer || *sequence != known->sequence) {
			*sequence = __atomic_load_n(&chunk->sequence, __ATOMIC_RELAXED);
			return true;
		}
	}
	return false;
}

/* Waiters are told at once: there may be much to emit before the sweep is over. */
static void free_chunk(struct sweep *sweep, uint32_t number)
{
	struct arena *arena = sweep->options.arena;

	sweep->chunks[number].is_freed = true;
	atomic_store_explicit(&arena->owners[number], ARENA_FREE, memory_order_release);
	arena_wake_waiting(arena);
}

/* A record that is there in part is looked at again next time. */
static void count_events(struct sweep *sweep, uint32_t number, uint32_t tail)
{
	struct sweep_chunk *known = &sweep->chunks[number];
	const uint32_t *words = chunk_of(sweep, number)->words;

	known->counted += (uint32_t)arena_count_events(
		words + known->counted, tail - known->counted, &sweep->counts.events);
}

/* The provider takes pairs of words: one more is read than there may be in the mapping. */
static const uint32_t *pad(struct sweep *sweep, const struct batch *batch)
{
	if (batch->count % 2 == 0 || batch->offset + batch->count < ARENA_CHUNK_WORDS)
		return batch->words;
	memcpy(sweep->padded, batch->words, batch->count * sizeof(*batch->words));
	sweep->padded[batch->count] = 0;
	return sweep->padded;
}

static void emit(struct sweep *sweep, uint32_t number, uint32_t tail, bool is_done)
{
	const struct chunk *chunk = chunk_of(sweep, number);
	struct sweep_chunk *known = &sweep->chunks[number];
	struct batch batch = {
		.pid = chunk->pid,
		.tid = chunk->tid,
		.writer = known->writer,
		.sequence = known->sequence,
		.begin = chunk->begin,
		.blocked_ns = chunk->blocked_ns,
	};

	do {
		uint32_t left = tail - known->emitted;

		batch.offset = known->emitted;
		batch.count = left < SWEEP_BATCH_WORDS ? left : SWEEP_BATCH_WORDS;
		batch.words = chunk->words + batch.offset;
		batch.is_last = is_done && batch.count == left;
		batch.words = pad(sweep, &batch);
		sweep->counts.batches++;
		sweep->counts.bytes += SWEEP_BATCH_BYTES + batch.count * sizeof(*batch.words);
		sweep->options.emit(sweep->options.context, &batch);
		known->emitted += batch.count;
	} while (known->emitted < tail);
}

static void count_blocked(struct sweep *sweep, struct sweep_writer *writer, uint32_t number)
{
	uint64_t blocked_ns = chunk_of(sweep, number)->blocked_ns;

	if (blocked_ns <= writer->blocked_ns)
		return;
	sweep->counts.blocked_ns += blocked_ns - writer->blocked_ns;
	writer->blocked_ns = blocked_ns;
}

static void take(struct sweep *sweep, const struct sweep_candidate *candidate,
		 enum sweep_depth depth)
{
	uint32_t number = candidate->number;
	struct sweep_chunk *known = &sweep->chunks[number];
	struct sweep_writer *writer = writer_of(sweep, candidate->writer);
	uint64_t owner =
		atomic_load_explicit(&sweep->options.arena->owners[number], memory_order_acquire);
	bool is_done = depth == SWEEP_LAST || arena_owner_state(owner) != ARENA_ACTIVE;

	if (candidate->sequence != writer->sequence + 1 && depth != SWEEP_LAST) {
		known->passes += depth == SWEEP_ALL;
		if (known->passes < PASSES_TO_WAIT)
			return;
	}
	uint32_t tail = atomic_load_explicit(&chunk_of(sweep, number)->tail, memory_order_acquire);
	if (tail > ARENA_CHUNK_WORDS)
		tail = ARENA_CHUNK_WORDS;
	if (tail < known->emitted)
		tail = known->emitted;
	count_blocked(sweep, writer, number);
	count_events(sweep, number, tail);
	if (tail > known->emitted || is_done)
		emit(sweep, number, tail, is_done);
	if (!is_done)
		return;
	writer->sequence = candidate->sequence;
	free_chunk(sweep, number);
}

static int compare_claims(const void *left, const void *right)
{
	const struct sweep_claim *a = left;
	const struct sweep_claim *b = right;
	int32_t a_pid = arena_owner_pid(a->owner);
	int32_t b_pid = arena_owner_pid(b->owner);

	if (a_pid != b_pid)
		return a_pid < b_pid ? -1 : 1;
	return (a->writer > b->writer) - (a->writer < b->writer);
}

/* All chunks that belong to somebody, by process, those of the latest writer last. */
static size_t list_claims(struct sweep *sweep)
{
	size_t count = 0;

	for (uint32_t i = 0; i < sweep->allocated; i++) {
		uint64_t owner = atomic_load(&sweep->options.arena->owners[i]);
		uint32_t writer = __atomic_load_n(&chunk_of(sweep, i)->writer, __ATOMIC_RELAXED);

		if (arena_owner_state(owner) != ARENA_FREE)
			sweep->claims[count++] = (struct sweep_claim){ owner, i, writer };
	}
	qsort(sweep->claims, count, sizeof(*sweep->claims), compare_claims);
	return count;
}

/*
 * Chunks of who has ended, or has become another program, had no end and will have none. This
 * is for when nothing is free and nothing can be added: in a namespace of its own a
 * process has another number than here.
 */
static void reclaim(struct sweep *sweep)
{
	const struct sweep_claim *next = NULL;
	uint64_t newest = 0;
	bool is_dead = false;

	for (size_t i = list_claims(sweep); i-- > 0; next = &sweep->claims[i]) {
		uint64_t owner = sweep->claims[i].owner;
		int32_t pid = arena_owner_pid(owner);

		if (!next || arena_owner_pid(next->owner) != pid) {
			newest = owner >> 8;
			is_dead = pid <= 0 || (kill(pid, 0) < 0 && errno == ESRCH);
		}
		if (arena_owner_state(owner) == ARENA_ACTIVE && (is_dead || owner >> 8 != newest))
			atomic_compare_exchange_strong(
				&sweep->options.arena->owners[sweep->claims[i].number], &owner,
				(owner & ~UINT64_C(0xff)) | ARENA_FULL);
	}
}

/* Keep a quarter of the chunks free, as long as there are more. Returns whether some were added. */
static bool grow(struct sweep *sweep, uint32_t free_count)
{
	uint32_t more = sweep->allocated;

	if (more > ARENA_CHUNK_COUNT - sweep->allocated)
		more = ARENA_CHUNK_COUNT - sweep->allocated;
	if (free_count >= sweep->allocated / 4 || sweep->allocate_code || more == 0)
		return false;
	sweep->allocate_code =
		sweep->options.allocate(sweep->options.context, sweep->allocated, more);
	if (sweep->allocate_code)
		return false;
	sweep->allocated += more;
	atomic_store(&sweep->options.arena->allocated, sweep->allocated);
	arena_wake_waiting(sweep->options.arena);
	return true;
}

static void look_at(struct sweep *sweep, uint32_t number, enum arena_state state,
		    enum sweep_depth depth)
{
	struct sweep_candidate *candidate = &sweep->candidates[sweep->candidate_count];
	struct sweep_chunk *known = &sweep->chunks[number];

	if (state == ARENA_ACTIVE && depth == SWEEP_FULL)
		return;
	candidate->number = number;
	if (!read_header(sweep, number, &candidate->writer, &candidate->sequence)) {
		/* Full, but of nobody: its claimer died before there was a header. */
		if (state != ARENA_ACTIVE)
			free_chunk(sweep, number);
		return;
	}
	if (known->is_freed || known->writer != candidate->writer ||
	    known->sequence != candidate->sequence)
		*known = (struct sweep_chunk){ .writer = candidate->writer,
					       .sequence = candidate->sequence };
	sweep->candidate_count++;
}

/* Returns how many chunks are free. */
static uint32_t look(struct sweep *sweep, enum sweep_depth depth)
{
	struct arena *arena = sweep->options.arena;
	uint32_t free_count = 0;

	sweep->candidate_count = 0;
	for (uint32_t i = 0; i < sweep->allocated; i++) {
		uint64_t owner = atomic_load_explicit(&arena->owners[i], memory_order_acquire);

		if (arena_owner_state(owner) == ARENA_FREE)
			free_count++;
		else if (arena_owner_state(owner) != ARENA_COUNTS)
			look_at(sweep, i, arena_owner_state(owner), depth);
	}
	return free_count;
}

/* Each as a chunk of its thread's, behind all that it has written itself. */
static void take_all_counts(struct sweep *sweep)
{
	struct counts_cursor cursor = { 0, 0 };
	struct batch batch;

	while (counts_next(sweep->options.arena, &cursor, sweep->padded, &batch,
			   &sweep->counts.events)) {
		batch.sequence = ++writer_of(sweep, batch.writer)->sequence;
		sweep->counts.batches++;
		sweep->counts.bytes += SWEEP_BATCH_BYTES + batch.count * sizeof(*batch.words);
		sweep->options.emit(sweep->options.context, &batch);
	}
}

static int compare_candidates(const void *left, const void *right)
{
	uint32_t a = ((const struct sweep_candidate *)left)->sequence;
	uint32_t b = ((const struct sweep_candidate *)right)->sequence;

	return (a > b) - (a < b);
}

size_t sweep_run(struct sweep *sweep, enum sweep_depth depth)
{
	uint64_t before = sweep->counts.batches;
	uint32_t free_count = look(sweep, depth);

	if (depth != SWEEP_LAST && !grow(sweep, free_count) && free_count == 0) {
		reclaim(sweep);
		look(sweep, depth);
	}
	qsort(sweep->candidates, sweep->candidate_count, sizeof(*sweep->candidates),
	      compare_candidates);
	for (size_t i = 0; i < sweep->candidate_count; i++)
		take(sweep, &sweep->candidates[i], depth);
	if (depth == SWEEP_LAST)
		take_all_counts(sweep);
	return sweep->counts.batches - before;
}
