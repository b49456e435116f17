/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: where time went, by lock, by thread, by who made whom wait. */
#include "analyzer/formats/text.h"

#include <string.h>

#define COLUMNS(columns) (columns), G_N_ELEMENTS(columns)

static const struct table_column lock_columns[] = {
	{ "acquired", false }, { "contended", false }, { "%", false },	  { "waited", false },
	{ "max", false },      { "p99", false },       { "held", false }, { "max", false },
	{ "p99", false },      { "lock", true },
};

static const struct table_column blame_columns[] = {
	{ "waited", false },	{ "times", false }, { "thread", true },
	{ "because of", true }, { "at", true },	    { "taken or ended at", true },
};

void text_add_ns(struct table *table, int64_t ns)
{
	table_add(table, ns ? text_duration(ns) : NULL);
}

void text_add_percent(struct table *table, double part, double whole)
{
	table_add(table,
		  part > 0 && whole > 0 ? g_strdup_printf("%.1f", 100 * part / whole) : NULL);
}

/* Waits that never ended are no acquisitions, but are among the contended ones. */
static void add_contended(struct table *table, const struct contention *row)
{
	text_add_percent(table, (double)row->contended,
			 (double)MAX(row->acquisitions, row->contended));
}

void text_add_name(struct table *table, const char *name)
{
	table_add(table, text_clean_name(name, TEXT_NAME_MAX));
}

/*
 * Most objects are mutexes, and many names begin with their kind: it is told only where neither
 * holds. Of an rwlock its mode says as much.
 */
static void add_object(struct table *table, const struct report_object *object, const char *mode)
{
	g_autofree char *name = text_clean_name(object->name, TEXT_NAME_MAX);

	if (mode)
		table_add(table, g_strdup_printf("%s (%s)", name, mode));
	else if (!strcmp(object->kind, "thread"))
		table_add(table, g_strdup_printf("end of %s", name));
	else if (!strcmp(object->kind, "mutex") || g_str_has_prefix(name, object->kind))
		table_add(table, g_steal_pointer(&name));
	else
		table_add(table, g_strdup_printf("%s (%s)", name, object->kind));
}

void text_heading(const struct text *text, const char *title, guint shown, guint all)
{
	putc('\n', text->out);
	text_color(text, TEXT_BOLD);
	fputs(title, text->out);
	text_color(text, TEXT_PLAIN);
	if (shown < all)
		fprintf(text->out, " (%u of %u)", shown, all);
	fputs(":\n", text->out);
}

guint text_rows_shown(const struct text *text, guint rows)
{
	return text->options->top ? MIN(rows, text->options->top) : rows;
}

void text_rest(const struct text *text, guint rows, int64_t ns, const char *did)
{
	g_autofree char *time = text_duration(ns);

	if (rows)
		fprintf(text->out, "  and %u more: %s %s\n", rows, time, did);
}

static void add_contention(struct table *table, const struct contention *row)
{
	table_add(table, text_count(row->acquisitions));
	table_add(table, row->contended ? text_count(row->contended) : NULL);
	add_contended(table, row);
	text_add_ns(table, row->wait.total);
	text_add_ns(table, row->wait.max);
	text_add_ns(table, row->wait.p99);
	text_add_ns(table, row->hold.total);
	text_add_ns(table, row->hold.max);
	text_add_ns(table, row->hold.p99);
	add_object(table, &row->object, row->mode);
}

static void add_total(struct table *table, const struct contention *sum)
{
	table_add(table, text_count(sum->acquisitions));
	table_add(table, text_count(sum->contended));
	add_contended(table, sum);
	text_add_ns(table, sum->wait.total);
	table_add(table, NULL);
	table_add(table, NULL);
	text_add_ns(table, sum->hold.total);
	table_add(table, NULL);
	table_add(table, NULL);
	table_add(table, g_strdup("all"));
}

static void sum_add(struct contention *sum, const struct contention *row)
{
	sum->acquisitions += row->acquisitions;
	sum->contended += row->contended;
	sum->wait.total = report_sum_ns(sum->wait.total, row->wait.total);
	sum->hold.total = report_sum_ns(sum->hold.total, row->hold.total);
}

static bool is_waited_for(const struct contention *row)
{
	return row->contended || row->wait.total;
}

/* Locks that nobody waited for are one line, except where all rows are asked for. */
static void write_quiet(const struct text *text, const struct contention *sum, guint rows)
{
	g_autofree char *locks = text_counted(rows, "lock");
	g_autofree char *times = text_counted(sum->acquisitions, "acquisition");

	if (rows)
		fprintf(text->out, "%sNobody waited for %s (%s).\n",
			rows == text->report->contention->len ? "\n" : "  ", locks, times);
}

