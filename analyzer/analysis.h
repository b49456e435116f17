/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of an analysis. The table of all of them is in registry.c. */
#ifndef ANALYZER_ANALYSIS_H
#define ANALYZER_ANALYSIS_H

#include "analyzer/model.h"
#include "analyzer/names.h"
#include "analyzer/report.h"

struct analysis {
	const char *name;
	const char *summary; /* one line for `heddle list analyses` */
	void *(*start)(void);
	/* The model is as it is after this step. */
	void (*step)(void *self, const struct step *step);
	/* After model_finish(). Adds to report and frees self. */
	void (*finish)(void *self, const struct model *model, struct names *names,
		       struct report *report);
};

#endif
