/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which pauses --noise makes, and how long. */
#include "primitives/noise_plan.h"

#include <string.h>

#include "primitives/told.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
#define THREAD_CHILD UINT64_C(0x7468726561640000)
#define PROCESS_CHILD UINT64_C(0x70726f6365737300)

/* A length is one of so many octaves above the shortest one. */
#define OCTAVES 5

/* From then on pauses become rarer: visits of a place with the same locks held, and with any; children. */
#define FREE_SIGHTS 8
#define FREE_VISITS 64
#define FREE_CHILDREN 32

/* One of so many, and at least so long. */
struct habit {
	uint32_t one_of;
	int64_t shortest_ns;
};

/*
 * A pause between two locks must outlast the other thread's way to its second one, which a scheduler's
 * turn may be between; the others only shift threads against each other.
 */
static const struct habit habits[NOISE_POINT_COUNT] = {
	[NOISE_REQUEST] = { 8, 100000 }, [NOISE_RELEASE] = { 8, 100000 },
	[NOISE_SIGNAL] = { 4, 500000 },	 [NOISE_START] = { 2, 500000 },
	[NOISE_NESTED] = { 2, 1250000 },
};

uint64_t noise_line_hash(const char *line)
{
	size_t program = strcspn(line, " ");
	uint64_t hash = 0;

	for (const char *slash; (slash = memchr(line, '/', program));) {
		program -= (size_t)(slash + 1 - line);
		line = slash + 1;
	}
	for (; *line; line++)
		hash = told_mix(hash ^ (unsigned char)*line) + GOLDEN;
	return hash;
}

static uint64_t child_key(uint64_t key, uint64_t kind, uint32_t number)
{
	uint64_t mixed = told_mix(key + kind + GOLDEN * number);

	return mixed ? mixed : GOLDEN;
}

uint64_t noise_program_key(uint32_t seed, const char *line, uint32_t nth)
{
	return child_key(told_mix(seed + GOLDEN) ^ noise_line_hash(line), PROCESS_CHILD, nth);
}

struct noise_thread noise_child(struct noise_thread *parent)
{
	parent->children++;
	return (struct noise_thread){
		.key = child_key(parent->key, THREAD_CHILD, parent->children),
		.index = parent->children,
	};
}

void noise_fork(struct noise_thread *parent)
{
	parent->children++;
}

void noise_forked(struct noise_thread *copy)
{
	copy->key = child_key(copy->key, PROCESS_CHILD, copy->children);
	copy->draws = 0;
	copy->children = 0;
}

/* Without a count, so that a handler that comes between leaves nothing wrong. */

void noise_hold(struct noise_thread *thread, uint64_t object, bool is_once)
{
	for (unsigned i = 0; is_once && i < NOISE_HELD_MAX; i++)
		if (thread->held[i] == object)
			return;
	for (unsigned i = 0; i < NOISE_HELD_MAX; i++) {
		if (!thread->held[i]) {
			thread->held[i] = object;
			return;
		}
	}
}

void noise_let_go(struct noise_thread *thread, uint64_t object)
{
	for (unsigned i = 0; i < NOISE_HELD_MAX; i++) {
		if (thread->held[i] == object) {
			thread->held[i] = 0;
			return;
		}
	}
}

/* The same for the same locks, 0 for none. */
static uint64_t held_sum(const struct noise_thread *thread)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NOISE_HELD_MAX; i++)
		sum += told_mix(thread->held[i]);
	return sum;
}

bool noise_holds_any(const struct noise_thread *thread)
{
	return held_sum(thread) != 0;
}

/* How often key has come, now included, or more where others share its places. */
static uint32_t see(struct noise_sights *sights, uint64_t key)
{
	uint64_t hash = told_mix(key);
	uint32_t least = UINT16_MAX;

	for (unsigned row = 0; row < 2; row++) {
		_Atomic uint16_t *count = &sights->counts[row][(hash >> 32 * row) % NOISE_SIGHTS];
		uint32_t seen = atomic_load_explicit(count, memory_order_relaxed);

		if (seen < UINT16_MAX)
			atomic_store_explicit(count, (uint16_t)++seen, memory_order_relaxed);
		least = seen < least ? seen : least;
	}
	return least;
}

static uint32_t thinned(uint32_t chance, uint32_t count, uint32_t free)
{
	return count <= free ? chance : (uint32_t)((uint64_t)chance * free / count);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int64_t noise_draw(struct noise_thread *thread, struct noise_sights *sights, enum noise_point point,
		   uint64_t site)
{
	uint64_t held = held_sum(thread);
	/* SplitMix64 (S. Vigna, public domain), with the other finalizer. */
	uint64_t drawn = told_mix(thread->key + GOLDEN * ++thread->draws);

	if (point == NOISE_REQUEST && held)
		point = NOISE_NESTED;
	const struct habit *habit = &habits[point];
	uint64_t place = told_mix(thread->key + site) + point;
	uint32_t usual = UINT32_MAX / habit->one_of;
	uint32_t chance = lesser(thinned(usual, see(sights, place ^ held), FREE_SIGHTS),
				 thinned(usual, see(sights, ~place), FREE_VISITS));

	if ((uint32_t)drawn > thinned(chance, thread->index, FREE_CHILDREN))
		return 0;
	int64_t octave_ns = habit->shortest_ns << (drawn >> 32) % OCTAVES;
	return octave_ns + (int64_t)((uint64_t)octave_ns * (drawn >> 40 & 0xffff) >> 16);
}

bool noise_afford(struct noise_budget *budget, bool is_nested, int64_t ns, int64_t now_ns)
{
	int64_t limit = NOISE_FREE_NS + (now_ns - budget->start_ns) / NOISE_PART;
	_Atomic int64_t *account = is_nested ? &budget->nested_ns : &budget->other_ns;
	int64_t spent = atomic_fetch_add_explicit(account, ns, memory_order_relaxed);

	if (spent + ns <= (is_nested ? limit - limit / 4 : limit / 4))
		return true;
	atomic_fetch_sub_explicit(account, ns, memory_order_relaxed);
	return false;
}
