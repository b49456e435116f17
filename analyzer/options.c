/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of all commands, from one table: parsing and help. */
#include "analyzer/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/arguments.h"
#include "analyzer/option_sources.h"
#include "analyzer/option_values.h"
#include "libtrace/recording.h"

enum option_id {
#define OPTION(id, commands, letter, name, argument, fallback, help) OPTION_##id,
#include "analyzer/options.def"
#undef OPTION
	OPTION_COUNT
};

static const struct option_info table[] = {
#define OPTION(id, commands, letter, name, argument, fallback, help)                               \
	{ commands, letter, name, argument, fallback, help },
#include "analyzer/options.def"
#undef OPTION
	{ 0, 0, NULL, NULL, NULL, NULL }
};

/* What getopt_long() returns for a row; a letter is itself. */
#define LONG_BASE 256
#define BUDGET_MAX 100000000
#define CHECK_SIZE_MAX (UINT64_C(2) << 30)

const struct option_info *options_table(void)
{
	return table;
}

static int parse_stacks(const char *name, const char *text, struct options *options,
			struct error *err)
{
	int number = RECORDING_STACK_FRAMES;
	bool is_all = !strcmp(text, "all");
	int ret = is_all ? 0 : option_number(name, text, RECORDING_STACK_FRAMES_MAX, &number, err);

	options->record.stacks = (unsigned)number;
	options->record.has_stacks_on_all = is_all;
	return ret;
}

/* As has_arg of getopt_long()'s tables. */
static int argument_need(const struct option_info *info)
{
	if (!info->argument)
		return no_argument;
	return arguments_find(info->argument)->is_optional ? optional_argument : required_argument;
}

/* text: NULL where no SEED was given. */
static int parse_noise(const char *name, const char *text, struct options *options,
		       struct error *err)
{
	options->record.has_noise = true;
	options->has_noise_seed = text;
	return text ? option_seed(name, text, &options->record.noise_seed, err) : 0;
}

/* Of options that are given or not. */
static void options_set_flag(struct options *options, enum option_id id)
{
	options->record.is_plain |= id == OPTION_PLAIN;
	options->record.wants_core |= id == OPTION_CORE;
	options->is_strict |= id == OPTION_STRICT;
	options->is_junit_strict |= id == OPTION_JUNIT_STRICT;
	options->lists_dropped |= id == OPTION_DROPPED;
	options->limits.tells_class_order |= id == OPTION_CLASS_ORDER;
	options->exits_zero |= id == OPTION_EXIT_ZERO;
	options->lists.is_strict |= id == OPTION_STRICT_SUPPRESSIONS;
	options->lists.prunes_baseline |= id == OPTION_PRUNE_BASELINE;
	options->shows_set_aside |= id == OPTION_SHOW_SUPPRESSED;
	options->ignores_sources |= id == OPTION_NO_CONFIG;
	options->wants_help |= id == OPTION_HELP;
}

/* Of options that name files of suppressions, or a baseline. */
static int options_set_list(struct list_options *lists, enum option_id id, const char *value,
			    struct error *err)
{
	const char *name = table[id].name;

	switch (id) {
	case OPTION_SUPPRESSIONS:
		if (lists->suppression_count == LIST_FILES_MAX)
			return fail(err, EINVAL, "--%s is given more than %d times", name,
				    LIST_FILES_MAX);
		return option_file(name, value, &lists->suppressions[lists->suppression_count++],
				   err);
	case OPTION_GEN_SUPPRESSIONS:
		return option_file(name, value, &lists->generated, err);
	case OPTION_BASELINE:
		return option_file(name, value, &lists->baseline, err);
	case OPTION_WRITE_BASELINE:
		return option_file(name, value, &lists->written_baseline, err);
	default:
		return fail(err, EINVAL, "option number %d is unknown", (int)id);
	}
}

/* Of thresholds and budgets of analyses. */
static int options_set_limit(struct options *options, enum option_id id, const char *value,
			     struct error *err)
{
	const char *name = table[id].name;

	switch (id) {
	case OPTION_BLOCK_THRESHOLD:
		return option_limit(name, value, &options->limits.blocked_holding_ns, err);
	case OPTION_LONG_WAIT:
		return option_limit(name, value, &options->limits.wait_ns, err);
	case OPTION_LONG_HOLD:
		return option_limit(name, value, &options->limits.hold_ns, err);
	case OPTION_INVERSION_THRESHOLD:
		return option_limit(name, value, &options->limits.inversion_ns, err);
	case OPTION_ORDER_BUDGET:
		return option_count(name, value, BUDGET_MAX, &options->limits.order_states, err);
	case OPTION_PATH_MEMORY:
		return option_size(name, value, &options->limits.path_bytes, err);
	default:
		return options_set_list(&options->lists, id, value, err);
	}
}

