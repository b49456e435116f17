/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables as what _arguments of zsh understands. */
#include "analyzer/completion/completion.h"
#include "analyzer/options.h"

/* text within single quotes, where [], : and \ have a meaning to _arguments. */
static void zsh_quote(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* What completes an argument, behind its name and a colon. */
static void zsh_action(const struct argument_info *argument, FILE *out)
{
	switch (argument->kind) {
	case ARGUMENT_VALUE:
		fputc(' ', out);
		break;
	case ARGUMENT_FILE:
		fputs("_files", out);
		break;
	case ARGUMENT_DIRECTORY:
		fputs("_path_files -/", out);
		break;
	case ARGUMENT_FORMAT:
		fputs("_heddle_formats", out);
		break;
	case ARGUMENT_COMMAND:
		fputs("_command_names -e' '*::argument:_normal", out);
		break;
	case ARGUMENT_WORD:
	case ARGUMENT_RULE:
		fputc('(', out);
		completion_words(argument, out);
		fputc(')', out);
		break;
	}
}

/* One of the forms of an option. One with an argument may come again, unless it has a letter, too. */
static void zsh_form(const struct option_info *info, bool is_letter, FILE *out)
{
	bool is_optional = info->argument && arguments_find(info->argument)->is_optional;

	fputs("\t\t'", out);
	if (info->letter)
		fprintf(out, "(-%c --%s)", info->letter, info->name);
	else if (info->argument)
		fputc('*', out);
	if (is_letter)
		fprintf(out, "-%c%s[", info->letter, info->argument ? "+" : "");
	else
		fprintf(out, "--%s%s[", info->name,
			!info->argument ? ""
			: is_optional	? "=-"
					: "=");
	zsh_quote(info->help, out);
	fputc(']', out);
	if (info->argument) {
		fprintf(out, "%s:%s:", is_optional ? ":" : "", info->argument);
		zsh_action(arguments_find(info->argument), out);
	}
	fputs("' \\\n", out);
}

static void zsh_command(const struct completion_command *command, FILE *out)
{
	const struct argument_info *argument = arguments_find(command->argument);
	bool runs = argument->kind == ARGUMENT_COMMAND;

	fprintf(out, "_heddle_%s()\n{\n\t_arguments -s -S%s : \\\n", command->name,
		runs ? " -A '-*'" : "");
	for (const struct option_info *info = options_table(); info->name; info++) {
		if (!(info->commands & command->bit))
			continue;
		if (info->letter)
			zsh_form(info, true, out);
		zsh_form(info, false, out);
	}
	fprintf(out, "\t\t'%s:%s:",
		argument->kind == ARGUMENT_FILE ? "*"
		: runs				? "(-)1"
						: "1",
		argument->name);
	zsh_action(argument, out);
	fputs("'\n}\n\n", out);
}

void completion_zsh(FILE *out)
{
	fputs("#compdef heddle\n"
	      "# Completes the words behind \"heddle\"; made from its tables.\n\n"
	      "_heddle_commands()\n{\n\tlocal -a commands=(\n",
	      out);
	for (const struct completion_command *each = completion_commands(); each->name; each++) {
		fprintf(out, "\t\t'%s:", each->name);
		zsh_quote(each->summary, out);
		fputs("'\n", out);
	}
	fputs("\t\t'help:tell the options of a command'\n\t)\n"
	      "\t_describe -t commands command commands\n}\n\n"
	      "# A format, or a format, a colon and a file.\n"
	      "_heddle_formats()\n{\n\tif compset -P 1 '*:'; then\n\t\t_files\n\telse\n"
	      "\t\tcompadd --",
	      out);
	completion_words(arguments_find("FORMAT"), out);
	fputs("\n\tfi\n}\n\n_heddle_help()\n{\n\t_arguments ':command:_heddle_commands'\n}\n\n",
	      out);
	for (const struct completion_command *each = completion_commands(); each->name; each++)
		zsh_command(each, out);
	fputs("_heddle()\n{\n\tlocal curcontext=$curcontext state state_descr line\n"
	      "\tlocal -A opt_args\n\n"
	      "\t_arguments -C '(- *)'{-h,--help}'[tell the commands and exit]' \\\n"
	      "\t\t'(- *)--version[tell the version and exit]' \\\n"
	      "\t\t'1:command:_heddle_commands' '*::argument:->argument'\n"
	      "\t[[ $state = argument ]] && (( $+functions[_heddle_$words[1]] )) || return\n"
	      "\tcurcontext=${curcontext%:*:*}:heddle-$words[1]:\n"
	      "\t_heddle_$words[1]\n}\n\n"
	      "_heddle \"$@\"\n",
	      out);
}
