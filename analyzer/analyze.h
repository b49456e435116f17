/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a trace to a finished report: reader, model and all analyses in one pass. */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include <signal.h>

#include "analyzer/analysis.h"
#include "analyzer/lists.h"
#include "analyzer/moment.h"
#include "analyzer/progress.h"
#include "analyzer/report.h"
#include "libtrace/error.h"

struct analyze_options {
	const char *path; /* as reader_open() takes it */
	enum level fail_on;
	struct lists *lists; /* set findings aside; NULL: none */
	struct limits limits;
	/* Given: what is reported is what was known then, and no wait that ended later is for ever. */
	struct moment_time at;
	struct progress *progress; /* NULL: nothing is shown */
	/* Not 0: stop as soon as possible, with -EINTR. NULL: never. */
	const volatile sig_atomic_t *interrupt;
};

/*
 * Fill report, which is new. Errors: what the reader says, a trace without a single
 * event, a moment that is not in it, -EINTR. The progress line is gone at return.
 */
int analyze_trace(const struct analyze_options *options, struct report *report,
		  struct error *err) MUST_CHECK;

#endif
