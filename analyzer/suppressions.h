/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Suppressions: which findings somebody has decided about, by hand and with a reason. One a line:
 *
 *	RULE:KIND:PATTERN [KIND:PATTERN]... # reason
 *
 * in words as words_split() has them; RULE and PATTERN are patterns of glob.h.
 */
#ifndef ANALYZER_SUPPRESSIONS_H
#define ANALYZER_SUPPRESSIONS_H

#include <stdio.h>

#include "analyzer/report.h"
#include "libtrace/error.h"

struct suppression {
	char *file;	  /* that it stands in, as the user gave its name */
	unsigned line;	  /* in file, from 1 on */
	char *rule;	  /* pattern */
	GArray *patterns; /* struct suppression_pattern: each has to fit */
	char *reason;
	bool is_used; /* it has fitted some finding */
};

struct suppression_pattern {
	unsigned kind; /* of what; a row of a table of suppressions.c */
	char *text;
};

/* A list of them, for suppressions_read(); g_ptr_array_unref() frees it and all in it. */
GPtrArray *suppressions_new(void);

/*
 * Append those of a file. The first that is not as above ends it with -EINVAL and a sentence that
 * begins with file and line.
 */
int suppressions_read(GPtrArray *suppressions, const char *path, struct error *err) MUST_CHECK;

/* The same of one line, which may be blank or a comment; the sentence does not say where. */
int suppressions_read_line(GPtrArray *suppressions, const char *path, unsigned number,
			   const char *line, struct error *err) MUST_CHECK;

/* The first that finding of report fits, NULL none. All that it fits are used from then on. */
const struct suppression *suppressions_find(const GPtrArray *suppressions,
					    const struct report *report,
					    const struct finding *finding);

/*
 * Write a suppression for finding of report, with a comment on what it is: by rule, functions and
 * locks, and by the fingerprint where another finding of reports (struct report *) would fit too.
 */
void suppressions_write(FILE *out, const struct report *report, const struct finding *finding,
			const GPtrArray *reports);

#endif
