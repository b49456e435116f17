/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of a report format. The table of all of them is in registry.c. */
#ifndef ANALYZER_FORMAT_H
#define ANALYZER_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/report.h"
#include "libtrace/error.h"

struct format_options {
	unsigned top; /* rows per table, 0 all */
	bool has_color;
	bool lists_dropped;	 /* show examples of dropped lock-order cycles */
	bool shows_set_aside;	 /* tell what is suppressed or in the baseline in full too */
	bool has_baseline;	 /* some is read or written */
	bool is_junit_strict;	 /* only what Jenkins' schema permits */
	enum level fail_on;	 /* findings below it fail no test */
	const char *source_root; /* as for sources_new() */
};

/* Whether the formats list finding. */
static inline bool format_lists(const struct format_options *options, const struct finding *finding)
{
	return options->shows_set_aside || finding_counts(finding);
}

struct format {
	const char *name;
	const char *summary; /* one line for `heddle list formats` */
	int (*write)(FILE *out, const struct report *report, const struct format_options *options,
		     struct error *err) MUST_CHECK;
	/* Reports of several traces, and the one of what they show together. */
	int (*write_several)(FILE *out, const GPtrArray *reports, const struct report *joined,
			     const struct format_options *options, struct error *err) MUST_CHECK;
};

#endif
