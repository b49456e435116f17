/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/comparison.h"

#include <string.h>

#include "analyzer/model.h"
#include "analyzer/names.h"
#include "analyzer/registry.h"

struct pass {
	const struct analysis *analysis;
	void *self;
};

#define PASSES 2

static void start_passes(struct pass *passes)
{
	const char *const names[PASSES] = { "deadlock", "lock-order" };
	const struct analysis *const *all = registry_analyses();

	for (unsigned i = 0; i < PASSES; i++) {
		unsigned j = 0;

		while (strcmp(all[j]->name, names[i]) != 0)
			j++;
		passes[i] = (struct pass){ all[j], all[j]->start() };
	}
}

static void apply(void *context, const struct step *step)
{
	const struct pass *passes = context;

	for (unsigned i = 0; i < PASSES; i++)
		passes[i].analysis->step(passes[i].self, step);
}

void comparison_report(const struct run *run, struct report *report)
{
	struct model *model = model_new();
	struct pass passes[PASSES];

	start_passes(passes);
	for (unsigned i = 0; i < run->events->len; i++)
		model_apply(model, &g_array_index(run->events, struct event, i), apply, passes);
	model_finish(model);
	report->trace.processes = model_processes(model)->len;
	report->trace.is_complete = true;
	struct names *names = names_new(report);
	for (unsigned i = 0; i < PASSES; i++)
		passes[i].analysis->finish(passes[i].self, model, names, report);
	names_free(names);
	report_finish(report, LEVEL_WARNING);
	model_free(model);
}

static int thread_by_name(const struct record *record, const char *name)
{
	for (unsigned i = 0; i < record->thread_count; i++)
		if (!strcmp(run_thread_name(i), name))
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
static int stop_of(const struct finding *finding, const struct record *record, unsigned thread)
{
	const struct finding_step *last = NULL;

	for (unsigned i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step =
			&g_array_index(finding->steps, struct finding_step, i);
		if (!strcmp(step->thread, run_thread_name(thread)))
			last = step;
	}
	if (!last || !last->stack.count)
		return -1;
	return action_by_site(record, thread, last->stack.frames[0].address);
}

static bool read_claim(const struct finding *finding, const struct record *record,
		       struct claim *claim)
{
	memset(claim, 0, sizeof(*claim));
	for (unsigned i = 0; i < finding->threads->len; i++) {
		int thread = thread_by_name(record, finding->threads->pdata[i]);
		int at = thread < 0 ? -1 : stop_of(finding, record, (unsigned)thread);

		if (at < 0)
			return false;
		claim->threads |= (uint8_t)(1u << thread);
		claim->at[thread] = (uint8_t)at;
	}
	return claim->threads;
}

/* Does it wait for one of the others, or for a post that nobody will make? */
static bool is_held_by(const struct claim *claim, const struct record *record,
		       const struct deadlock *deadlock, unsigned thread)
{
	const struct action *action = &record->actions[thread][claim->at[thread]];

	return deadlock->waits_for[thread] & claim->threads ||
	       (action->kind == ACTION_TAKE && !deadlock->waits_for[thread]);
}

/* Do those threads block each other there, in a state that can be reached? */
static bool is_reachable(const struct claim *claim, const struct record *record,
			 const GArray *deadlocks)
{
	for (unsigned i = 0; i < deadlocks->len; i++) {
		const struct deadlock *deadlock = &g_array_index(deadlocks, struct deadlock, i);
		bool is_same = !(claim->threads & ~(deadlock->threads & ~deadlock->absent));

		for (unsigned j = 0; j < WORLD_THREADS; j++)
			if (claim->threads >> j & 1)
				is_same = is_same && claim->at[j] == deadlock->at[j] &&
					  is_held_by(claim, record, deadlock, j);
		if (is_same)
			return true;
	}
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

/*
 * Is it the same request made twice: of the same thread, for the same thing, with the same locks
 * held? Of those one is told. A wait for a condition is also a request for its mutex.
 */
static bool is_same_request(const struct record *record, unsigned thread, unsigned one,
			    unsigned other)
{
	const struct action *actions = record->actions[thread];
	const struct action *a = &actions[one], *b = &actions[other];
	unsigned mutex_a = a->object, mutex_b = b->object;
	bool locks_a = a->kind == ACTION_LOCK, locks_b = b->kind == ACTION_LOCK;

	if (one == other)
		return true;
	struct holding left = holding_at(record, thread, one);
	struct holding right = holding_at(record, thread, other);
	if (a->kind == ACTION_WAIT) {
		mutex_a = record->things[a->object].mutex;
		left.counts[mutex_a][false] = 0;
		locks_a = true;
	}
	if (b->kind == ACTION_WAIT) {
		mutex_b = record->things[b->object].mutex;
		right.counts[mutex_b][false] = 0;
		locks_b = true;
	}
	bool is_same = a->kind == b->kind && a->object == b->object && a->is_read == b->is_read;
	bool is_same_lock = locks_a && locks_b && mutex_a == mutex_b && a->is_read == b->is_read;
	return (is_same || is_same_lock) && !memcmp(&left, &right, sizeof(left));
}

static bool covers(const struct record *record, const struct claim *claim, const struct claim *ring)
{
	if (claim->threads & ~ring->threads)
		return false;
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (claim->threads >> i & 1 &&
		    !is_same_request(record, i, claim->at[i], ring->at[i]))
			return false;
	return true;
}

static bool is_hang(const struct finding *finding)
{
	return !strcmp(finding->rule, "deadlock") || !strcmp(finding->rule, "self-deadlock") ||
	       !strcmp(finding->rule, "stuck");
}

static uint8_t threads_of(const struct finding *finding, const struct record *record)
{
	uint8_t threads = 0;

	for (unsigned i = 0; i < finding->threads->len; i++) {
		int thread = thread_by_name(record, finding->threads->pdata[i]);

		if (thread >= 0)
			threads |= (uint8_t)(1u << thread);
	}
	return threads;
}

/* Do threads of the ring wait there at the end of the run, and does a finding say so of one? */
static bool is_told_hang(const struct run *run, const struct claim *ring,
			 const struct report *report)
{
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (ring->threads >> i & 1 && run->world.at[i] != ring->at[i])
			return false;
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];

		if (is_hang(finding) && threads_of(finding, &run->record) & ring->threads)
			return true;
	}
	return false;
}

