/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report: memory of all its words and lists, fingerprints, order and verdict. */
#include "analyzer/report.h"

#include <stdarg.h>
#include <string.h>

#define FINGERPRINT_DIGITS 16

static void finding_free(void *pointer)
{
	struct finding *finding = pointer;

	g_ptr_array_unref(finding->threads);
	g_ptr_array_unref(finding->objects);
	g_ptr_array_unref(finding->notes);
	g_ptr_array_unref(finding->identity);
	g_ptr_array_unref(finding->traces);
	g_array_unref(finding->steps);
	g_array_unref(finding->schedule);
	g_free(finding);
}

static void contention_done(void *pointer)
{
	struct contention *row = pointer;

	g_clear_pointer(&row->waiters, g_array_unref);
	g_clear_pointer(&row->holders, g_array_unref);
}

static void blame_done(void *pointer)
{
	struct blame *row = pointer;

	g_clear_pointer(&row->places, g_array_unref);
}

static void dropped_done(void *pointer)
{
	struct dropped *row = pointer;

	g_clear_pointer(&row->examples, g_ptr_array_unref);
}

static void state_thread_done(void *pointer)
{
	struct state_thread *row = pointer;

	if (row->wait)
		g_ptr_array_unref(row->wait->holders);
	g_array_unref(row->holds);
}

static void state_object_done(void *pointer)
{
	struct state_object *row = pointer;

	g_ptr_array_unref(row->holders);
	g_ptr_array_unref(row->waiters);
}

struct report *report_new(void)
{
	struct report *report = g_new0(struct report, 1);

	report->findings = g_ptr_array_new_with_free_func(finding_free);
	report->contention = g_array_new(FALSE, TRUE, sizeof(struct contention));
	g_array_set_clear_func(report->contention, contention_done);
	report->blame = g_array_new(FALSE, TRUE, sizeof(struct blame));
	g_array_set_clear_func(report->blame, blame_done);
	report->threads = g_array_new(FALSE, TRUE, sizeof(struct thread_row));
	report->blocking_calls = g_array_new(FALSE, TRUE, sizeof(struct blocking_call));
	report->dropped = g_array_new(FALSE, TRUE, sizeof(struct dropped));
	g_array_set_clear_func(report->dropped, dropped_done);
	report->orders = g_array_new(FALSE, TRUE, sizeof(struct kept_order));
	report->serialisation.rows = g_array_new(FALSE, TRUE, sizeof(struct serial_row));
	report->critical_path.segments = g_array_new(FALSE, TRUE, sizeof(struct path_segment));
	report->critical_path.sums = g_array_new(FALSE, TRUE, sizeof(struct path_segment));
	report->critical_path.locks = g_array_new(FALSE, TRUE, sizeof(struct path_lock_share));
	report->stable_names = g_hash_table_new(g_str_hash, g_str_equal);
	report->strings = g_string_chunk_new(4096);
	report->memory = g_ptr_array_new_with_free_func(g_free);
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	g_ptr_array_unref(report->findings);
	g_array_unref(report->contention);
	g_array_unref(report->blame);
	g_array_unref(report->threads);
	g_array_unref(report->blocking_calls);
	g_array_unref(report->dropped);
	g_array_unref(report->orders);
	if (report->state) {
		g_array_unref(report->state->threads);
		g_array_unref(report->state->objects);
	}
	if (report->hang) {
		g_array_unref(report->hang->threads);
		g_array_unref(report->hang->gaps);
	}
	g_array_unref(report->serialisation.rows);
	g_array_unref(report->critical_path.segments);
	g_array_unref(report->critical_path.sums);
	g_array_unref(report->critical_path.locks);
	g_hash_table_unref(report->stable_names);
	g_string_chunk_free(report->strings);
	g_ptr_array_unref(report->memory);
	g_free(report);
}

const char *report_string(struct report *report, const char *text)
{
	return text ? g_string_chunk_insert_const(report->strings, text) : NULL;
}

const char *report_format(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	return report_string(report, text);
}

void report_note_stable(struct report *report, const char *name, const char *stable)
{
	if (!g_hash_table_contains(report->stable_names, name))
		g_hash_table_insert(report->stable_names, (char *)report_string(report, name),
				    (char *)report_string(report, stable));
}

const char *report_stable_name(const struct report *report, const char *name)
{
	const char *stable = name ? g_hash_table_lookup(report->stable_names, name) : NULL;

	return stable ? stable : name;
}

void *report_alloc(struct report *report, size_t size)
{
	/* g_malloc0() gives NULL for nothing, and a list of nothing has an address too. */
	void *block = g_malloc0(size ? size : 1);

	g_ptr_array_add(report->memory, block);
	return block;
}

void report_state(struct report *report, int64_t at_ns)
{
	struct state *state = report_alloc(report, sizeof(*state));

	state->at_ns = at_ns;
	state->threads = g_array_new(FALSE, TRUE, sizeof(struct state_thread));
	g_array_set_clear_func(state->threads, state_thread_done);
	state->objects = g_array_new(FALSE, TRUE, sizeof(struct state_object));
	g_array_set_clear_func(state->objects, state_object_done);
	report->state = state;
}

struct hang *report_hang(struct report *report)
{
	struct hang *hang = report_alloc(report, sizeof(*hang));

	hang->threads = g_array_new(FALSE, TRUE, sizeof(struct hang_thread));
	hang->gaps = g_array_new(FALSE, TRUE, sizeof(struct hang_gap));
	report->hang = hang;
	return hang;
}

