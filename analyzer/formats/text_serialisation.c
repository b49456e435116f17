/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: where the program ran alone, or nearly so. */
#include "analyzer/formats/text.h"

static const struct table_column columns[] = {
	{ "share", false },	     { "%", false }, { "alone", false }, { "thread", true },
	{ "after a call at", true },
};

static void write_summary(const struct text *text, const struct serialisation *serialisation)
{
	g_autofree char *running = text_duration(serialisation->running_ns);
	g_autofree char *alone = text_duration(serialisation->alone_ns);
	g_autofree char *idle = text_duration(serialisation->idle_ns);
	bool is_summary = text->report->trace.detail == TRACE_DETAIL_SUMMARY;
	g_autofree char *sentences = g_strdup_printf(
		"Threads ran for %s, one alone for %s of that (%.1f %%); for %s none ran. While n ran, "
		"each has an n-th of the time as its share.%s",
		running, alone,
		100 * (double)serialisation->alone_ns / (double)serialisation->running_ns, idle,
		is_summary ? " In a summary, calls that are counted are passed over, and input, "
			     "output and sleep without a lock count as running."
			   : "");

	text_wrap(text, 2, sentences);
}

static void add_row(struct table *table, const struct serial_row *row, int64_t whole_ns)
{
	text_add_ns(table, row->share_ns);
	text_add_percent(table, (double)row->share_ns, (double)whole_ns);
	text_add_ns(table, row->alone_ns);
	text_add_name(table, row->thread);
	text_add_name(table, row->place);
}

void text_serialisation(const struct text *text)
{
	const struct serialisation *serialisation = &text->report->serialisation;
	const GArray *rows = serialisation->rows;
	guint shown = text_rows_shown(text, rows->len);
	int64_t rest_ns = serialisation->running_ns;

	if (!rows->len || serialisation->running_ns <= 0)
		return;
	struct table *table = table_new(columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < shown; i++) {
		const struct serial_row *row = &g_array_index(rows, struct serial_row, i);

		add_row(table, row, serialisation->running_ns);
		rest_ns -= MIN(rest_ns, row->share_ns);
	}
	text_heading(text, "Where the program ran alone, or with few", shown, rows->len);
	write_summary(text, serialisation);
	table_write(table, text->out);
	text_rest(text, rows->len - shown, rest_ns, "of shares");
	table_free(table);
}
