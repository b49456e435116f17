/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: the critical path, its longest parts, and the locks on it. */
#include "analyzer/formats/text.h"

#include <inttypes.h>
#include <string.h>

static const struct table_column part_columns[] = {
	{ "from", false },  { "took", false }, { "%", false }, { "times", false },
	{ "thread", true }, { "does", true },  { "at", true },
};

static const struct table_column lock_columns[] = {
	{ "waited", false }, { "%", false },	   { "times", false }, { "held", false },
	{ "%", false },	     { "if free", false }, { "lock", true },
};

static void add_share(GString *shares, const char *word, int64_t ns, int64_t whole_ns)
{
	if (ns > 0)
		g_string_append_printf(shares, "%s%s %.1f %%", shares->len ? ", " : "", word,
				       100 * (double)ns / (double)whole_ns);
}

/* How long it is, and what with. */
static void write_summary(const struct text *text, const struct critical_path *path)
{
	g_autofree char *length = text_duration(path->ns);
	g_autofree char *since = text_duration(path->start_ns);
	g_autofree char *process = text_clean(path->process, TEXT_LINE_MAX);
	GString *shares = g_string_new(NULL);

	add_share(shares, "running", path->running_ns, path->ns);
	add_share(shares, "woken but not yet running", path->waking_ns, path->ns);
	add_share(shares, "in calls and up to time limits", path->blocked_ns, path->ns);
	add_share(shares, "waiting for what is not known", path->unknown_ns, path->ns);
	add_share(shares, "in a wait that never ended", path->endless_ns, path->ns);
	bool is_summary = text->report->trace.detail == TRACE_DETAIL_SUMMARY;
	g_autofree char *sentence = g_strdup_printf(
		"%s of process %" PRId32 "%s%s%s, back from its end%s%s%s: %s.%s%s%s", length,
		path->pid, path->process ? " (" : "", path->process ? process : "",
		path->process ? ")" : "", path->is_cut ? " to +" : "", path->is_cut ? since : "",
		path->is_cut ? ", before which --path-memory did not reach" : "", shares->str,
		path->ending ? " " : "", path->ending ? path->ending : "",
		is_summary ? " In a summary, how long locks were held is not told, nor all that "
			     "ended a wait."
			   : "");
	text_wrap(text, 2, sentence);
	g_string_free(shares, TRUE);
}

/* "runs", "waits for A", "runs, then signals B for two", "runs, then creates two" */
static void add_does(struct table *table, const struct path_segment *part)
{
	g_autofree char *object = text_clean_name(part->object, TEXT_NAME_MAX);
	g_autofree char *next = text_clean_name(part->next, TEXT_NAME_MAX);
	/* What wakes it up was told where that was done. */
	bool is_own = (part->then && !strcmp(part->then, "ends")) ||
		      !strcmp(part->action, "wakes up");
	GString *words = g_string_new(part->action);

	if (part->then)
		g_string_append_printf(words, ", then %s", part->then);
	if (part->object && !is_own)
		g_string_append_printf(words, " %s", object);
	if (part->then && part->next)
		g_string_append_printf(words, "%s %s", strcmp(part->then, "creates") ? " for" : "",
				       next);
	table_add(table, g_string_free(words, FALSE));
}

static void add_part(struct table *table, const struct path_segment *part, int64_t whole_ns)
{
	text_add_ns(table, part->ns);
	text_add_percent(table, (double)part->ns, (double)whole_ns);
	table_add(table, part->count > 1 ? text_count(part->count) : NULL);
	text_add_name(table, part->thread);
	add_does(table, part);
	table_add(table, part->place ? text_clean_name(part->place, TEXT_NAME_MAX) : NULL);
}

/* All of it, in order of time. */
static void write_parts(const struct text *text, const struct critical_path *path)
{
	struct table *table = table_new(part_columns, G_N_ELEMENTS(part_columns));

	for (guint i = 0; i < path->segments->len; i++) {
		const struct path_segment *part =
			&g_array_index(path->segments, struct path_segment, i);
		g_autofree char *from = text_duration(part->start_ns);

		table_add(table, g_strdup_printf("+%s", from));
		add_part(table, part, path->ns);
	}
	table_write(table, text->out);
	table_free(table);
}

/* Parts that are alike together, the longest ones. */
static void write_sums(const struct text *text, const struct critical_path *path)
{
	guint shown = text_rows_shown(text, path->sums->len);
	struct table *table = table_new(part_columns, G_N_ELEMENTS(part_columns));
	int64_t rest_ns = path->ns;

	for (guint i = 0; i < shown; i++) {
		const struct path_segment *sum = &g_array_index(path->sums, struct path_segment, i);

		table_add(table, NULL);
		add_part(table, sum, path->ns);
		rest_ns -= sum->ns;
	}
	table_write(table, text->out);
	text_rest(text, path->sums->len - shown, MAX(rest_ns, 0), "long");
	table_free(table);
}

static void write_locks(const struct text *text, const struct critical_path *path)
{
	guint shown = text_rows_shown(text, path->locks->len);
	struct table *table = table_new(lock_columns, G_N_ELEMENTS(lock_columns));
	int64_t rest_ns = 0;

	for (guint i = 0; i < path->locks->len; i++) {
		const struct path_lock_share *lock =
			&g_array_index(path->locks, struct path_lock_share, i);
		g_autofree char *spared = text_duration(lock->free_ns);

		if (i >= shown) {
			rest_ns += lock->wait_ns;
			continue;
		}
		text_add_ns(table, lock->wait_ns);
		text_add_percent(table, (double)lock->wait_ns, (double)path->ns);
		table_add(table, lock->waits ? text_count(lock->waits) : NULL);
		text_add_ns(table, MAX(lock->hold_ns, 0));
		text_add_percent(table, (double)lock->hold_ns, (double)path->ns);
		table_add(table, lock->free_ns > 0 ? g_strdup_printf("-%s", spared) : NULL);
		text_add_name(table, lock->object.name);
	}
	text_heading(text, "Locks on the critical path, if free it were shorter by so much at most",
		     shown, path->lock_count);
	table_write(table, text->out);
	text_rest(text, path->lock_count - shown, rest_ns, "waited");
	table_free(table);
}

/* What one thread alone did has no path that were worth a table. */
void text_path(const struct text *text)
{
	const struct critical_path *path = &text->report->critical_path;

	if (path->ns <= 0 || (path->thread_count < 2 && text->options->top))
		return;
	bool is_short = path->segment_count <= text_rows_shown(text, path->segments->len);
	text_heading(text, is_short ? "Critical path" : "Critical path, by thread and place",
		     is_short ? 0 : text_rows_shown(text, path->sums->len),
		     is_short ? 0 : path->sums->len);
	write_summary(text, path);
	if (is_short)
		write_parts(text, path);
	else
		write_sums(text, path);
	if (path->locks->len)
		write_locks(text, path);
}
