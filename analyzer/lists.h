/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of a user, suppressions and baseline: which findings of a run they set aside. */
#ifndef ANALYZER_LISTS_H
#define ANALYZER_LISTS_H

#include "analyzer/report.h"
#include "libtrace/error.h"

#define LIST_FILES_MAX 64

/* Names of files, which must outlive this; NULL: not asked for. */
struct list_options {
	const char *suppressions[LIST_FILES_MAX];
	unsigned suppression_count;
	const char *generated; /* where suppressions for the findings go */
	const char *baseline, *written_baseline;
	bool prunes_baseline;
	bool is_strict; /* a suppression that is not used is a failure */
};

struct lists;

/* Read all, and see whether what is to be written can be; an error is of usage. */
int lists_open(const struct list_options *options, struct lists **ret,
	       struct error *err) MUST_CHECK;
void lists_free(struct lists *lists); /* NULL is allowed */

/*
 * Set findings of report, which is finished, aside, and judge it again. Where a baseline is to be
 * written, findings at or above fail_on (LEVEL_NONE: warnings) go into it, and so are set aside.
 */
void lists_apply(struct lists *lists, struct report *report, enum level fail_on);

/*
 * Write what is asked for, when lists_apply() was called for each of reports (struct report *).
 * is_whole: nothing is missing that could have been found. Sentences to be said are appended to
 * sentences, which frees them with g_free(), whatever is returned.
 */
int lists_finish(struct lists *lists, const GPtrArray *reports, bool is_whole, GPtrArray *sentences,
		 struct error *err) MUST_CHECK;

/* After lists_finish(): a suppression was not used, and that is a failure. */
bool lists_have_failed(const struct lists *lists);

#endif
