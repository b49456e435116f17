/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules that findings are made by, and what is to be said of each: rules.def as a list. */
#ifndef ANALYZER_RULES_H
#define ANALYZER_RULES_H

#include <stdbool.h>

#include "analyzer/report.h"

enum rule_levels {
	RULE_NOTE = 1 << LEVEL_NOTE,
	RULE_WARNING = 1 << LEVEL_WARNING,
	RULE_ERROR = 1 << LEVEL_ERROR
};

/* A row of rules.def. Prose is one line each; code ends each of its lines with \n. */
struct rule {
	const char *name;
	unsigned levels; /* that findings of it may have: enum rule_levels */
	const char *summary, *meaning;
	const char *fault; /* code */
	const char *told, *mending;
	const char *mended; /* code */
};

/* The rows, ended by one with name NULL. Static. */
const struct rule *rules_table(void);

/* NULL: there is no rule of that name. */
const struct rule *rules_find(const char *name);

/* Whether findings of that rule and level may be. */
bool rules_allow(const char *name, enum level level);

/* The rule whose name is least edits away from name, the first of several. */
const struct rule *rules_nearest(const char *name);

#endif
