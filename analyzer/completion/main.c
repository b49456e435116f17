/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* completion bash|zsh: prints what that shell completes the arguments of heddle with. */
#include "analyzer/completion/completion.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/options.h"
#include "analyzer/registry.h"
#include "analyzer/rules.h"

const struct completion_command *completion_commands(void)
{
	static const struct completion_command commands[] = {
#define COMMAND(id, name, argument, usage, summary) { #name, argument, summary, COMMAND_##id },
#include "analyzer/commands.def"
#undef COMMAND
		{ .name = NULL },
	};

	return commands;
}

void completion_words(const struct argument_info *argument, FILE *out)
{
	for (unsigned i = 0; argument->words && argument->words[i]; i++)
		fprintf(out, " %s", argument->words[i]);
	for (unsigned i = 0; argument->kind == ARGUMENT_FORMAT && registry_formats()[i]; i++)
		fprintf(out, " %s", registry_formats()[i]->name);
	for (const struct rule *rule = rules_table(); rule->name; rule++)
		if (argument->kind == ARGUMENT_RULE)
			fprintf(out, " %s", rule->name);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "bash"))
		completion_bash(stdout);
	else if (argc == 2 && !strcmp(argv[1], "zsh"))
		completion_zsh(stdout);
	else
		return EXIT_FAILURE;
	return fclose(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
