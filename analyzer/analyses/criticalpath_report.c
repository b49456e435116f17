/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which path is told, and its parts and locks in words. */
#include "analyzer/analyses/criticalpath.h"

/* Records of the log that may be read to say what a lock is worth, for all locks together. */
#define TRIAL_RECORDS 100000000
#define LOCKS_MAX 1000
#define SUMS_TOLD_MAX 1000

struct path_writer {
	const struct critical_state *state;
	struct lookup lookup;
	struct names *names;
	struct report *report;
	struct critical_path *path; /* in report */
	int64_t trace_start_ns;
};

static int64_t process_ns(const struct process *process)
{
	return elapsed_ns(process->start_ns, process->end_ns);
}

/* The process with more than one thread that lived longest, else the one that lived longest. */
static const struct process *choose_process(const struct model *model)
{
	const GPtrArray *processes = model_processes(model);
	const struct process *best = NULL;

	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];
		bool has_several = process->threads->len > 1;
		bool best_has = best && best->threads->len > 1;

		if (!process->threads->len || (best && best_has && !has_several))
			continue;
		if (!best || (has_several && !best_has) || process_ns(process) > process_ns(best))
			best = process;
	}
	return best;
}

/* Who ended last: of several who were killed together, one who did not wait. */
static const struct thread *choose_thread(const struct process *process)
{
	const struct thread *best = NULL;

	if (process->has_exited && process->exiting)
		return process->exiting;
	for (unsigned i = 0; i < process->threads->len; i++) {
		const struct thread *thread = process->threads->pdata[i];

		if (thread->state == THREAD_NEW)
			continue;
		if (!best || thread->end_ns > best->end_ns ||
		    (thread->end_ns == best->end_ns && best->wait.kind != WAIT_NONE &&
		     thread->wait.kind == WAIT_NONE))
			best = thread;
	}
	return best;
}

static const char *thread_name(const struct path_writer *writer, uint32_t id)
{
	if (id == WAKELOG_NOBODY)
		return NULL;
	return names_thread(writer->names, writer->lookup.threads[id]);
}

static const char *object_name(const struct path_writer *writer, const struct path_part *part)
{
	if (part->call)
		return report_string(writer->report, part->call);
	if (part->object == WAKELOG_NOBODY)
		return NULL;
	if (part->wait == WAIT_JOIN)
		return thread_name(writer, part->object);
	return names_object(writer->names, writer->lookup.objects[part->object]);
}

/* What a thread does that lets another one go on, which waits or starts. */
static const char *then_words(const struct path_part *part)
{
	static const char *const words[WAIT_KIND_COUNT] = {
		[WAIT_NONE] = "creates", [WAIT_LOCK] = "releases",   [WAIT_COND] = "signals",
		[WAIT_JOIN] = "ends",	 [WAIT_SEMAPHORE] = "posts", [WAIT_BARRIER] = "arrives at",
		[WAIT_FUTEX] = "wakes",
	};

	return part->next == WAKELOG_NOBODY ? NULL : words[part->wait];
}

static const char *wait_words(const struct path_part *part)
{
	static const char *const words[WAIT_KIND_COUNT] = {
		[WAIT_NONE] = "starts",		[WAIT_LOCK] = "waits for",
		[WAIT_COND] = "waits for",	[WAIT_JOIN] = "waits for the end of",
		[WAIT_SEMAPHORE] = "waits for", [WAIT_BARRIER] = "waits at",
		[WAIT_FUTEX] = "waits for",	[WAIT_IO] = "is in",
		[WAIT_SLEEP] = "sleeps in",
	};

	return words[part->wait];
}

static const char *part_words(const struct path_part *part)
{
	switch (part->action) {
	case PATH_RUNS:
		return "runs";
	case PATH_WAKES:
		return part->wait == WAIT_NONE ? "starts" : "wakes up";
	default:
		return wait_words(part);
	}
}

static struct path_segment segment_of(const struct path_writer *writer,
				      const struct path_part *part)
{
	struct place place = placetable_place(&writer->state->log.places, part->place);

	return (struct path_segment){
		.thread = thread_name(writer, part->thread),
		.action = part_words(part),
		.object = object_name(writer, part),
		.then = then_words(part),
		.next = thread_name(writer, part->next),
		.start_ns = elapsed_ns(writer->trace_start_ns, part->from_ns),
		.ns = elapsed_ns(part->from_ns, part->to_ns),
		.place = place.process ? names_place(writer->names, place) : NULL,
		.count = part->count,
	};
}

static void write_segments(const struct path_writer *writer, const GArray *parts)
{
	for (unsigned i = 0; i < parts->len; i++) {
		const struct path_part *part = &g_array_index(parts, struct path_part, i);
		struct path_segment row = segment_of(writer, part);

		row.count = 1;
		row.stack = names_stack(writer->names,
					placetable_place(&writer->state->log.places, part->place));
		g_array_append_val(writer->path->segments, row);
	}
}

static const char *or_empty(const char *word)
{
	return word ? word : "";
}

/* Parts that read the same are one row, which is as many stacks of one place are. */
static void add_sum(GArray *rows, GHashTable *by_words, const struct path_segment *row)
{
	g_autofree char *words = g_strdup_printf("%s\t%s\t%s\t%s\t%s\t%s", row->thread, row->action,
						 or_empty(row->object), or_empty(row->then),
						 or_empty(row->next), or_empty(row->place));
	unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(by_words, words));

	if (!number) {
		g_array_append_val(rows, *row);
		g_hash_table_insert(by_words, g_steal_pointer(&words), GUINT_TO_POINTER(rows->len));
		return;
	}
	struct path_segment *sum = &g_array_index(rows, struct path_segment, number - 1);
	sum->count += row->count;
	sum->ns = report_sum_ns(sum->ns, row->ns);
}