static int options_set(struct options *options, enum option_id id, const char *value,
		       struct error *err)
{
	const char *name = table[id].name;

	if (!table[id].argument) {
		options_set_flag(options, id);
		return 0;
	}
	switch (id) {
	case OPTION_OUTPUT_FILE:
	case OPTION_OUTPUT_DIRECTORY:
		return option_file(name, value, &options->output, err);
	case OPTION_TRACE:
		return option_file(name, value, &options->trace, err);
	case OPTION_TIMEOUT:
		return option_seconds(name, value, &options->record.timeout_ns, err);
	case OPTION_ON_DEADLOCK:
		return option_word(name, value, arguments_find("ANSWER")->words,
				   &options->record.on_deadlock, err);
	case OPTION_STALL:
		return option_seconds(name, value, &options->record.stall_ns, err);
	case OPTION_STACKS:
		return parse_stacks(name, value, options, err);
	case OPTION_DETAIL:
		return option_detail(name, value, &options->record.is_summary, err);
	case OPTION_MAX_SIZE:
	case OPTION_CHECK_MAX_SIZE:
		return option_size(name, value, &options->record.max_bytes, err);
	case OPTION_REPEAT:
		return option_runs(name, value, &options->runs, err);
	case OPTION_NOISE:
		return parse_noise(name, value, options, err);
	case OPTION_FORMAT:
		return targets_add(&options->targets, value, err);
	case OPTION_SOURCE_ROOT:
		return option_directory(name, value, &options->source_root, err);
	case OPTION_FAIL_ON:
		return option_level(name, value, &options->fail_on, err);
	case OPTION_ERROR_EXITCODE:
		return option_number(name, value, 255, &options->error_exitcode, err);
	case OPTION_TOP:
		return option_count(name, value, 1000000, &options->top, err);
	case OPTION_AT:
		return option_moment(name, value, &options->at, err);
	case OPTION_COLOR:
		return option_color(name, value, &options->color, err);
	default:
		return options_set_limit(options, id, value, err);
	}
}

/* getopt_long()'s own tables. */
struct getopt_tables {
	char letters[2 * OPTION_COUNT + 3];
	struct option names[OPTION_COUNT + 1];
};

static bool has_name(const struct getopt_tables *tables, const char *name)
{
	for (const struct option *each = tables->names; each->name; each++)
		if (!strcmp(each->name, name))
			return true;
	return false;
}

static void options_fill_row(enum option_id id, struct getopt_tables *ret)
{
	unsigned count = 0;
	char *end = strchr(ret->letters, '\0');

	if (has_name(ret, table[id].name))
		return;
	while (ret->names[count].name)
		count++;
	ret->names[count] = (struct option){
		.name = table[id].name,
		.has_arg = argument_need(&table[id]),
		.val = LONG_BASE + (int)id,
	};
	if (table[id].letter && !strchr(ret->letters, table[id].letter))
		snprintf(end, 3, "%c%s", table[id].letter, table[id].argument ? ":" : "");
}

/* With the rows of command; then, if others is not 0, with those of other commands. */
static void options_fill(enum command command, unsigned others, struct getopt_tables *ret)
{
	bool ends_at_word = others || command & (COMMAND_RECORD | COMMAND_CHECK);

	memset(ret, 0, sizeof(*ret));
	strcpy(ret->letters, ends_at_word ? "+:" : ":");
	for (enum option_id id = 0; id < OPTION_COUNT; id++)
		if (table[id].commands & command)
			options_fill_row(id, ret);
	for (enum option_id id = 0; id < OPTION_COUNT; id++)
		if (table[id].commands & others)
			options_fill_row(id, ret);
}

/* The row, of one of commands, of what getopt_long() returned or left in optopt, or -1. */
static int options_find(unsigned commands, int value)
{
	if (value >= LONG_BASE)
		return value - LONG_BASE;
	for (int id = 0; value && id < OPTION_COUNT; id++)
		if (table[id].letter == value && (table[id].commands & commands))
			return id;
	return -1;
}

static int options_refuse(unsigned commands, int what, char **argv, struct error *err)
{
	int id = options_find(commands, optopt);

	if (id >= 0 && what == ':')
		return fail(err, EINVAL, "option '--%s' needs its argument %s", table[id].name,
			    table[id].argument);
	if (id >= 0)
		return fail(err, EINVAL, "option '--%s' takes no argument", table[id].name);
	if (optopt)
		return fail(err, EINVAL, "there is no option '-%c'", optopt);
	return fail(err, EINVAL, "there is no option '%s', or it is short for more than one",
		    argv[optind - 1]);
}

