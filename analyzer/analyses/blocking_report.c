/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocking calls as rows, long waits and holds as notes, both in words. */
#include <inttypes.h>
#include <string.h>

#include "analyzer/analyses/blocking.h"
#include "analyzer/analyses/wording.h"

/* Notes of one rule: the rest is counted. */
#define TOLD_MAX 100

/* Two places are one row where all their frames read the same: of processes of one program. */
static void append_stack(GString *words, const struct stack *stack)
{
	for (unsigned i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		g_string_append_printf(words, "\n%s\t%s:%d\t%s+%" PRIx64,
				       frame->function ? frame->function : "",
				       frame->file ? frame->file : "", frame->line,
				       frame->module ? frame->module : "", frame->offset);
	}
}

/* The row of a call, which is made where there is none. */
static unsigned find_row(GArray *rows, GHashTable *by_words, struct names *names,
			 const struct call_stats *call)
{
	struct blocking_call row = {
		.call = *call->call ? call->call : "?",
		.kind = call->kind == WAIT_SLEEP ? BLOCKED_SLEEP : BLOCKED_IO,
		.place = call->place.process ? names_place(names, call->place) : "other places",
		.stack = names_stack(names, call->place),
	};
	GString *words = g_string_new(row.call);

	g_string_append_printf(words, "\t%d\t%s", row.kind, row.place);
	append_stack(words, &row.stack);
	unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(by_words, words->str));
	if (number) {
		g_string_free(words, TRUE);
		return number - 1;
	}
	g_array_append_val(rows, row);
	g_hash_table_insert(by_words, g_string_free(words, FALSE), GUINT_TO_POINTER(rows->len));
	return rows->len - 1;
}

/* A thread that called from two places of one row counts once. */
static void count_threads(const struct blocking_state *state, GArray *rows,
			  const unsigned *row_of_call)
{
	struct address_table seen = { 0 };

	for (unsigned i = 0; i < state->callers->len; i++) {
		struct caller *caller = &g_array_index(state->callers, struct caller, i);
		unsigned number = row_of_call[caller->call];
		uint64_t key = (uint64_t)number << 32 | caller->thread;

		if (address_table_get(&seen, key))
			continue;
		address_table_set(&seen, key, caller);
		g_array_index(rows, struct blocking_call, number).threads++;
	}
	address_table_done(&seen);
}

/* Most time first, then as they came; the sort is stable. */
static int compare_rows(const void *a, const void *b)
{
	const struct blocking_call *left = a, *right = b;

	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	return (left->count < right->count) - (left->count > right->count);
}

void blocking_report_calls(const struct blocking_state *state, struct names *names,
			   struct report *report)
{
	g_autoptr(GHashTable)
		by_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree unsigned *row_of_call = g_new0(unsigned, state->calls->len + 1);
	GArray *rows = report->blocking_calls;

	for (unsigned i = 0; i < state->calls->len; i++) {
		const struct call_stats *call = state->calls->pdata[i];
		row_of_call[i] = find_row(rows, by_words, names, call);
		struct blocking_call *row =
			&g_array_index(rows, struct blocking_call, row_of_call[i]);
		row->call = report_string(report, row->call);
		row->count += call->count;
		row->total = report_sum_ns(row->total, call->total);
		row->max = MAX(row->max, call->max);
	}
	count_threads(state, rows, row_of_call);
	g_array_sort(rows, compare_rows);
}

/* A finding to be: notes of one identity. */
struct told {
	enum note_rule rule;
	GPtrArray *identity; /* const char * */
	uint64_t count;
	int64_t total;
	const struct spell *longest;
};

static const char *call_name(const struct wait *wait)
{
	return *wait->call ? wait->call : "a call";
}

/* What a wait is for, in words that are the same in every run. */
static const char *stable_reason(const struct wording *wording, const struct wait *wait)
{
	if (wait->kind == WAIT_IO || wait->kind == WAIT_SLEEP)
		return call_name(wait);
	if (wait->object)
		return names_object_stable(wording->names, wait->object);
	return wait->target ? report_format(wording->report, "end of %s",
					    names_thread_stable(wording->names, wait->target))
			    : "end of a thread";
}

