/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random small programs: one random run of each goes through the model and the analyses, an
 * explorer goes through every order in which its threads could have done the same, and the two are
 * compared. TAP.
 *
 *	random [--cases N] [--first SEED] [--told N] [--seed N] [--dump]
 *
 * --told: how many failures are told and kept, as random-SEED.events in the present directory;
 * --seed: that case alone, with what the explorer knows; --dump: its trace alone, as a scenario.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/random/comparison.h"

#define CASES 20000
#define TOLD 20 /* failures */
/* Of a hundred runs so many may hang, where another schedule does not. */
#define HANGS_PERCENT 25
#define SCHEDULES 6

struct check {
	struct explorer explorer;
	struct run run;
	struct program program;
	struct chance chance;
	unsigned told; /* failures, at most */
	unsigned cases, too_large, failed;
	struct comparison sum;
	/* Cases with a mistake, by what the threads of the first example wait for. */
	unsigned by_kinds[MISTAKE_COUNT][1u << CLAIM_KIND_COUNT];
};

static void make_run(struct check *check, uint64_t seed)
{
	check->chance.state = seed;
	program_make(&check->program, &check->chance);
	bool may_hang = chance_percent(&check->chance, HANGS_PERCENT);
	run_make(&check->run, &check->program, &check->chance);
	for (unsigned i = 0; i < SCHEDULES && check->run.is_hung && !may_hang; i++)
		run_make(&check->run, &check->program, &check->chance);
}

static void print_trace(const struct run *run, FILE *out)
{
	for (unsigned i = 0; i < run->events->len; i++)
		event_print(&g_array_index(run->events, struct event, i), out);
}

static void keep_trace(const struct check *check, uint64_t seed)
{
	g_autofree char *name = g_strdup_printf("random-%" PRIu64 ".events", seed);
	FILE *out = fopen(name, "w");

	if (!out)
		return;
	fprintf(out, "# random --seed %" PRIu64 "\n", seed);
	print_trace(&check->run, out);
	fclose(out);
}

static void print_claim(const struct record *record, const struct claim *claim)
{
	for (unsigned i = 0; i < WORLD_THREADS; i++)
		if (claim->threads >> i & 1)
			printf(" %s at 0x%" PRIx32, world_thread_name(i),
			       record->actions[i][claim->at[i]].site);
}

static void print_kind_names(unsigned kinds)
{
	static const char *const names[CLAIM_KIND_COUNT] = { "lock", "join", "condition",
							     "semaphore" };

	for (unsigned i = 0; i < CLAIM_KIND_COUNT; i++)
		if (kinds >> i & 1)
			printf(" %s", names[i]);
}

static void print_mistakes(const struct check *check, uint64_t seed,
			   const struct comparison *comparison)
{
	for (unsigned i = 0; i < MISTAKE_COUNT; i++) {
		if (!comparison->counts[i])
			continue;
		printf("# seed %" PRIu64 ": %s:", seed, comparison_mistake(i));
		print_claim(&check->run.record, &comparison->examples[i]);
		printf(" (");
		print_kind_names(claim_kinds(&comparison->examples[i], &check->run.record));
		printf(" )\n");
	}
}

static void add_up(struct check *check, const struct comparison *comparison)
{
	struct comparison *sum = &check->sum;

	for (unsigned i = 0; i < MISTAKE_COUNT; i++) {
		unsigned kinds = claim_kinds(&comparison->examples[i], &check->run.record);

		sum->counts[i] += comparison->counts[i] > 0;
		check->by_kinds[i][kinds] += comparison->counts[i] > 0;
	}
	sum->witnessed += comparison->witnessed;
	sum->possible += comparison->possible;
	sum->found += comparison->found > 0;
	sum->estranged += comparison->estranged > 0;
	sum->alike += comparison->alike > 0;
	sum->hung += comparison->hung > 0;
}

static bool is_right(const struct comparison *comparison)
{
	unsigned count = 0;

	for (unsigned i = 0; i < MISTAKE_COUNT; i++)
		count += comparison->counts[i];
	return !count;
}

static void check_case(struct check *check, uint64_t seed)
{
	make_run(check, seed);
	check->cases++;
	if (!explorer_run(&check->explorer, &check->run.record)) {
		check->too_large++;
		return;
	}
	struct report *report = report_new();
	comparison_report(&check->run, report);
	struct comparison comparison =
		comparison_make(&check->run, check->explorer.deadlocks, report);
	report_free(report);
	add_up(check, &comparison);
	if (is_right(&comparison))
		return;
	if (check->failed++ >= check->told)
		return;
	print_mistakes(check, seed, &comparison);
	keep_trace(check, seed);
}

