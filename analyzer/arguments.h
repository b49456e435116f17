/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What options and commands take as an argument: for parsing, and for shells that complete it. */
#ifndef ANALYZER_ARGUMENTS_H
#define ANALYZER_ARGUMENTS_H

#include <stdbool.h>

enum argument_kind {
	ARGUMENT_VALUE, /* a number, a time: nothing to choose from */
	ARGUMENT_FILE,
	ARGUMENT_DIRECTORY,
	ARGUMENT_WORD, /* one of words */
	ARGUMENT_FORMAT,
	ARGUMENT_RULE,
	ARGUMENT_COMMAND, /* a program and its arguments */
};

struct argument_info {
	const char *name;
	enum argument_kind kind;
	bool is_optional;	  /* in --option=ARGUMENT alone it is taken for one */
	const char *const *words; /* ended by NULL; NULL where kind is another than WORD */
};

/* The rows of arguments.def, ended by one with name NULL. */
const struct argument_info *arguments_table(void);

/* The row of name, which must be in the table. */
const struct argument_info *arguments_find(const char *name);

#endif