static GPtrArray *identity_of(const struct wording *wording, const struct spell *spell)
{
	GPtrArray *words = g_ptr_array_new();

	if (spell->hold.object)
		g_ptr_array_add(words,
				(char *)names_object_stable(wording->names, spell->hold.object));
	if (spell->wait.kind)
		g_ptr_array_add(words, (char *)stable_reason(wording, &spell->wait));
	g_ptr_array_add(words, (char *)names_place_stable(wording->names,
							  spell->wait.kind ? spell->wait.place
									   : spell->hold.place));
	return words;
}

static void told_done(void *pointer)
{
	struct told *told = pointer;

	g_ptr_array_unref(told->identity);
}

static void add_told(const struct wording *wording, GArray *list, GHashTable *by_words,
		     const struct note *note)
{
	struct told told = { .rule = note->rule,
			     .identity = identity_of(wording, &note->longest),
			     .longest = &note->longest };
	g_autofree char *key =
		g_strdup_printf("%d\n%s\n%s\n%s", note->rule, (char *)told.identity->pdata[0],
				(char *)told.identity->pdata[1],
				told.identity->len > 2 ? (char *)told.identity->pdata[2] : "");
	unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(by_words, key));

	if (number) {
		told_done(&told);
	} else {
		g_array_append_val(list, told);
		number = list->len;
		g_hash_table_insert(by_words, g_steal_pointer(&key), GUINT_TO_POINTER(number));
	}
	struct told *sums = &g_array_index(list, struct told, number - 1);
	sums->count += note->count;
	sums->total = report_sum_ns(sums->total, note->total);
	if (note->longest.ns > sums->longest->ns)
		sums->longest = &note->longest;
}

static int compare_told(const void *a, const void *b)
{
	const struct told *left = a, *right = b;

	if (left->rule != right->rule)
		return left->rule < right->rule ? -1 : 1;
	return (left->total < right->total) - (left->total > right->total);
}

/* "blocks in read", "sleeps in nanosleep"; of a wait for something, what goes before its name. */
static const char *action_of(const struct wording *wording, const struct wait *wait)
{
	if (wait->kind == WAIT_IO)
		return report_format(wording->report, "blocks in %s", call_name(wait));
	if (wait->kind == WAIT_SLEEP)
		return report_format(wording->report, "sleeps in %s", call_name(wait));
	if (wait->object)
		return wording_action(WORDING_WAITS, wait->object, wait->is_read);
	return "waits for";
}

/* NULL: it waits in a call. */
static const char *reason_of(const struct wording *wording, const struct wait *wait)
{
	if (wait->object)
		return names_object(wording->names, wait->object);
	if (wait->kind != WAIT_JOIN)
		return NULL;
	return wait->target ? report_format(wording->report, "the end of %s",
					    names_thread(wording->names, wait->target))
			    : "the end of a thread";
}

static void add_wait_step(const struct wording *wording, struct finding *finding,
			  const struct spell *spell)
{
	const struct wording_step step = { .thread = spell->thread,
					   .action = action_of(wording, &spell->wait),
					   .object = reason_of(wording, &spell->wait),
					   .place = spell->wait.place,
					   .time_ns = spell->wait.since_ns };

	wording_add_step(wording, finding, &step);
	g_array_index(finding->steps, struct finding_step, finding->steps->len - 1).since_ns =
		spell->ns;
}

static void add_hold_step(const struct wording *wording, struct finding *finding,
			  const struct spell *spell)
{
	const struct hold *hold = &spell->hold;
	const struct wording_step step = { .thread = spell->thread,
					   .action = wording_action(WORDING_HOLDS, hold->object,
								    hold->is_read),
					   .object = names_object(wording->names, hold->object),
					   .place = hold->place,
					   .time_ns = hold->since_ns };

	wording_add_step(wording, finding, &step);
}

