/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the text report share. */
#ifndef ANALYZER_FORMATS_TEXT_H
#define ANALYZER_FORMATS_TEXT_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/format.h"
#include "analyzer/formats/table.h"
#include "analyzer/report.h"

#define TEXT_WIDTH 98
#define TEXT_NAME_MAX 64  /* characters of a name in a table */
#define TEXT_LINE_MAX 160 /* of a name elsewhere */
#define TEXT_SENTENCE_MAX 2000

struct text {
	FILE *out;
	const struct report *report;
	const struct format_options *options;
};

enum text_color { TEXT_PLAIN, TEXT_BOLD, TEXT_RED, TEXT_YELLOW, TEXT_GREEN };

/* Where options ask for it. */
void text_color(const struct text *text, enum text_color color);

/*
 * name, which may be anything, made harmless: no control characters, none that turn the
 * direction of writing, valid UTF-8, at most max characters and then "...". NULL gives "?".
 * The caller frees it.
 */
char *text_clean(const char *name, unsigned max);

/*
 * The same, cut in the middle: the end of an object's name says where it was made. Of a native object,
 * "lock `accounts` made at ...", the place is cut, and the name only where it is too long itself.
 */
char *text_clean_name(const char *name, unsigned max);

/* Sentences, cleaned, and wrapped at TEXT_WIDTH; each line starts with indent spaces. */
void text_wrap(const struct text *text, int indent, const char *sentences);

/* "12 ns", "1.50 ms", "3.20 s". The caller frees it. */
char *text_duration(int64_t ns);
/* "1,234,567". The caller frees it. */
char *text_count(uint64_t count);
/* "1 lock", "2,000 locks". The caller frees it. */
char *text_counted(uint64_t count, const char *thing);

/* Cells of a table: a duration, empty for 0; part of whole in percent, empty for 0; a name. */
void text_add_ns(struct table *table, int64_t ns);
void text_add_percent(struct table *table, double part, double whole);
void text_add_name(struct table *table, const char *name);

/* One finding, with its number: in text_findings.c. */
void text_finding(const struct text *text, guint number, const struct finding *finding);

/* The frames of a stack, a line each; of a long one the first. */
void text_stack(const struct text *text, const struct stack *stack);

/* How many of so many rows are shown. */
guint text_rows_shown(const struct text *text, guint rows);
/* The heading of a table: a space, what it is, and how much of it is shown. */
void text_heading(const struct text *text, const char *title, guint shown, guint all);
/* What the rows that are not shown come to. */
void text_rest(const struct text *text, guint rows, int64_t ns, const char *did);

/* The parts of the report, in their order. */
void text_findings(const struct text *text);
void text_hang(const struct text *text);
void text_state(const struct text *text);
void text_tables(const struct text *text);
void text_calls(const struct text *text);
void text_path(const struct text *text);
void text_serialisation(const struct text *text);

#endif