static void print_deadlocks(const struct check *check)
{
	const GArray *deadlocks = check->explorer.deadlocks;

	for (unsigned i = 0; i < deadlocks->len; i++) {
		const struct deadlock *deadlock = &g_array_index(deadlocks, struct deadlock, i);
		uint8_t rings[WORLD_THREADS];
		unsigned count = deadlock_rings(deadlock, rings);
		struct claim claim = { .threads = deadlock->threads & (uint8_t)~deadlock->absent };

		memcpy(claim.at, deadlock->at, sizeof(claim.at));
		printf("# reachable%s:", deadlock->is_estranged ? ", estranged" : "");
		print_claim(&check->run.record, &claim);
		for (unsigned j = 0; j < count; j++) {
			claim.threads = rings[j] & (uint8_t)~deadlock->absent;
			printf("; a ring:");
			print_claim(&check->run.record, &claim);
		}
		printf("\n");
	}
}

static void print_findings(const struct report *report)
{
	for (unsigned i = 0; i < report->findings->len; i++) {
		const struct finding *finding = report->findings->pdata[i];

		printf("# %s, %s: %s\n", finding->rule, certainty_name(finding->certainty),
		       finding->message);
	}
	for (unsigned i = 0; i < report->dropped->len; i++) {
		const struct dropped *row = &g_array_index(report->dropped, struct dropped, i);

		printf("# dropped: %s, %" PRIu64 "\n", row->reason, row->cycles);
	}
}

static void show_case(struct check *check, uint64_t seed, bool is_dump)
{
	make_run(check, seed);
	print_trace(&check->run, stdout);
	if (is_dump)
		return;
	unsigned states = explorer_run(&check->explorer, &check->run.record);
	printf("# %u states\n", states);
	print_deadlocks(check);
	struct report *report = report_new();
	comparison_report(&check->run, report);
	struct comparison comparison =
		comparison_make(&check->run, check->explorer.deadlocks, report);
	print_findings(report);
	print_mistakes(check, seed, &comparison);
	report_free(report);
}

static void print_kinds(const unsigned *by_kinds)
{
	for (unsigned i = 1; i < 1u << CLAIM_KIND_COUNT; i++) {
		if (!by_kinds[i])
			continue;
		printf("#   %u with", by_kinds[i]);
		print_kind_names(i);
		printf("\n");
	}
}

static unsigned print_results(const struct check *check)
{
	unsigned failed = 0;

	printf("1..%u\n", MISTAKE_COUNT + 1);
	for (unsigned i = 0; i < MISTAKE_COUNT; i++) {
		unsigned count = check->sum.counts[i];

		failed += count > 0;
		printf("%s %u - never: %s (%u of %u)\n", count ? "not ok" : "ok", i + 1,
		       comparison_mistake(i), count, check->cases);
		print_kinds(check->by_kinds[i]);
	}
	printf("# not asked for: %u cases with deadlocks after signals and posts that are for others "
	       "than in the run, or of threads that are not there yet\n"
	       "#   %u at other requests for the same things as a finding\n"
	       "#   %u of threads that hung in the run\n",
	       check->sum.estranged, check->sum.alike, check->sum.hung);
	/* Else the generator has come to make nothing of interest. */
	bool is_enough = check->too_large < check->cases / 100 &&
			 check->sum.found > check->cases / 100 &&
			 check->sum.witnessed + check->sum.possible > check->cases / 100;
	printf("%s %u - there is something to find: %u cases with deadlocks that are found, "
	       "%u witnessed and %u possible findings; %u were too large\n",
	       is_enough ? "ok" : "not ok", MISTAKE_COUNT + 1, check->sum.found,
	       check->sum.witnessed, check->sum.possible, check->too_large);
	return failed + !is_enough;
}

struct arguments {
	uint64_t seed, first;
	unsigned cases, told;
	bool has_seed, is_dump;
};

static bool parse(int argc, char **argv, struct arguments *arguments)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--dump")) {
			arguments->is_dump = true;
		} else if (!strcmp(argv[i], "--seed") && value) {
			arguments->has_seed = true;
			arguments->seed = strtoull(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--first") && value) {
			arguments->first = strtoull(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--told") && value) {
			arguments->told = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--cases") && value) {
			arguments->cases = (unsigned)strtoul(argv[++i], NULL, 10);
		} else {
			fprintf(stderr,
				"usage: random [--cases N] [--first SEED] [--told N] [--seed N] "
				"[--dump]\n");
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .first = 1, .cases = CASES, .told = TOLD };
	struct check check;
	unsigned failed = 0;

	if (!parse(argc, argv, &arguments))
		return 2;
	memset(&check, 0, sizeof(check));
	check.told = arguments.told;
	explorer_init(&check.explorer);
	run_init(&check.run);
	if (arguments.has_seed)
		show_case(&check, arguments.seed, arguments.is_dump);
	for (unsigned i = 0; i < arguments.cases && !arguments.has_seed; i++)
		check_case(&check, arguments.first + i);
	if (!arguments.has_seed)
		failed = print_results(&check);
	explorer_done(&check.explorer);
	run_done(&check.run);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