/* "worker waits for ready", "worker holds lock" */
static const char *doing(const struct wording *wording, const struct finding_step *step)
{
	return report_format(wording->report, "%s %s%s%s", step->thread, step->action,
			     step->object ? " " : "", step->object ? step->object : "");
}

static const char *message_of(const struct blocking_state *state, const struct wording *wording,
			      const struct told *told, const struct finding *finding)
{
	const struct spell *spell = told->longest;
	const struct finding_step *first = &g_array_index(finding->steps, struct finding_step, 0);
	const struct finding_step *last =
		&g_array_index(finding->steps, struct finding_step, finding->steps->len - 1);
	const char *words = doing(wording, last);

	switch (told->rule) {
	case NOTE_BLOCKED_HOLDING:
		return report_format(wording->report, "%s at %s while it %s %s.", words,
				     names_place(wording->names, spell->wait.place), first->action,
				     first->object);
	case NOTE_LONG_WAIT:
		return report_format(wording->report, "%s at %s for %s or longer.", words,
				     names_place(wording->names, spell->wait.place),
				     names_duration(wording->names, state->limits.wait_ns));
	default:
		return report_format(wording->report, "%s, acquired at %s, for %s or longer.",
				     words, names_place(wording->names, spell->hold.place),
				     names_duration(wording->names, state->limits.hold_ns));
	}
}

static void tell(const struct blocking_state *state, const struct wording *wording,
		 struct told *told)
{
	static const char *const rules[NOTE_RULE_COUNT] = {
		[NOTE_BLOCKED_HOLDING] = "blocking-while-holding",
		[NOTE_LONG_WAIT] = "long-wait",
		[NOTE_LONG_HOLD] = "long-hold",
	};
	const struct spell *spell = told->longest;
	struct finding *finding = wording_finding(wording, rules[told->rule], LEVEL_NOTE,
						  CERTAINTY_ACTUAL, spell->thread->process);

	finding->count = (unsigned)MIN(told->count, UINT32_MAX);
	g_ptr_array_add(finding->threads, (char *)names_thread(wording->names, spell->thread));
	if (spell->hold.object) {
		add_hold_step(wording, finding, spell);
		g_ptr_array_add(finding->objects,
				(char *)names_object(wording->names, spell->hold.object));
	}
	if (spell->wait.kind)
		add_wait_step(wording, finding, spell);
	else
		g_array_index(finding->steps, struct finding_step, 0).since_ns = spell->ns;
	if (spell->wait.object)
		g_ptr_array_add(finding->objects,
				(char *)names_object(wording->names, spell->wait.object));
	finding->message = message_of(state, wording, told, finding);
	g_ptr_array_add(finding->notes,
			(char *)wording_amount(wording, told->count, told->total, spell->ns));
	wording_set_identity(wording, finding, g_ptr_array_ref(told->identity));
}

/* Those that are not told hang on the last one that is: a finding tells what it does not. */
static void tell_all(const struct blocking_state *state, const struct wording *wording,
		     GArray *list)
{
	unsigned told = 0;
	uint64_t untold = 0;

	for (unsigned i = 0; i < list->len; i++) {
		struct told *each = &g_array_index(list, struct told, i);
		bool is_last = i + 1 == list->len || each[1].rule != each->rule;

		if (told++ < TOLD_MAX)
			tell(state, wording, each);
		else
			untold++;
		if (is_last) {
			wording_untold(wording, untold);
			told = untold = 0;
		}
	}
	if (list->len)
		wording_untold(wording, state->untold);
}

void blocking_report_notes(const struct blocking_state *state, const struct model *model,
			   struct names *names, struct report *report)
{
	const struct wording wording = { .model = model, .names = names, .report = report };
	g_autoptr(GHashTable)
		by_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct told));

	g_array_set_clear_func(list, told_done);
	for (unsigned i = 0; i < state->notes->len; i++) {
		const struct note *note = state->notes->pdata[i];
		/* 0: of a release that failed. */
		if (note->count)
			add_told(&wording, list, by_words, note);
	}
	g_array_sort(list, compare_told);
	tell_all(state, &wording, list);
}
