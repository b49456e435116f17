/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of contention: rows, their order, their words; and what the counts are kept in. */
#include "analyzer/analyses/contention.h"

#include <stdlib.h>

#include "analyzer/analyses/lookup.h"
#include "analyzer/analyses/wording.h"

/* Locks that nobody ever waited for: more are not listed. */
#define QUIET_ROWS_MAX 100000

struct writer {
	const struct contention_state *state;
	struct names *names;
	struct report *report;
	struct lookup lookup;
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* What becomes a row of the report: an object, or the readers or the writers of an rwlock. */
struct use {
	const struct lock_stats *stats;
	uint32_t object;
	bool is_read;
};

static const struct wait_stats *waits_of(const struct lock_stats *stats)
{
	static const struct wait_stats nothing;

	return stats->waits ? stats->waits : &nothing;
}

/* Most wait first, then most used, then oldest, readers before writers. */
static int compare_uses(const void *a, const void *b)
{
	const struct use *left = a, *right = b;
	int64_t left_ns = waits_of(left->stats)->wait.total;
	int64_t right_ns = waits_of(right->stats)->wait.total;

	if (left_ns != right_ns)
		return left_ns > right_ns ? -1 : 1;
	if (left->stats->acquisitions != right->stats->acquisitions)
		return left->stats->acquisitions > right->stats->acquisitions ? -1 : 1;
	if (left->object != right->object)
		return left->object < right->object ? -1 : 1;
	return right->is_read - left->is_read;
}

/* Waits for an object: of one waiter, because of one holder, or both. */
struct entry {
	struct blame_key key; /* waiter: BLAME_NOBODY where it is all of them */
	uint32_t holder;      /* the same */
	uint64_t count;
	int64_t ns;
};

/* Most time first, then by ids. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	if (left->ns != right->ns)
		return left->ns > right->ns ? -1 : 1;
	if (left->key.waiter != right->key.waiter)
		return compare_u64(left->key.waiter, right->key.waiter);
	if (left->holder != right->holder)
		return compare_u64(left->holder, right->holder);
	if (left->key.object != right->key.object)
		return compare_u64(left->key.object, right->key.object);
	return right->key.is_read - left->key.is_read;
}

static const char *thread_name(const struct writer *writer, uint32_t id)
{
	if (id == BLAME_OTHERS)
		return "other threads";
	if (id == BLAME_UNTOLD)
		return "(not told)";
	if (id >= writer->lookup.thread_count || !writer->lookup.threads[id])
		return "unknown";
	return names_thread(writer->names, writer->lookup.threads[id]);
}

static void add_row(const struct writer *writer, const struct use *use)
{
	const struct object *object = writer->lookup.objects[use->object];
	const struct wait_stats *waits = waits_of(use->stats);
	struct contention row = {
		.object = names_report_object(writer->names, object),
		.mode = wording_mode_word(object, use->is_read),
		.acquisitions = use->stats->acquisitions,
		.contended = waits->contended,
		.wait = histogram_distribution(&waits->wait),
		.hold = histogram_distribution(&use->stats->hold),
		.waiters = g_array_new(FALSE, TRUE, sizeof(struct tally)),
		.holders = g_array_new(FALSE, TRUE, sizeof(struct tally)),
	};

	g_array_append_val(writer->report->contention, row);
}

static void add_use(GArray *uses, const struct lock_stats *stats, uint32_t object, bool is_read)
{
	const struct use use = { .stats = stats, .object = object, .is_read = is_read };

	if (stats && (stats->acquisitions || waits_of(stats)->contended))
		g_array_append_val(uses, use);
}

static size_t row_index(uint32_t object, bool is_read)
{
	return (size_t)object * 2 + is_read;
}

/* The rows of the objects; in *rows at row_index() the number of the row + 1. */
static void write_objects(const struct writer *writer, unsigned *rows)
{
	const struct contention_state *state = writer->state;
	g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(struct use));
	unsigned quiet = 0;

