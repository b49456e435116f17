/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values that options take, from their text. Each fills *ret, or says in a sentence what
 * option --name needs instead, and returns -EINVAL.
 */
#ifndef ANALYZER_OPTION_VALUES_H
#define ANALYZER_OPTION_VALUES_H

#include <stdint.h>

#include "analyzer/options.h"

/* From 0 to max. */
int option_number(const char *name, const char *text, int max, int *ret,
		  struct error *err) MUST_CHECK;
int option_count(const char *name, const char *text, int max, unsigned *ret,
		 struct error *err) MUST_CHECK;

/* Decimal seconds above 0, in ns. */
int option_seconds(const char *name, const char *text, int64_t *ret, struct error *err) MUST_CHECK;

/* Decimal milliseconds from 0 on, in ns. */
int option_limit(const char *name, const char *text, int64_t *ret, struct error *err) MUST_CHECK;

int option_moment(const char *name, const char *text, struct moment_time *ret,
		  struct error *err) MUST_CHECK;

/* A number from 0 to UINT32_MAX. */
int option_seed(const char *name, const char *text, uint32_t *ret, struct error *err) MUST_CHECK;

/* A number of bytes, or of units of 1024, 1024^2 or 1024^3. */
int option_size(const char *name, const char *text, uint64_t *ret, struct error *err) MUST_CHECK;

/* words ends with NULL; *ret becomes the place of text among them. */
int option_word(const char *name, const char *text, const char *const *words, unsigned *ret,
		struct error *err) MUST_CHECK;

int option_level(const char *name, const char *text, enum level *ret, struct error *err) MUST_CHECK;
int option_color(const char *name, const char *text, enum color_when *ret,
		 struct error *err) MUST_CHECK;

/* A name that is not empty. *ret is text. */
int option_file(const char *name, const char *text, const char **ret, struct error *err) MUST_CHECK;

/* The name of a directory that is there. *ret is text. */
int option_directory(const char *name, const char *text, const char **ret,
		     struct error *err) MUST_CHECK;

/* A word of DETAIL. */
int option_detail(const char *name, const char *text, bool *is_summary,
		  struct error *err) MUST_CHECK;

/* How many runs, 1 at least. */
int option_runs(const char *name, const char *text, unsigned *ret, struct error *err) MUST_CHECK;

#endif
