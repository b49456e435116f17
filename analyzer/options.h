/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of all commands, from one table: parsing and help. */
#ifndef ANALYZER_OPTIONS_H
#define ANALYZER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/analysis.h"
#include "analyzer/format.h"
#include "analyzer/lists.h"
#include "analyzer/moment.h"
#include "analyzer/record.h"
#include "analyzer/report.h"
#include "analyzer/targets.h"
#include "libtrace/error.h"

/* Bits: an option is a matter of one or more commands. */
enum command {
	COMMAND_RECORD = 1,
	COMMAND_REPORT = 2,
	COMMAND_CHECK = 4,
	COMMAND_DUMP = 8,
	COMMAND_LIST = 16,
	COMMAND_EXPLAIN = 32,
	COMMAND_ALL = 63,
	COMMAND_CONFIGURED = COMMAND_RECORD | COMMAND_REPORT | COMMAND_CHECK /* by sources too */
};

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	bool wants_help;
	bool ignores_sources;	      /* --no-config */
	const char *output;	      /* FILE or DIR, NULL: not given */
	unsigned output_strength;     /* of where it was given, see option_sources.h */
	const char *trace;	      /* --trace, NULL: not given */
	struct record_options record; /* but for its directory */
	struct targets targets;	      /* of reports, settled */
	unsigned targets_strength;
	const char *source_root; /* NULL: not given */
	bool is_junit_strict;
	bool has_noise_seed; /* one was given */
	unsigned runs;	     /* of COMMAND at most; at least 1 */
	enum level fail_on;
	struct limits limits;
	struct moment_time at;
	int error_exitcode;
	bool is_strict;
	bool exits_zero;
	struct list_options lists;
	bool shows_set_aside;
	unsigned top;
	bool lists_dropped;
	enum color_when color;
	char **arguments; /* what stands behind the options; NULL ends it */
	int argument_count;
};

/* A row of options.def. */
struct option_info {
	unsigned commands;
	char letter; /* 0: none */
	const char *name, *argument, *fallback, *help;
};

/* The rows, ended by one with name NULL. */
const struct option_info *options_table(void);

/*
 * Fill options with defaults, with what sources (struct option_source *, weakest first; NULL: none)
 * say, and with argv[1 ..], argv[0] being the command's name. What a source says of other
 * configured commands is passed over. For record and check parsing ends at the first word that is no
 * option: what follows is COMMAND's. argv and sources must outlive options; argv's words may be
 * reordered. Errors are of usage: a sentence, -EINVAL.
 */
int options_parse(struct options *options, enum command command, const GPtrArray *sources, int argc,
		  char **argv, struct error *err) MUST_CHECK;

/* The lines of --help about the options of command. */
void options_help(enum command command, FILE *out);

/*
 * Whether the report is coloured. fd: where it goes, -1 a file that was named, which is coloured for
 * COLOR_ALWAYS only. COLOR_AUTO asks NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, CLICOLOR, TERM
 * and whether fd is a terminal, in this order.
 */
bool options_color(enum color_when when, int fd);

#endif
