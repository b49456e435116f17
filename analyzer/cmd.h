/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands, and what they share: exit codes, complaints, writing a report. */
#ifndef ANALYZER_CMD_H
#define ANALYZER_CMD_H

#include "analyzer/options.h"
#include "analyzer/report.h"
#include "libtrace/error.h"

/* RECORD_EXIT_* of record.h are the others. */
enum exit_code {
	EXIT_CODE_CLEAN = 0,
	EXIT_CODE_FINDINGS = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_TRACE = 3, /* trace not readable, report not writable; incomplete with --strict */
	EXIT_CODE_TIMEOUT = 124,
	EXIT_CODE_FAILED = 125, /* the same as TRACE, where a COMMAND is run */
};

/* Each runs one command and returns its exit code. What they print may wait in stdout. */
int cmd_record(const struct options *options);
int cmd_report(const struct options *options);
int cmd_check(const struct options *options);
int cmd_dump(const struct options *options);
int cmd_list(const struct options *options);
int cmd_explain(const struct options *options);

/* "heddle: sentence" on standard error, control characters made harmless. */
void cmd_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cmd_say_sentence(const char *sentence);

/* A sentence about wrong usage of command (NULL: of heddle), and where help is. */
int cmd_refuse(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Choose a seed where none was given, and say which. For commands that record. */
void cmd_choose_seed(const struct options *options, struct record_options *record);

/* A line for each rule: name, level, summary. */
void cmd_list_rules(const char *indent);

/* Write report as options say. */
int cmd_write_report(const struct options *options, const struct report *report,
		     struct error *err) MUST_CHECK;
/* The same of several traces; joined: as joined_report() makes it. */
int cmd_write_reports(const struct options *options, const GPtrArray *reports,
		      const struct report *joined, struct error *err) MUST_CHECK;

/*
 * What is left to do with lists when the reports (struct report *) are written; is_whole as in
 * lists_finish(). What is to be said is said.
 */
int cmd_finish_lists(struct lists *lists, const GPtrArray *reports, bool is_whole,
		     struct error *err) MUST_CHECK;

#endif