/* Options that each are fine, but not together. */
static int options_agree(struct options *options, enum command command, struct error *err)
{
	if (options->record.is_plain && options->record.is_summary)
		return fail(err, EINVAL, "--plain does not go with --detail summary");
	if (options->record.is_plain && options->record.stall_ns)
		return fail(err, EINVAL, "--plain does not go with --stall");
	if (command & (COMMAND_REPORT | COMMAND_CHECK))
		return targets_settle(&options->targets, options->output, err);
	return 0;
}

static void options_init(struct options *options, enum command command)
{
	*options = (struct options){
		.record = { .stacks = RECORDING_STACK_FRAMES,
			    .max_bytes = command == COMMAND_CHECK ? CHECK_SIZE_MAX : 0,
			    .is_progress_shown = true },
		.fail_on = LEVEL_WARNING,
		.limits = LIMITS_DEFAULT,
		.error_exitcode = 66,
		.top = 10,
		.runs = 1,
	};
}

/* 0, not 1: glibc forgets what it knew of another argv. */
static void options_restart(void)
{
	optind = 0;
	opterr = 0;
}

/* Reports asked for by a stronger source take the place of those asked for before. */
static void options_replace(struct options *options, enum option_id id, unsigned strength)
{
	if (id == OPTION_OUTPUT_FILE)
		options->output_strength = strength;
	if (id != OPTION_FORMAT || options->targets_strength == strength)
		return;
	options->targets_strength = strength;
	options->targets.count = 0;
	if (options->output_strength < strength)
		options->output = NULL;
}

/* One option of the command line. */
static int options_set_given(struct options *options, int id, struct error *err)
{
	options_replace(options, id, OPTION_STRENGTH_GIVEN);
	return options_set(options, id, optarg, err);
}

/* One option of source, which may be one of another command. */
static int options_set_sourced(struct options *options, enum command command,
			       struct option_source *source, int what, struct error *err)
{
	int id = options_find(command, what);

	if (id < 0)
		id = options_find(COMMAND_CONFIGURED, what);
	if (id == OPTION_HELP || (id == OPTION_NO_CONFIG && source->directory))
		return fail(err, EINVAL, "--%s has no place here", table[id].name);
	if (!(table[id].commands & command))
		return 0;
	options_replace(options, id, source->strength);
	return options_set(options, id,
			   optarg ? option_source_value(source, table[id].argument, optarg) : "",
			   err);
}

static int options_add_source(struct options *options, enum command command,
			      struct option_source *source, struct error *err)
{
	struct getopt_tables tables;
	char **argv = (char **)source->words->pdata;
	int argc = (int)source->words->len - 1, what, ret = 0;

	options_fill(command, COMMAND_CONFIGURED, &tables);
	options_restart();
	while (ret == 0 &&
	       (what = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1)
		ret = what == '?' || what == ':'
			      ? options_refuse(COMMAND_CONFIGURED, what, argv, err)
			      : options_set_sourced(options, command, source, what, err);
	if (ret == 0 && optind < argc)
		ret = fail(err, EINVAL, "'%s' is no option", argv[optind]);
	return ret < 0 ? error_prefix(err, ret, "%s", source->origin) : 0;
}

int options_parse(struct options *options, enum command command, const GPtrArray *sources, int argc,
		  char **argv, struct error *err)
{
	struct getopt_tables tables;
	int what, ret = 0;

	options_init(options, command);
	for (unsigned i = 0; sources && i < sources->len && ret == 0; i++)
		ret = options_add_source(options, command, sources->pdata[i], err);
	options_fill(command, 0, &tables);
	options_restart();
	while (ret == 0 &&
	       (what = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1)
		ret = what == '?' || what == ':'
			      ? options_refuse(command, what, argv, err)
			      : options_set_given(options, options_find(command, what), err);
	if (ret < 0)
		return ret;
	options->arguments = argv + optind;
	options->argument_count = argc - optind;
	options->record.command = options->arguments;
	return options_agree(options, command, err);
}

void options_help(enum command command, FILE *out)
{
	for (const struct option_info *info = table; info->name; info++) {
		char left[64], argument[32] = "";

		if (!(info->commands & command))
			continue;
		if (info->argument)
			snprintf(argument, sizeof(argument),
				 argument_need(info) == optional_argument ? "[=%s]" : " %s",
				 info->argument);
		snprintf(left, sizeof(left), "%c%c%c --%s%s", info->letter ? '-' : ' ',
			 info->letter ? info->letter : ' ', info->letter ? ',' : ' ', info->name,
			 argument);
		/* A long one has its text in a line of its own. */
		fprintf(out, strlen(left) > 26 ? "  %s\n%29s%s" : "  %-26s%s%s", left, " ",
			info->help);
		if (info->fallback)
			fprintf(out, " [%s]", info->fallback);
		putc('\n', out);
	}
}