/* Is there a finding of a deadlock of these threads, or of some of them? */
static bool is_named(const struct run *run, uint8_t ring, const struct report *report)
{
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		uint8_t threads = threads_of(finding, &run->record);

		if (is_hang(finding) && strcmp(finding->rule, "stuck") != 0 && threads &&
		    !(threads & ~ring))
			return true;
	}
	return false;
}

static void add(struct comparison *comparison, enum mistake mistake, const struct claim *example)
{
	if (!comparison->counts[mistake]++ && example)
		comparison->examples[mistake] = *example;
}

static void check_findings(struct comparison *comparison, const struct run *run,
			   const GArray *deadlocks, const struct report *report, GArray *claims)
{
	bool says_hang = false;

	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		bool is_witnessed = finding->certainty == CERTAINTY_WITNESSED;
		struct claim claim;

		says_hang = says_hang || is_hang(finding);
		if (strcmp(finding->rule, "lock-order") != 0)
			continue;
		comparison->witnessed += is_witnessed;
		comparison->possible += !is_witnessed;
		if (!read_claim(finding, &run->record, &claim)) {
			add(comparison, MISTAKE_UNREADABLE, NULL);
			continue;
		}
		if (!is_reachable(&claim, &run->record, deadlocks))
			add(comparison, is_witnessed ? MISTAKE_WITNESSED : MISTAKE_POSSIBLE,
			    &claim);
		g_array_append_val(claims, claim);
	}
	if (says_hang != run->is_hung)
		add(comparison, says_hang ? MISTAKE_NO_HANG : MISTAKE_HANG, NULL);
}

