/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle record: run a command and keep what its threads did. */
#include "analyzer/cmd.h"
#include "analyzer/record.h"

int cmd_record(const struct options *options)
{
	struct record_options record_options = options->record;
	struct record_result result = { .exit_code = RECORD_EXIT_FAILED };
	cleanup_free char *made = NULL;
	struct error err;

	if (!options->argument_count)
		return cmd_refuse("record", "record needs a command to run");
	if (!options->output) {
		made = record_default_directory(options->arguments[0]);
		if (!made) {
			cmd_say("out of memory");
			return RECORD_EXIT_FAILED;
		}
	}
	record_options.say = cmd_say_sentence;
	record_options.directory = made ? made : options->output;
	cmd_choose_seed(options, &record_options);
	int ret = record_run(&record_options, &result, &err);
	if (ret < 0)
		cmd_say("%s", err.text);
	if (result.warning[0])
		cmd_say("%s", result.warning);
	if (ret == 0 || result.ending == RECORD_BROKEN)
		cmd_say("recorded in '%s'; read it with 'heddle report %s'",
			record_options.directory, record_options.directory);
	if (ret < 0)
		return result.exit_code;
	/* That has been said; the status that COMMAND got by it is its own. */
	if (result.ending == RECORD_DEADLOCK)
		return result.exit_code;
	return record_was_ended(result.ending) ? EXIT_CODE_TIMEOUT : result.exit_code;
}
