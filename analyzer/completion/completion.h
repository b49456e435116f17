/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes what bash and zsh need to complete the words behind "heddle", from the tables of commands, options,
 * arguments, formats and rules. Run when heddle is built; no part of it.
 */
#ifndef ANALYZER_COMPLETION_COMPLETION_H
#define ANALYZER_COMPLETION_COMPLETION_H

#include <stdio.h>

#include "analyzer/arguments.h"

struct completion_command {
	const char *name, *argument, *summary;
	unsigned bit; /* of its options */
};

/* The commands, ended by one with name NULL; "help" is not among them. */
const struct completion_command *completion_commands(void);

/* The words that argument can be, each behind a space; none where it has no words of its own. */
void completion_words(const struct argument_info *argument, FILE *out);

/* Functions that tell what there is; heddle.bash, which goes behind them, completes with them. */
void completion_bash(FILE *out);

/* All of the file _heddle. */
void completion_zsh(FILE *out);

#endif