static void check_end(struct comparison *comparison, const struct run *run,
		      const struct report *report, GArray *claims)
{
	uint8_t rings[WORLD_THREADS];
	struct deadlock deadlock;

	world_find_deadlock(&run->world, &run->record, &deadlock);
	unsigned count = deadlock_rings(&deadlock, rings);
	for (unsigned i = 0; i < count; i++) {
		struct claim ring = { .threads = rings[i] };

		memcpy(ring.at, deadlock.at, sizeof(ring.at));
		if (!is_named(run, ring.threads, report))
			add(comparison, MISTAKE_RING, &ring);
		else
			g_array_append_val(claims, ring);
	}
}

/* What the threads of a claim wait for: bits of objects, and of threads behind them. */
static unsigned things_of(const struct claim *claim, const struct record *record)
{
	unsigned things = 0;

	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		const struct action *action = &record->actions[i][claim->at[i]];

		if (!(claim->threads >> i & 1))
			continue;
		if (action->kind == ACTION_WAIT)
			things |= 1u << record->things[action->object].mutex;
		things |=
			1u << (action->object + (action->kind == ACTION_JOIN ? WORLD_OBJECTS : 0));
	}
	return things;
}

static void check_ring(struct comparison *comparison, const struct run *run,
		       const struct claim *ring, bool is_estranged, const struct report *report,
		       const GArray *claims)
{
	bool is_found = is_told_hang(run, ring, report), is_alike = false;

	comparison->rings += !is_found;
	for (unsigned i = 0; i < claims->len && !is_found; i++) {
		const struct claim *claim = &g_array_index(claims, struct claim, i);

		is_found = covers(&run->record, claim, ring);
		is_alike = is_alike ||
			   things_of(claim, &run->record) == things_of(ring, &run->record);
	}
	if (is_found)
		return;
	if (is_alike)
		comparison->alike++;
	else if (is_estranged)
		comparison->estranged++;
	else
		add(comparison, MISTAKE_MISSED, ring);
}

struct comparison comparison_make(const struct run *run, const GArray *deadlocks,
				  const struct report *report)
{
	g_autoptr(GArray) claims = g_array_new(FALSE, FALSE, sizeof(struct claim));
	struct comparison comparison;

	memset(&comparison, 0, sizeof(comparison));
	check_findings(&comparison, run, deadlocks, report, claims);
	check_end(&comparison, run, report, claims);
	for (unsigned i = 0; i < deadlocks->len; i++) {
		const struct deadlock *deadlock = &g_array_index(deadlocks, struct deadlock, i);
		uint8_t rings[WORLD_THREADS];
		unsigned count = deadlock_rings(deadlock, rings);

		for (unsigned j = 0; j < count; j++) {
			struct claim ring = { .threads = rings[j] & (uint8_t)~deadlock->absent };

			memcpy(ring.at, deadlock->at, sizeof(ring.at));
			check_ring(&comparison, run, &ring, deadlock->is_estranged, report, claims);
		}
	}
	return comparison;
}

unsigned claim_kinds(const struct claim *claim, const struct record *record)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < WORLD_THREADS; i++) {
		if (!(claim->threads >> i & 1))
			continue;
		enum action_kind kind = record->actions[i][claim->at[i]].kind;
		kinds |= 1u << (kind == ACTION_JOIN   ? CLAIM_JOIN
				: kind == ACTION_WAIT ? CLAIM_CONDITION
				: kind == ACTION_TAKE ? CLAIM_SEMAPHORE
						      : CLAIM_LOCK);
	}
	return kinds;
}

const char *comparison_mistake(enum mistake mistake)
{
	static const char *const names[MISTAKE_COUNT] = {
		[MISTAKE_WITNESSED] = "what is witnessed cannot be reached",
		[MISTAKE_POSSIBLE] = "what is possible cannot be reached",
		[MISTAKE_MISSED] = "a deadlock that can be reached is not found",
		[MISTAKE_HANG] = "the run hung and no finding says so",
		[MISTAKE_RING] = "the run hung in a ring and no finding names it",
		[MISTAKE_NO_HANG] = "the run ended and a finding says that it hung",
		[MISTAKE_UNREADABLE] = "a finding does not say at which requests",
	};

	return names[mistake];
}
