/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: calls that blocked, by place. */
#include "analyzer/formats/text.h"

static const struct table_column columns[] = {
	{ "blocked", false }, { "calls", false }, { "max", false },
	{ "threads", false }, { "call", true },	  { "at", true },
};

void text_calls(const struct text *text)
{
	const GArray *rows = text->report->blocking_calls;
	guint shown = text_rows_shown(text, rows->len);
	int64_t rest_ns = 0;

	if (!rows->len)
		return;
	struct table *table = table_new(columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < rows->len; i++) {
		const struct blocking_call *row = &g_array_index(rows, struct blocking_call, i);

		if (i >= shown) {
			rest_ns += row->total;
			continue;
		}
		text_add_ns(table, row->total);
		table_add(table, text_count(row->count));
		text_add_ns(table, row->max);
		table_add(table, text_count(row->threads));
		text_add_name(table, row->call);
		text_add_name(table, row->place);
	}
	text_heading(text, "Blocking calls", shown, rows->len);
	table_write(table, text->out);
	text_rest(text, rows->len - shown, rest_ns, "blocked");
	table_free(table);
}