static void write_locks(const struct text *text)
{
	const GArray *rows = text->report->contention;
	struct contention all = { .contended = 0 }, quiet = all, rest = all;
	struct table *table = table_new(COLUMNS(lock_columns));
	guint waited = 0, shown = 0;

	for (guint i = 0; i < rows->len; i++)
		waited += !text->options->top ||
			  is_waited_for(&g_array_index(rows, struct contention, i));
	for (guint i = 0; i < rows->len; i++) {
		const struct contention *row = &g_array_index(rows, struct contention, i);

		sum_add(&all, row);
		if (text->options->top && !is_waited_for(row)) {
			sum_add(&quiet, row);
		} else if (shown < text_rows_shown(text, waited)) {
			add_contention(table, row);
			shown++;
		} else {
			sum_add(&rest, row);
		}
	}
	if (shown) {
		if (rows->len > 1)
			add_total(table, &all);
		text_heading(text, "Locks by time waited for them", shown, rows->len);
		table_write(table, text->out);
		text_rest(text, waited - shown, rest.wait.total, "waited");
	}
	write_quiet(text, &quiet, rows->len - waited);
	table_free(table);
}

static int64_t blocked_total(const struct thread_row *row)
{
	int64_t total = 0;

	for (unsigned i = 0; i < BLOCKED_KIND_COUNT; i++)
		total = report_sum_ns(total, row->blocked_ns[i]);
	return total;
}

/* Most blocked first, then as they stand in the report: a stable order. */
static gint compare_blocked(gconstpointer a, gconstpointer b)
{
	const struct thread_row *left = *(const struct thread_row *const *)a;
	const struct thread_row *right = *(const struct thread_row *const *)b;
	int64_t left_ns = blocked_total(left), right_ns = blocked_total(right);

	if (left_ns != right_ns)
		return left_ns < right_ns ? 1 : -1;
	return left < right ? -1 : left > right;
}

static void add_thread(struct table *table, const struct thread_row *row)
{
	text_add_ns(table, blocked_total(row));
	text_add_percent(table, (double)blocked_total(row), (double)row->lifetime_ns);
	for (unsigned i = 0; i < BLOCKED_KIND_COUNT; i++)
		text_add_ns(table, row->blocked_ns[i]);
	text_add_ns(table, row->lifetime_ns);
	table_add(table, text_clean(row->state, TEXT_NAME_MAX));
	text_add_name(table, row->name);
}

static struct table *thread_table(void)
{
	static struct table_column columns[BLOCKED_KIND_COUNT + 5];
	unsigned count = 0;

	columns[count++] = (struct table_column){ "blocked", false };
	columns[count++] = (struct table_column){ "%", false };
	for (unsigned i = 0; i < BLOCKED_KIND_COUNT; i++)
		columns[count++] = (struct table_column){ blocked_kind_name(i), false };
	columns[count++] = (struct table_column){ "lived", false };
	columns[count++] = (struct table_column){ "state", true };
	columns[count++] = (struct table_column){ "thread", true };
	return table_new(columns, count);
}

static void write_threads(const struct text *text)
{
	const GArray *all = text->report->threads;
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	int64_t rest_ns = 0;

	for (guint i = 0; i < all->len; i++) {
		struct thread_row *row = &g_array_index(all, struct thread_row, i);
		if (!text->options->top || blocked_total(row))
			g_ptr_array_add(rows, row);
	}
	if (!rows->len)
		return;
	g_ptr_array_sort(rows, compare_blocked);
	guint shown = text_rows_shown(text, rows->len);
	struct table *table = thread_table();
	for (guint i = 0; i < rows->len; i++) {
		if (i < shown)
			add_thread(table, g_ptr_array_index(rows, i));
		else
			rest_ns += blocked_total(g_ptr_array_index(rows, i));
	}
	text_heading(text, "Threads by time blocked", shown, all->len);
	table_write(table, text->out);
	text_rest(text, rows->len - shown, rest_ns, "blocked");
	table_free(table);
}

/* Where most of it comes from: where the lock was taken, or the waiter woken. */
static void add_holder_place(struct table *table, const struct blame *row)
{
	const char *place = NULL;

	if (row->places && row->places->len)
		place = g_array_index(row->places, struct blame_place, 0).holder_place;
	table_add(table, place ? text_clean_name(place, TEXT_NAME_MAX) : NULL);
}

static void write_blame(const struct text *text)
{
	const GArray *rows = text->report->blame;
	guint shown = text_rows_shown(text, rows->len);
	int64_t rest_ns = 0;

	if (!rows->len)
		return;
	struct table *table = table_new(COLUMNS(blame_columns));
	for (guint i = 0; i < rows->len; i++) {
		const struct blame *row = &g_array_index(rows, struct blame, i);

		if (i >= shown) {
			rest_ns = report_sum_ns(rest_ns, row->ns);
			continue;
		}
		text_add_ns(table, row->ns);
		table_add(table, text_count(row->count));
		text_add_name(table, row->waiter);
		text_add_name(table, row->holder);
		add_object(table, &row->object, row->mode);
		add_holder_place(table, row);
	}
	text_heading(text, "Who waited because of whom", shown, rows->len);
	table_write(table, text->out);
	text_rest(text, rows->len - shown, rest_ns, "waited");
	table_free(table);
}

void text_tables(const struct text *text)
{
	write_locks(text);
	write_threads(text);
	write_blame(text);
}