struct finding *report_finding(struct report *report, const char *rule, enum level level,
			       enum certainty certainty)
{
	struct finding *finding = g_new0(struct finding, 1);

	finding->rule = rule;
	finding->level = level;
	finding->certainty = certainty;
	finding->threads = g_ptr_array_new();
	finding->objects = g_ptr_array_new();
	finding->notes = g_ptr_array_new();
	finding->identity = g_ptr_array_new();
	finding->traces = g_ptr_array_new();
	finding->steps = g_array_new(FALSE, TRUE, sizeof(struct finding_step));
	finding->schedule = g_array_new(FALSE, TRUE, sizeof(struct schedule_step));
	finding->count = 1;
	g_ptr_array_add(report->findings, finding);
	return finding;
}

void report_drop(struct report *report, const char *reason, uint64_t cycles)
{
	const struct dropped row = { reason, cycles, g_ptr_array_new(), false };

	g_array_append_val(report->dropped, row);
}

struct finding_step *finding_step(struct finding *finding)
{
	struct finding_step step = { .time_ns = -1, .since_ns = -1 };

	g_array_append_val(finding->steps, step);
	return &g_array_index(finding->steps, struct finding_step, finding->steps->len - 1);
}

/* Each string with its NUL, so that no two lists of words look alike. */
static const char *fingerprint(struct report *report, const struct finding *finding)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	g_checksum_update(sum, (const guchar *)finding->rule, strlen(finding->rule) + 1);
	for (guint i = 0; i < finding->identity->len; i++) {
		const char *word = g_ptr_array_index(finding->identity, i);
		g_checksum_update(sum, (const guchar *)word, strlen(word) + 1);
	}
	return report_format(report, "%.*s", FINGERPRINT_DIGITS, g_checksum_get_string(sum));
}

/* Two of one fingerprint: the one that stays takes the place of first. */
static void finding_merge(struct finding *first, struct finding *other)
{
	unsigned count = first->count + other->count;
	bool is_hang = first->is_hang || other->is_hang;

	if (finding_is_worse(other, first)) {
		struct finding swapped = *first;
		*first = *other;
		*other = swapped;
	}
	first->count = count;
	first->is_hang = is_hang;
	finding_free(other);
}

static void findings_merge(struct report *report)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	guint kept = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		struct finding *finding = g_ptr_array_index(report->findings, i);
		finding->fingerprint = fingerprint(report, finding);
		struct finding *first = g_hash_table_lookup(seen, finding->fingerprint);
		if (first) {
			finding_merge(first, finding);
			continue;
		}
		g_hash_table_insert(seen, (char *)finding->fingerprint, finding);
		report->findings->pdata[kept++] = finding;
	}
	/* Not g_ptr_array_set_size(): it would free what has moved down. */
	report->findings->len = kept;
}

int report_compare_findings(const void *a, const void *b)
{
	const struct finding *one = *(struct finding *const *)a;
	const struct finding *other = *(struct finding *const *)b;

	if (one->level != other->level)
		return one->level > other->level ? -1 : 1;
	int order = strcmp(one->rule, other->rule);
	if (order == 0)
		order = g_strcmp0(one->message, other->message);
	return order ? order : strcmp(one->fingerprint, other->fingerprint);
}

void report_finish(struct report *report, enum level fail_on)
{
	findings_merge(report);
	g_ptr_array_sort(report->findings, report_compare_findings);
	report_judge(report, fail_on);
}

void report_judge(struct report *report, enum level fail_on)
{
	if (report_count(report, fail_on) > 0)
		report->verdict = VERDICT_FINDINGS;
	else if (!report->trace.is_complete)
		report->verdict = VERDICT_INCOMPLETE;
	else
		report->verdict = VERDICT_CLEAN;
}

unsigned report_count(const struct report *report, enum level level)
{
	unsigned count = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(report->findings, i);
		count += finding_counts(finding) && finding->level >= level;
	}
	return count;
}

unsigned report_suppressed(const struct report *report)
{
	unsigned count = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(report->findings, i);
		count += finding->suppressed_by != NULL;
	}
	return count;
}

unsigned report_baselined(const struct report *report)
{
	unsigned count = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(report->findings, i);
		count += finding->is_baselined;
	}
	return count;
}

const char *level_name(enum level level)
{
	static const char *const names[] = {
		[LEVEL_NOTE] = "note",
		[LEVEL_WARNING] = "warning",
		[LEVEL_ERROR] = "error",
		[LEVEL_NONE] = "none",
	};
	return names[level];
}

const char *certainty_name(enum certainty certainty)
{
	static const char *const names[] = {
		[CERTAINTY_POSSIBLE] = "possible",
		[CERTAINTY_WITNESSED] = "witnessed",
		[CERTAINTY_ACTUAL] = "actual",
	};
	return names[certainty];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_FINDINGS] = "findings",
		[VERDICT_INCOMPLETE] = "incomplete",
	};
	return names[verdict];
}

const char *blocked_kind_name(enum blocked_kind kind)
{
	static const char *const names[BLOCKED_KIND_COUNT] = {
		[BLOCKED_LOCK] = "lock",	   [BLOCKED_CONDITION] = "condition",
		[BLOCKED_SEMAPHORE] = "semaphore", [BLOCKED_BARRIER] = "barrier",
		[BLOCKED_JOIN] = "join",	   [BLOCKED_IO] = "io",
		[BLOCKED_SLEEP] = "sleep",	   [BLOCKED_EVENT] = "event",
	};
	return names[kind];
}
