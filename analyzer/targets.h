/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the reports of one run go, each in its form: what --format and --output ask for together. */
#ifndef ANALYZER_TARGETS_H
#define ANALYZER_TARGETS_H

#include "analyzer/format.h"
#include "libtrace/error.h"

#define TARGETS_MAX 16

struct target {
	const struct format *format;
	const char *path; /* Weak; NULL: standard output */
};

struct targets {
	struct target rows[TARGETS_MAX];
	unsigned count;
};

/* text: "FORMAT" or "FORMAT:FILE", which must outlive targets. Errors are of usage. */
int targets_add(struct targets *targets, const char *text, struct error *err) MUST_CHECK;

/*
 * Once, when all are added: those without a FILE go to output (NULL: standard output); where there are
 * none, the default format does. No two may go to one place, and output must be of use.
 */
int targets_settle(struct targets *targets, const char *output, struct error *err) MUST_CHECK;

/* Whether each file can be written, as far as can be told before; standard output always can. */
int targets_check(const struct targets *targets, struct error *err) MUST_CHECK;

#endif
