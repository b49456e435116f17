/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the formats for continuous integration share. They list each finding once, with one place
 * in the source tree, and nothing of where time went.
 */
#ifndef ANALYZER_FORMATS_CI_H
#define ANALYZER_FORMATS_CI_H

#include <glib.h>
#include <stdio.h>

#include "analyzer/format.h"
#include "analyzer/report.h"
#include "analyzer/sources.h"

#define CI_NAME_MAX 160	 /* characters of a name */
#define CI_TEXT_MAX 4000 /* of a text made of several */

struct ci {
	const struct format_options *options;
	const struct report *report; /* of the one trace, or of what several show together */
	struct sources *sources;
	GPtrArray *findings; /* const struct finding *, each fingerprint once, worst first */
	GHashTable *pids;    /* process ids of the traces, as GINT_TO_POINTER() makes them */
};

/* A line of the source tree. */
struct ci_place {
	const char *path;
	int line;
	bool is_stand_in; /* the program itself: no frame of the finding lies in the tree */
};

/*
 * What a format has as write and write_several, by emit, which writes a whole document. reports:
 * NULL where report is of one trace.
 */
int ci_write(FILE *out, const GPtrArray *reports, const struct report *report,
	     const struct format_options *options, void (*emit)(FILE *out, const struct ci *ci),
	     struct error *err) MUST_CHECK;

/* Whether the steps are a ring of threads, each of which has its own in a row; else they are in order. */
bool ci_is_ring(const struct finding *finding);

/* The step at which the fault shows itself, and which is its place; NULL: there are no steps. */
const struct finding_step *ci_main_step(const struct finding *finding);

/* The innermost frame of the step that lies in the tree; false: none does. */
bool ci_step_place(const struct ci *ci, const struct finding_step *step, struct ci_place *ret);

/* The place of the main step, else of another one, else of the program. */
struct ci_place ci_place(const struct ci *ci, const struct finding *finding);

/* "one waits for B", in harmless characters. The caller frees it. */
char *ci_step_words(const struct finding_step *step);

/* Whether the finding is one that heddle's exit status tells of. */
bool ci_is_failure(const struct ci *ci, const struct finding *finding);

#endif