/* Longest first, then as they were. */
static int compare_sums(const void *a, const void *b)
{
	const struct path_segment *left = a, *right = b;

	return (left->ns < right->ns) - (left->ns > right->ns);
}

static void write_sums(const struct path_writer *writer, GArray *parts)
{
	g_autoptr(GHashTable)
		by_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	g_array_sort(parts, path_part_compare);
	for (unsigned i = 0; i < MIN(parts->len, SUMS_TOLD_MAX); i++) {
		struct path_segment row =
			segment_of(writer, &g_array_index(parts, struct path_part, i));

		add_sum(writer->path->sums, by_words, &row);
	}
	g_array_sort(writer->path->sums, compare_sums);
}

struct path_lock_row {
	uint32_t object;
	struct path_use use;
};

/* Most waited for on the path first, then most held, then oldest. */
static int compare_locks(const void *a, const void *b)
{
	const struct path_lock_row *left = a, *right = b;

	if (left->use.wait_ns != right->use.wait_ns)
		return left->use.wait_ns > right->use.wait_ns ? -1 : 1;
	if (left->use.hold_ns != right->use.hold_ns)
		return left->use.hold_ns > right->use.hold_ns ? -1 : 1;
	return (left->object > right->object) - (left->object < right->object);
}

/* What each of the first locks of rows is worth, -1 behind them. */
static void try_without(const struct path_writer *writer, const struct path_walk *from,
			const GArray *rows, int64_t *spared)
{
	uint64_t affordable = TRIAL_RECORDS / (writer->state->log.records + 1);
	unsigned count = (unsigned)MIN(MIN(rows->len, LOCKS_MAX), MAX(affordable, 1));
	g_autofree struct path_trial *trials = g_new0(struct path_trial, count + 1);

	for (unsigned i = 0; i < count; i++)
		trials[i] = (struct path_trial){
			.object = g_array_index(rows, struct path_lock_row, i).object,
			.thread = from->thread,
			.at_ns = from->at_ns,
		};
	criticalpath_try(writer->state, &writer->lookup, trials, count);
	for (unsigned i = 0; i < MIN(rows->len, LOCKS_MAX); i++)
		spared[i] = i < count ? trials[i].spared_ns : -1;
}

static void write_locks(const struct path_writer *writer, const struct path_walk *from,
			const struct path_use *uses)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct path_lock_row));

	for (unsigned i = 0; i < writer->lookup.object_count; i++) {
		struct path_lock_row row = { .object = i, .use = uses[i] };

		if (row.use.waits || row.use.hold_ns)
			g_array_append_val(rows, row);
	}
	g_array_sort(rows, compare_locks);
	g_autofree int64_t *spared = g_new0(int64_t, MIN(rows->len, LOCKS_MAX) + 1);
	writer->path->lock_count = rows->len;
	try_without(writer, from, rows, spared);
	for (unsigned i = 0; i < MIN(rows->len, LOCKS_MAX); i++) {
		const struct path_lock_row *row = &g_array_index(rows, struct path_lock_row, i);
		struct path_lock_share share = {
			.object = names_report_object(writer->names,
						      writer->lookup.objects[row->object]),
			.waits = row->use.waits,
			.wait_ns = row->use.wait_ns,
			.hold_ns = writer->state->is_summary ? -1 : row->use.hold_ns,
			/* Without what nobody on the path waits for it gets no shorter. */
			.free_ns = row->use.waits ? spared[i] : 0,
		};
		g_array_append_val(writer->path->locks, share);
	}
}

static void write_path(const struct path_writer *writer, const struct thread *last)
{
	g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct path_part));
	g_autofree struct path_use *uses = g_new0(struct path_use, writer->lookup.object_count + 1);
	const struct path_walk from = { .state = writer->state,
					.thread = last->id,
					.at_ns = last->end_ns,
					.endless_since_ns = criticalpath_is_endless(last)
								    ? last->wait.since_ns
								    : INT64_MAX };
	struct path_walk walk = from;
	struct critical_path *path = writer->path;

	walk.parts = parts;
	walk.uses = uses;
	criticalpath_walk(&walk, &writer->lookup);
	path->start_ns = elapsed_ns(writer->trace_start_ns, walk.at_ns);
	path->ns = elapsed_ns(walk.at_ns, last->end_ns);
	path->running_ns = walk.times.running;
	path->waking_ns = walk.times.waking;
	path->blocked_ns = walk.times.blocked;
	path->unknown_ns = walk.times.unknown;
	path->endless_ns = walk.times.endless;
	path->ending = criticalpath_ending(last, writer->names, writer->report);
	path->segment_count = walk.part_count;
	path->is_cut = writer->state->log.is_cut && walk.at_ns > last->process->start_ns;
	write_segments(writer, parts);
	if (walk.sums.parts)
		write_sums(writer, walk.sums.parts);
	path_sums_done(&walk.sums);
	write_locks(writer, &from, uses);
}

void criticalpath_report(const struct critical_state *state, const struct model *model,
			 struct names *names, struct report *report)
{
	const struct process *process = choose_process(model);
	const struct thread *last = process ? choose_thread(process) : NULL;
	struct path_writer writer = { .state = state,
				      .names = names,
				      .report = report,
				      .path = &report->critical_path,
				      .trace_start_ns = model_start_ns(model) };

	if (!last)
		return;
	writer.path->pid = process->pid;
	writer.path->process = report_string(report, process->command);
	writer.path->thread_count = process->threads->len;
	lookup_init(&writer.lookup, model);
	write_path(&writer, last);
	lookup_done(&writer.lookup);
}
