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

static bool is_hang(const struct finding *finding)
{
	return !strcmp(finding->rule, "deadlock") || !strcmp(finding->rule, "self-deadlock") ||
	       !strcmp(finding->rule, "stuck");
}

/* What the run came to: is there a finding of a deadlock of these threads, or of some of them? */
static bool is_named(const struct run *run, uint8_t ring, const struct report *report)
{
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		uint8_t threads = claim_threads(finding, &run->record);

		if (is_hang(finding) && strcmp(finding->rule, "stuck") != 0 && threads &&
		    !(threads & ~ring))
			return true;
	}
	return false;
}

/* Did the run hang with all of these threads, as a finding says, or just there? */
static bool is_told_hang(const struct run *run, const struct claim *ring,
			 const struct report *report)
{
	bool is_there = run->is_hung;

	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (ring->threads >> i & 1)
			is_there = is_there && ring->at[i] == run->world.at[i];
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		uint8_t others = ring->threads & (uint8_t)~claim_threads(finding, &run->record);

		if (is_hang(finding) && (!others || (is_there && others != ring->threads)))
			return true;
	}
	return false;
}

static void add(struct comparison *comparison, enum mistake mistake, const struct claim *example)
{
	if (!comparison->counts[mistake]++ && example)
		comparison->examples[mistake] = *example;
}

static void check_claim(struct comparison *comparison, const struct run *run,
			const GArray *deadlocks, const struct finding *finding, GArray *claims)
{
	bool is_witnessed = finding->certainty == CERTAINTY_WITNESSED;
	struct claim claim;

	comparison->witnessed += is_witnessed;
	comparison->possible += !is_witnessed;
	if (!claim_read(&claim, finding, &run->record)) {
		add(comparison, MISTAKE_UNREADABLE, NULL);
		return;
	}
	if (!claim_is_reachable(&claim, &run->record, deadlocks))
		add(comparison, is_witnessed ? MISTAKE_WITNESSED : MISTAKE_POSSIBLE, &claim);
	g_array_append_val(claims, claim);
}

static void check_findings(struct comparison *comparison, const struct run *run,
			   const GArray *deadlocks, const struct report *report, GArray *claims)
{
	bool says_hang = false;

	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];

		says_hang = says_hang || is_hang(finding);
		if (!strcmp(finding->rule, "lock-order"))
			check_claim(comparison, run, deadlocks, finding, claims);
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
		struct claim ring = claim_of_ring(&deadlock, rings[i]);

		if (is_named(run, ring.threads, report))
			g_array_append_val(claims, ring);
		else
			add(comparison, MISTAKE_RING, &ring);
	}
	/* Of semaphores and conditions the report knows more than is in the record. */
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];
		uint8_t threads = claim_threads(finding, &run->record);
		struct claim claim = { .threads = threads & deadlock.threads };

		memcpy(claim.at, run->world.at, sizeof(claim.at));
		memcpy(claim.phases, run->world.phases, sizeof(claim.phases));
		if (!strcmp(finding->rule, "deadlock") && claim.threads)
			g_array_append_val(claims, claim);
	}
}

/* Is it about signals that in the run were for others, or about threads that are not there yet? */
static bool is_estranged(const struct deadlock *deadlock, const struct record *record, uint8_t ring)
{
	if (deadlock->is_estranged || ring & deadlock->absent)
		return true;
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (ring >> i & 1 && deadlock->phases[i] == PHASE_WAITING &&
		    !record->actions[i][deadlock->at[i]].waker)
			return true;
	return false;
}

static void check_ring(struct comparison *comparison, const struct run *run,
		       const struct claim *ring, bool is_asked, const struct report *report,
		       const GArray *claims)
{
	bool is_found = false, is_alike = false;

	for (unsigned i = 0; i < claims->len && !is_found; i++) {
		const struct claim *claim = &g_array_index(claims, struct claim, i);

		is_found = claim_covers(claim, ring, &run->record);
		is_alike = is_alike ||
			   claim_things(claim, &run->record) == claim_things(ring, &run->record);
	}
	if (is_found)
		comparison->found++;
	else if (is_alike)
		comparison->alike++;
	else if (is_told_hang(run, ring, report))
		comparison->hung++;
	else if (is_asked)
		add(comparison, MISTAKE_MISSED, ring);
	else
		comparison->estranged++;
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
			struct claim ring = claim_of_ring(deadlock, rings[j]);

			check_ring(&comparison, run, &ring,
				   !is_estranged(deadlock, &run->record, rings[j]), report, claims);
		}
	}
	return comparison;
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
