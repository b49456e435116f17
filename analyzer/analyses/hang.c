/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the threads stood when the recorder was about to end the command. */
#include <string.h>

#include "analyzer/analyses/wording.h"
#include "analyzer/analysis.h"

/* The recorder has fewer reasons. */
#define GAPS_MAX 16

struct writer {
	struct wording wording;
	const struct model_hang *seen;
	struct hang *hang;
	GHashTable *found; /* names of the threads that findings tell of */
};

static void *start(void)
{
	return NULL;
}

static void step(void *self, const struct step *step)
{
	(void)self;
	(void)step;
}

/* Of findings about waits without an end. */
static bool is_hang(const struct finding *finding)
{
	static const char *const rules[] = { "deadlock", "self-deadlock", "stuck",
					     "fork-while-held", NULL };

	return finding->certainty == CERTAINTY_ACTUAL && g_strv_contains(rules, finding->rule);
}

static GHashTable *find_found(const struct report *report)
{
	GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(report->findings, i);

		for (guint j = 0; is_hang(finding) && j < finding->threads->len; j++)
			g_hash_table_add(names, finding->threads->pdata[j]);
	}
	return names;
}

/* That of a thread's end becomes known at the end of the trace. */
static const struct wait *wait_of(const struct seen_thread *seen)
{
	const struct wait *now = seen->thread ? &seen->thread->wait : &seen->wait;

	return now->kind == seen->wait.kind && now->since_ns == seen->wait.since_ns ? now
										    : &seen->wait;
}

/*
 * If the trace has no stack of its wait, what a finding tells of it has none either; and it may be about
 * a wait that began later.
 */
static bool is_found(const struct writer *writer, const struct seen_thread *seen, const char *name)
{
	const struct place *place = &seen->wait.place;
	size_t count = 0;

	return seen->thread && wait_of(seen) == &seen->thread->wait &&
	       process_frames(place->process, place->stack, &count) &&
	       g_hash_table_contains(writer->found, name);
}

static const char *name_of(const struct writer *writer, const struct seen_thread *seen)
{
	if (seen->thread)
		return names_thread(writer->wording.names, seen->thread);
	return report_format(writer->wording.report, "%s (thread %d)", seen->kernel_name,
			     seen->tid);
}

static void tell_thread(const struct writer *writer, const struct seen_thread *seen)
{
	struct report *report = writer->wording.report;
	const struct wait *wait = wait_of(seen);
	struct hang_thread row = {
		.pid = seen->process->pid,
		.tid = seen->tid,
		.name = name_of(writer, seen),
		.process = report_string(report, seen->process->command),
		.state = report_string(report, seen->state),
		.since_ns = -1,
		.cpu_ns = seen->cpu_ns,
		.stack = names_stack(writer->wording.names, seen->place),
	};

	if (wait->kind != WAIT_NONE) {
		row.action = wording_wait(&writer->wording, wait, &row.awaited);
		row.since_ns = elapsed_ns(wait->since_ns, writer->seen->time_ns);
		/* With a shorter stack, where that is all there is. */
		if (!row.stack.count)
			row.stack = names_stack(writer->wording.names, wait->place);
	}
	row.is_found = is_found(writer, seen, row.name);
	g_array_append_val(writer->hang->threads, row);
}

/* Who runs comes first, then who waits for other threads, then who waits for the world. */
static int rank(const struct hang_thread *row)
{
	if (!strcmp(row->state, "running"))
		return 0;
	if (!row->action)
		return 2;
	return strcmp(row->action, "is in") ? 1 : 3;
}

static int compare_rows(const void *a, const void *b)
{
	const struct hang_thread *left = a, *right = b;
	int by_rank = rank(left) - rank(right);

	if (by_rank)
		return by_rank;
	if (left->pid != right->pid)
		return left->pid < right->pid ? -1 : 1;
	return left->tid < right->tid ? -1 : left->tid > right->tid;
}

static void tell_gaps(const struct writer *writer)
{
	for (guint i = 0; i < writer->seen->unseen->len && writer->hang->gaps->len < GAPS_MAX;
	     i++) {
		const struct unseen_threads *unseen =
			&g_array_index(writer->seen->unseen, struct unseen_threads, i);
		struct hang_gap gap = { .count = unseen->count,
					.why = report_string(writer->wording.report, unseen->why) };
		struct hang_gap *same = NULL;

		for (guint j = 0; !same && j < writer->hang->gaps->len; j++) {
			same = &g_array_index(writer->hang->gaps, struct hang_gap, j);
			same = same->why == gap.why && same->count && gap.count ? same : NULL;
		}
		if (same)
			same->count = report_sum_ns(same->count, gap.count);
		else
			g_array_append_val(writer->hang->gaps, gap);
	}
}

static void finish(void *self, const struct model *model, struct names *names,
		   struct report *report)
{
	struct writer writer = {
		.wording = { .model = model, .names = names, .report = report },
		.seen = model_hang(model),
	};

	(void)self;
	if (!writer.seen)
		return;
	writer.hang = report_hang(report);
	writer.found = find_found(report);
	writer.hang->reason = report_string(report, writer.seen->reason);
	writer.hang->at_ns = elapsed_ns(model_start_ns(model), writer.seen->time_ns);
	writer.hang->idle_ns = writer.seen->idle_ns;
	for (guint i = 0; i < writer.seen->seen->len; i++)
		tell_thread(&writer, &g_array_index(writer.seen->seen, struct seen_thread, i));
	g_array_sort(writer.hang->threads, compare_rows);
	tell_gaps(&writer);
	g_hash_table_unref(writer.found);
}

const struct analysis analysis_hang = {
	.name = "hang",
	.summary = "where each thread stood when the command was ended for a hang",
	.start = start,
	.step = step,
	.finish = finish,
};