	for (unsigned i = 0; i < state->lock_count; i++) {
		add_use(uses, &state->locks[i], i, false);
		add_use(uses, waits_of(&state->locks[i])->read, i, true);
	}
	g_array_sort(uses, compare_uses);
	for (unsigned i = 0; i < uses->len; i++) {
		const struct use *use = &g_array_index(uses, struct use, i);

		if (!waits_of(use->stats)->contended && quiet++ >= QUIET_ROWS_MAX)
			continue;
		add_row(writer, use);
		rows[row_index(use->object, use->is_read)] = writer->report->contention->len;
	}
}

/* The waits of each row. */
static GArray *waiter_entries(const struct blame_table *table)
{
	GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct entry));

	for (unsigned i = 0; i < table->rows->len; i++) {
		const struct blame_row *row = table->rows->pdata[i];
		struct entry entry = {
			.key = row->key, .holder = BLAME_NOBODY, .count = row->count, .ns = row->ns
		};
		g_array_append_val(entries, entry);
	}
	g_array_sort(entries, compare_entries);
	return entries;
}

/* The parts of all rows, but for those of nobody. */
static GArray *holder_entries(const struct blame_table *table)
{
	GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct entry));

	for (unsigned i = 0; i < table->rows->len; i++) {
		const struct blame_row *row = table->rows->pdata[i];

		for (unsigned j = 0; j < row->size; j++) {
			const struct blame_part *part = &row->parts[j];
			struct entry entry = { .key = row->key,
					       .holder = part->holder,
					       .count = part->count,
					       .ns = part->ns };
			if (part->count && part->holder != BLAME_NOBODY)
				g_array_append_val(entries, entry);
		}
	}
	g_array_sort(entries, compare_entries);
	return entries;
}

/* Each entry is a tally of its object: of its waiter or of its holder. */
static void write_tallies(const struct writer *writer, const unsigned *rows, const GArray *entries,
			  bool is_of_waiters)
{
	for (unsigned i = 0; i < entries->len; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);
		unsigned number = entry->key.object == BLAME_JOIN
					  ? 0
					  : rows[row_index(entry->key.object, entry->key.is_read)];
		uint32_t thread = is_of_waiters ? entry->key.waiter : entry->holder;
		if (!number)
			continue;
		struct contention *row =
			&g_array_index(writer->report->contention, struct contention, number - 1);
		struct tally tally = { .thread = thread_name(writer, thread),
				       .count = entry->count,
				       .ns = entry->ns };
		g_array_append_val(is_of_waiters ? row->waiters : row->holders, tally);
	}
}

static void write_waiters(const struct writer *writer, const unsigned *rows)
{
	g_autoptr(GArray) entries = waiter_entries(&writer->state->book.by_thread);

	write_tallies(writer, rows, entries, true);
}

static void write_holders(const struct writer *writer, const unsigned *rows)
{
	const GPtrArray *all = writer->state->book.by_thread.rows;
	struct blame_table sums;

	blame_table_init(&sums);
	for (unsigned i = 0; i < all->len; i++) {
		const struct blame_row *row = all->pdata[i];
		struct blame_key key = row->key;

		key.waiter = BLAME_NOBODY;
		struct blame_row *sum = blame_row_of(&sums, key);
		for (unsigned j = 0; j < row->size; j++)
			if (row->parts[j].count)
				blame_row_sum(sum, &row->parts[j]);
	}
	g_autoptr(GArray) entries = holder_entries(&sums);
	write_tallies(writer, rows, entries, false);
	blame_table_done(&sums);
}

/* Places are told of the rows with most time. */
#define PLACED_ROWS_MAX 200

static void write_places(const struct writer *writer, const GArray *entries)
{
	struct blamed blamed[PLACED_ROWS_MAX];
	unsigned count = MIN(entries->len, PLACED_ROWS_MAX);

	for (unsigned i = 0; i < count; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);

		blamed[i] = (struct blamed){ .key = entry->key, .holder = entry->holder };
	}
	contention_report_places(writer->state, blamed, count, writer->names, writer->report);
}

