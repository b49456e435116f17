/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle: which command is meant, its options, and help. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/cmd.h"
#include "analyzer/option_sources.h"

static const struct command_row {
	const char *name;
	enum command command;
	int (*run)(const struct options *options);
	const char *usage, *summary;
} commands[] = {
#define COMMAND(id, name, argument, usage, summary)                                                \
	{ #name, COMMAND_##id, cmd_##name, usage, summary },
#include "analyzer/commands.def"
#undef COMMAND
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command_row *main_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int main_help(void)
{
	puts("Usage: heddle COMMAND [OPTION]... [ARGUMENT]...\n"
	     "\n"
	     "Records what the threads of a program do to each other, and tells who is\n"
	     "deadlocked, which lock orders can deadlock, and who made whom wait.\n"
	     "\n"
	     "Commands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\n"
	     "Options:\n"
	     "  -h, --help     tell this, or the options of a command, and exit\n"
	     "      --version  tell the version and exit\n"
	     "\n"
	     "'heddle COMMAND --help' tells the options of COMMAND; heddle(1) tells the rest.\n"
	     "Example: heddle check -- ./program");
	return EXIT_CODE_CLEAN;
}

static int main_help_command(const struct command_row *row)
{
	printf("Usage: heddle %s %s\n\n%s.\n\nOptions:\n", row->name, row->usage, row->summary);
	options_help(row->command, stdout);
	if (row->command & COMMAND_CONFIGURED)
		puts("\nOptions are also taken from the file .heddle of a project and from the\n"
		     "variable HEDDLE_OPTIONS; the command line wins. heddle(1) tells more.");
	return EXIT_CODE_CLEAN;
}

/* With what is set elsewhere than on the command line. */
static int main_run_configured(const struct command_row *row, int argc, char **argv)
{
	struct option_sources sources;
	struct options options;
	struct error err;
	int ret = option_sources_load(&sources, &err);

	if (sources.complaint)
		cmd_say("%s", sources.complaint);
	if (ret == 0)
		ret = options_parse(&options, row->command, sources.list, argc, argv, &err);
	int code = ret < 0 ? cmd_refuse(row->name, "%s", err.text) : row->run(&options);
	option_sources_done(&sources);
	return code;
}

static int main_run_command(const struct command_row *row, int argc, char **argv)
{
	struct options options;
	struct error err;

	if (options_parse(&options, row->command, NULL, argc, argv, &err) < 0)
		return cmd_refuse(row->name, "%s", err.text);
	if (options.wants_help)
		return main_help_command(row);
	if (!(row->command & COMMAND_CONFIGURED) || options.ignores_sources)
		return row->run(&options);
	return main_run_configured(row, argc, argv);
}

static int main_run_help(int argc, char **argv)
{
	if (argc < 2)
		return main_help();
	const struct command_row *row = main_find(argv[1]);
	return row ? main_help_command(row) : cmd_refuse(NULL, "there is no command '%s'", argv[1]);
}

static int main_run(int argc, char **argv)
{
	if (argc < 2)
		return cmd_refuse(NULL, "no command is given");
	const char *word = argv[1];
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return main_help();
	if (!strcmp(word, "--version")) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return EXIT_CODE_CLEAN;
	}
	if (!strcmp(word, "help"))
		return main_run_help(argc - 1, argv + 1);
	const struct command_row *row = main_find(word);
	if (row)
		return main_run_command(row, argc - 1, argv + 1);
	return cmd_refuse(NULL, "there is no %s '%s'", word[0] == '-' ? "option" : "command", word);
}

/*
 * What the caller has closed must not become some other file of ours. Not
 * writable, so that writing fails as it would; and not for COMMAND, which is to find it closed.
 */
static void main_fill_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

/* code, unless what was printed did not all arrive. */
static int main_close(int code)
{
	bool has_failed = ferror(stdout);

	errno = 0;
	/* Why an earlier write failed is forgotten by now: one more says it. */
	if (has_failed)
		putchar('\n');
	has_failed |= fflush(stdout) != 0;
	int why = errno;
	if (fclose(stdout) != 0 && !has_failed) {
		has_failed = true;
		why = errno;
	}
	if (!has_failed)
		return code;
	cmd_say("cannot write 'standard output': %s", strerror(why ? why : EIO));
	return EXIT_CODE_TRACE;
}

int main(int argc, char **argv)
{
	main_fill_descriptors();
	return main_close(main_run(argc, argv));
}
