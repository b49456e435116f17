/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Columns of text that line up. */
#include "analyzer/formats/table.h"

#include <glib.h>

struct table {
	const struct table_column *columns;
	unsigned count;
	GPtrArray *cells; /* char *, NULL empty; count of them make a row */
};

struct table *table_new(const struct table_column *columns, unsigned count)
{
	struct table *table = g_new0(struct table, 1);

	table->columns = columns;
	table->count = count;
	table->cells = g_ptr_array_new_with_free_func(g_free);
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	g_ptr_array_unref(table->cells);
	g_free(table);
}

void table_add(struct table *table, char *text)
{
	g_ptr_array_add(table->cells, text);
}

/* Cells hold valid UTF-8, which text_clean() has seen to. */
static int table_length(const char *text)
{
	return (int)g_utf8_strlen(text, -1);
}

/* 0: nothing in that column. */
static int table_width(const struct table *table, unsigned column)
{
	int width = 0;

	for (guint i = column; i < table->cells->len; i += table->count) {
		const char *cell = g_ptr_array_index(table->cells, i);
		if (cell)
			width = MAX(width, table_length(cell));
	}
	return width ? MAX(width, table_length(table->columns[column].title)) : 0;
}

/* A gap is what still has to be written before the next cell: no line ends in spaces. */
static int table_cell(FILE *out, int gap, const struct table_column *column, const char *text,
		      int width)
{
	int rest = width - table_length(text);

	if (!*text)
		return gap + width + 2;
	if (column->is_left) {
		fprintf(out, "%*s%s", gap, "", text);
		return rest + 2;
	}
	fprintf(out, "%*s%s", gap + rest, "", text);
	return 2;
}

void table_write(const struct table *table, FILE *out)
{
	g_autofree int *widths = g_new(int, table->count);
	int gap = 2;

	for (unsigned column = 0; column < table->count; column++) {
		widths[column] = table_width(table, column);
		if (widths[column])
			gap = table_cell(out, gap, &table->columns[column],
					 table->columns[column].title, widths[column]);
	}
	for (guint i = 0; i < table->cells->len; i++) {
		const char *cell = g_ptr_array_index(table->cells, i);
		unsigned column = i % table->count;

		if (!column) {
			putc('\n', out);
			gap = 2;
		}
		if (widths[column])
			gap = table_cell(out, gap, &table->columns[column], cell ? cell : "",
					 widths[column]);
	}
	putc('\n', out);
}
