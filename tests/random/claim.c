/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/claim.h"

#include <string.h>

static int thread_by_name(const struct record *record, const char *name)
{
	for (unsigned i = 0; i < record->thread_count; i++)
		if (!strcmp(world_thread_name(i), name))
			return (int)i;
	return -1;
}

static int action_by_site(const struct record *record, unsigned thread, uint64_t site)
{
	for (unsigned i = 0; i < record->counts[thread]; i++)
		if (record->actions[thread][i].site == site)
			return (int)i;
	return -1;
}

/* The last step that a finding tells of a thread is the request at which it is stopped. */
static const struct finding_step *last_step(const struct finding *finding, unsigned thread)
{
	const struct finding_step *last = NULL;

	for (unsigned i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step =
			&g_array_index(finding->steps, struct finding_step, i);
		if (!strcmp(step->thread, world_thread_name(thread)))
			last = step;
	}
	return last;
}

/* A wait for a condition, or what comes behind it, a request for the mutex. */
static enum phase phase_of(const struct finding_step *step, const struct action *action)
{
	if (action->kind != ACTION_WAIT)
		return PHASE_BEFORE;
	return step->object && !strcmp(step->object, world_object_name(action->object))
		       ? PHASE_WAITING
		       : PHASE_WOKEN;
}

static bool read_thread(struct claim *claim, const struct finding *finding,
			const struct record *record, unsigned thread)
{
	const struct finding_step *step = last_step(finding, thread);

	if (!step || !step->stack.count)
		return false;
	int at = action_by_site(record, thread, step->stack.frames[0].address);
	if (at < 0)
		return false;
	claim->threads |= (uint8_t)(1u << thread);
	claim->at[thread] = (uint8_t)at;
	claim->phases[thread] = phase_of(step, &record->actions[thread][at]);
	return true;
}

bool claim_read(struct claim *claim, const struct finding *finding, const struct record *record)
{
	memset(claim, 0, sizeof(*claim));
	for (unsigned i = 0; i < finding->threads->len; i++) {
		int thread = thread_by_name(record, finding->threads->pdata[i]);

		if (thread < 0 || !read_thread(claim, finding, record, (unsigned)thread))
			return false;
	}
	return claim->threads;
}

uint8_t claim_threads(const struct finding *finding, const struct record *record)
{
	uint8_t threads = 0;

	for (unsigned i = 0; i < finding->threads->len; i++) {
		int thread = thread_by_name(record, finding->threads->pdata[i]);

		if (thread >= 0)
			threads |= (uint8_t)(1u << thread);
	}
	return threads;
}

struct claim claim_of_ring(const struct deadlock *deadlock, uint8_t ring)
{
	struct claim claim = { .threads = ring & (uint8_t)~deadlock->absent };

	memcpy(claim.at, deadlock->at, sizeof(claim.at));
	memcpy(claim.phases, deadlock->phases, sizeof(claim.phases));
	return claim;
}

/* Does it wait for one of the others? Who waits for a signal or a post waits for all who may. */
static bool is_held_by(const struct claim *claim, const struct record *record,
		       const struct deadlock *deadlock, unsigned thread)
{
	const struct action *action = &record->actions[thread][claim->at[thread]];

	return deadlock->waits_for[thread] & claim->threads || action->kind == ACTION_TAKE ||
	       (action->kind == ACTION_WAIT && deadlock->phases[thread] == PHASE_WAITING);
}

static bool is_in(const struct claim *claim, const struct record *record,
		  const struct deadlock *deadlock)
{
	if (claim->threads & ~(deadlock->threads & ~deadlock->absent))
		return false;
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (claim->threads >> i & 1 &&
		    (claim->at[i] != deadlock->at[i] || !is_held_by(claim, record, deadlock, i)))
			return false;
	return true;
}

bool claim_is_reachable(const struct claim *claim, const struct record *record,
			const GArray *deadlocks)
{
	for (unsigned i = 0; i < deadlocks->len; i++)
		if (is_in(claim, record, &g_array_index(deadlocks, struct deadlock, i)))
			return true;
	return false;
}

/* Which locks thread holds at an action of its record: how often, and readers apart. */
struct holding {
	uint8_t counts[WORLD_OBJECTS][2];
};

static struct holding holding_at(const struct record *record, unsigned thread, unsigned at)
{
	struct holding holding;

	memset(&holding, 0, sizeof(holding));
	for (unsigned i = 0; i < at; i++) {
		const struct action *action = &record->actions[thread][i];
		uint8_t *counts = holding.counts[action->object % WORLD_OBJECTS];

		if (action->kind == ACTION_LOCK)
			counts[action->is_read]++;
		else if (action->kind == ACTION_UNLOCK)
			counts[counts[true] > 0]--;
	}
	for (unsigned i = 0; i < WORLD_OBJECTS; i++)
		for (unsigned j = 0; j < 2; j++)
			holding.counts[i][j] = holding.counts[i][j] > 0;
	return holding;
}

/* What a thread asks for: a lock, also behind a wait for a condition, or another thing. */
struct asked {
	enum action_kind kind;
	unsigned object;
	bool is_read;
	struct holding holding;
};

static struct asked asked_by(const struct claim *claim, const struct record *record,
			     unsigned thread)
{
	const struct action *action = &record->actions[thread][claim->at[thread]];
	struct asked asked = { .kind = action->kind,
			       .object = action->object,
			       .is_read = action->is_read,
			       .holding = holding_at(record, thread, claim->at[thread]) };

	if (action->kind != ACTION_WAIT)
		return asked;
	asked.holding.counts[record->things[action->object].mutex][false] = 0;
	if (claim->phases[thread] == PHASE_WOKEN) {
		asked.kind = ACTION_LOCK;
		asked.object = record->things[action->object].mutex;
	}
	return asked;
}

bool claim_covers(const struct claim *claim, const struct claim *ring, const struct record *record)
{
	if (claim->threads & ~ring->threads)
		return false;
	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		if (!(claim->threads >> i & 1))
			continue;
		struct asked one = asked_by(claim, record, i);
		struct asked other = asked_by(ring, record, i);
		bool is_same = one.kind == other.kind && one.object == other.object &&
			       one.is_read == other.is_read &&
			       !memcmp(&one.holding, &other.holding, sizeof(one.holding));
		if (!is_same)
			return false;
	}
	return true;
}

unsigned claim_things(const struct claim *claim, const struct record *record)
{
	unsigned things = 0;

	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		if (!(claim->threads >> i & 1))
			continue;
		struct asked asked = asked_by(claim, record, i);
		bool is_thread = asked.kind == ACTION_JOIN;
		things |= 1u << (asked.object + (is_thread ? WORLD_OBJECTS : 0));
	}
	return things;
}

unsigned claim_kinds(const struct claim *claim, const struct record *record)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		if (!(claim->threads >> i & 1))
			continue;
		enum action_kind kind = asked_by(claim, record, i).kind;
		kinds |= 1u << (kind == ACTION_JOIN   ? CLAIM_JOIN
				: kind == ACTION_WAIT ? CLAIM_CONDITION
				: kind == ACTION_TAKE ? CLAIM_SEMAPHORE
						      : CLAIM_LOCK);
	}
	return kinds;
}
