/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables as functions of bash. */
#include "analyzer/completion/completion.h"
#include "analyzer/options.h"

static const char *const kinds[] = {
	[ARGUMENT_VALUE] = "value",	    [ARGUMENT_FILE] = "file",
	[ARGUMENT_DIRECTORY] = "directory", [ARGUMENT_WORD] = "word",
	[ARGUMENT_FORMAT] = "format",	    [ARGUMENT_RULE] = "word",
	[ARGUMENT_COMMAND] = "command",
};

static void bash_options(const struct completion_command *command, FILE *out)
{
	fprintf(out, "\t%s) echo '", command->name);
	for (const struct option_info *info = options_table(); info->name; info++) {
		if (!(info->commands & command->bit))
			continue;
		if (info->letter)
			fprintf(out, "-%c ", info->letter);
		fprintf(out, "--%s ", info->name);
	}
	fputs("' ;;\n", out);
}

static void bash_argument(const char *name, FILE *out)
{
	const struct argument_info *argument = arguments_find(name);

	fprintf(out, ") echo '%s", argument->is_optional ? "optional" : kinds[argument->kind]);
	completion_words(argument, out);
	fputs("' ;;\n", out);
}

static void bash_arguments(const struct completion_command *command, FILE *out)
{
	fprintf(out, "\t%s:", command->name);
	bash_argument(command->argument, out);
	for (const struct option_info *info = options_table(); info->name; info++) {
		if (!(info->commands & command->bit) || !info->argument)
			continue;
		fputc('\t', out);
		if (info->letter)
			fprintf(out, "%s:-%c | ", command->name, info->letter);
		fprintf(out, "%s:--%s", command->name, info->name);
		bash_argument(info->argument, out);
	}
}

static void bash_names(FILE *out)
{
	for (const struct completion_command *each = completion_commands(); each->name; each++)
		fprintf(out, "%s ", each->name);
}

void completion_bash(FILE *out)
{
	fputs("# shellcheck shell=bash\n"
	      "# Completes the words behind \"heddle\"; made from its tables.\n\n"
	      "# The options of command $1; without one what can stand there.\n"
	      "_heddle_options()\n{\n\tcase $1 in\n\t'') echo '",
	      out);
	bash_names(out);
	fputs("help -h --help --version' ;;\n", out);
	for (const struct completion_command *each = completion_commands(); each->name; each++)
		bash_options(each, out);
	fputs("\tesac\n}\n\n"
	      "# What option $2 of command $1 takes, without $2 the command: a kind, and words.\n"
	      "_heddle_argument()\n{\n\tcase $1:${2-} in\n\thelp:) echo 'word ",
	      out);
	bash_names(out);
	fputs("' ;;\n", out);
	for (const struct completion_command *each = completion_commands(); each->name; each++)
		bash_arguments(each, out);
	fputs("\tesac\n}\n\n", out);
}
