/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Columns of text that line up. */
#ifndef ANALYZER_FORMATS_TABLE_H
#define ANALYZER_FORMATS_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table_column {
	const char *title;
	bool is_left; /* words stand to the left, numbers to the right */
};

struct table;

/* columns must outlive the result. */
struct table *table_new(const struct table_column *columns, unsigned count);
void table_free(struct table *table); /* NULL is allowed */

/* The next cell, row after row. The table owns text (g_malloc) from now on. NULL: nothing. */
void table_add(struct table *table, char *text);

/* Each line begins with two spaces. A column with nothing in it is left out. */
void table_write(const struct table *table, FILE *out);

#endif