static void write_blame(const struct writer *writer)
{
	g_autoptr(GArray) entries = holder_entries(&writer->state->book.by_thread);

	for (unsigned i = 0; i < entries->len; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);
		struct blame row = { .waiter = thread_name(writer, entry->key.waiter),
				     .holder = thread_name(writer, entry->holder),
				     .count = entry->count,
				     .ns = entry->ns };
		if (entry->key.object == BLAME_JOIN) {
			row.object = (struct report_object){ .id = entry->holder,
							     .kind = "thread",
							     .name = row.holder };
		} else {
			const struct object *object = writer->lookup.objects[entry->key.object];
			row.object = names_report_object(writer->names, object);
			row.mode = wording_mode_word(object, entry->key.is_read);
		}
		g_array_append_val(writer->report->blame, row);
	}
	write_places(writer, entries);
}

static void add_thread(const struct writer *writer, const struct thread *thread)
{
	const struct contention_state *state = writer->state;
	struct thread_row row = { .pid = thread->process->pid,
				  .tid = thread->tid,
				  .name = names_thread(writer->names, thread),
				  .state = wording_state(thread),
				  .lifetime_ns = elapsed_ns(thread->start_ns, thread->end_ns) };

	if (thread->id < state->thread_count)
		memcpy(row.blocked_ns, state->threads[thread->id].blocked_ns,
		       sizeof(row.blocked_ns));
	g_array_append_val(writer->report->threads, row);
}

static int compare_processes(const void *a, const void *b)
{
	const struct process *left = *(struct process *const *)a;
	const struct process *right = *(struct process *const *)b;

	if (left->pid != right->pid)
		return left->pid < right->pid ? -1 : 1;
	return compare_u64(left->index, right->index);
}

static void write_threads(const struct writer *writer, const struct model *model)
{
	g_autoptr(GPtrArray)
		processes = g_ptr_array_copy((GPtrArray *)model_processes(model), NULL, NULL);

	g_ptr_array_sort(processes, compare_processes);
	for (unsigned i = 0; i < processes->len; i++) {
		const struct process *process = processes->pdata[i];

		for (unsigned j = 0; j < process->threads->len; j++)
			add_thread(writer, process->threads->pdata[j]);
	}
}

void contention_report(const struct contention_state *state, const struct model *model,
		       struct names *names, struct report *report)
{
	size_t object_count = model_object_count(model);
	g_autofree unsigned *rows = g_new0(unsigned, 2 * object_count + 2);
	struct writer writer = { .state = state, .names = names, .report = report };

	lookup_init(&writer.lookup, model);
	write_objects(&writer, rows);
	write_waiters(&writer, rows);
	write_holders(&writer, rows);
	write_blame(&writer);
	write_threads(&writer, model);
	lookup_done(&writer.lookup);
}

void contention_tally_holds(struct histogram *hold, int64_t sample_ns, uint64_t count)
{
	uint64_t weight = MIN(count, CONTENTION_TALLY_MAX);
	int64_t rest;

	for (uint64_t i = 0; i < weight; i++)
		histogram_add(hold, sample_ns);
	if (__builtin_mul_overflow(count - weight, sample_ns, &rest) ||
	    __builtin_add_overflow(hold->total, rest, &hold->total))
		hold->total = INT64_MAX;
}

static void stats_done(struct lock_stats *stats)
{
	struct wait_stats *waits = stats->waits;

	histogram_done(&stats->hold);
	if (!waits)
		return;
	histogram_done(&waits->wait);
	turns_done(&waits->turns);
	g_free(waits);
}

void contention_free(struct contention_state *state)
{
	for (unsigned i = 0; i < state->lock_count; i++) {
		struct lock_stats *read = state->locks[i].waits ? state->locks[i].waits->read
								: NULL;

		if (read)
			stats_done(read);
		g_free(read);
		stats_done(&state->locks[i]);
	}
	g_free(state->locks);
	g_free(state->threads);
	blame_book_done(&state->book);
	g_free(state);
}
