/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of all commands, from one table: parsing and help. */
#include "analyzer/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/registry.h"
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
#define TIME_MAX 1000000000 /* in seconds and in milliseconds */
#define NS_PER_SEC 1000000000
#define NS_PER_MS 1000000
#define SIZE_BYTES_MAX (UINT64_C(1) << 50)
#define BUDGET_MAX 100000000
#define CHECK_SIZE_MAX (UINT64_C(2) << 30)

const struct option_info *options_table(void)
{
	return table;
}

static int parse_number(const char *name, const char *text, int max, int *ret, struct error *err)
{
	char *end;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || number > max)
		return fail(err, EINVAL, "--%s needs a number from 0 to %d, not '%s'", name, max,
			    text);
	*ret = (int)number;
	return 0;
}

static int parse_count(const char *name, const char *text, int max, unsigned *ret,
		       struct error *err)
{
	/* A number that is not negative has the same form in both types. */
	return parse_number(name, text, max, (int *)ret, err);
}

/*
 * In ns, of a decimal number of units; -1: it is none, or is too big. By
 * hand: strtod() takes "inf", "0x1p3" and what the locale likes.
 */
static int64_t parse_time(const char *text, int64_t unit_ns)
{
	const char *rest = text;
	int64_t ns = 0, weight = unit_ns;

	if (!isdigit((unsigned char)*rest))
		return -1;
	for (; isdigit((unsigned char)*rest); rest++) {
		ns = ns * 10 + (*rest - '0');
		if (ns > TIME_MAX)
			return -1;
	}
	ns *= unit_ns;
	if (*rest == '.' && isdigit((unsigned char)rest[1]))
		while (isdigit((unsigned char)*++rest))
			ns += (*rest - '0') * (weight /= 10);
	return *rest ? -1 : ns;
}

static int parse_seconds(const char *name, const char *text, int64_t *ret, struct error *err)
{
	*ret = parse_time(text, NS_PER_SEC);
	if (*ret > 0)
		return 0;
	return fail(err, EINVAL, "--%s needs seconds above 0 and up to %d, not '%s'", name,
		    TIME_MAX, text);
}

static int parse_limit(const char *name, const char *text, int64_t *ret, struct error *err)
{
	*ret = parse_time(text, NS_PER_MS);
	if (*ret >= 0)
		return 0;
	return fail(err, EINVAL, "--%s needs milliseconds from 0 to %d, not '%s'", name, TIME_MAX,
		    text);
}

/* A number of bytes, or of units of 1024, 1024^2 or 1024^3. */
static int parse_size(const char *name, const char *text, uint64_t *ret, struct error *err)
{
	static const char units[] = "KMG";
	const char *rest = text;
	uint64_t size = 0;

	for (; isdigit((unsigned char)*rest) && size <= SIZE_BYTES_MAX; rest++)
		size = size * 10 + (uint64_t)(*rest - '0');
	const char *unit = *rest ? strchr(units, *rest) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (rest == text || rest[unit != NULL] || size > SIZE_BYTES_MAX >> shift)
		return fail(err, EINVAL, "--%s needs bytes, with K, M or G where wanted, not '%s'",
			    name, text);
	*ret = size << shift;
	return 0;
}

static int parse_stacks(const char *name, const char *text, struct options *options,
			struct error *err)
{
	int number = RECORDING_STACK_FRAMES;
	bool is_all = !strcmp(text, "all");
	int ret = is_all ? 0 : parse_number(name, text, RECORDING_STACK_FRAMES_MAX, &number, err);

	options->stacks = (unsigned)number;
	options->has_stacks_on_all = is_all;
	return ret;
}

/* words ends with NULL; *ret becomes the place of text among them. */
static int parse_word(const char *name, const char *text, const char *const *words, unsigned *ret,
		      struct error *err)
{
	char list[128] = "";

	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*ret = i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, words[i], sizeof(list) - strlen(list) - 1);
	}
	return fail(err, EINVAL, "--%s is one of %s, not '%s'", name, list, text);
}

static int parse_format(const char *name, const char *text, const struct format **ret,
			struct error *err)
{
	for (const struct format *const *format = registry_formats(); *format; format++)
		if (!strcmp((*format)->name, text)) {
			*ret = *format;
			return 0;
		}
	return fail(err, EINVAL, "--%s: there is no format '%s'; 'heddle list formats' names them",
		    name, text);
}

static int parse_level(const char *name, const char *text, enum level *ret, struct error *err)
{
	static const char *const levels[] = { "note", "warning", "error", "none", NULL };

	return parse_word(name, text, levels, ret, err);
}

static int parse_color(const char *name, const char *text, enum color_when *ret, struct error *err)
{
	static const char *const words[] = { "auto", "always", "never", NULL };

	return parse_word(name, text, words, ret, err);
}

static int parse_detail(const char *name, const char *text, bool *is_summary, struct error *err)
{
	static const char *const words[] = { "full", "summary", NULL };
	unsigned word = 0;
	int ret = parse_word(name, text, words, &word, err);

	*is_summary = word == 1;
	return ret;
}

static int parse_file(const char *name, const char *text, const char **ret, struct error *err)
{
	if (!*text)
		return fail(err, EINVAL, "--%s needs a name that is not empty", name);
	*ret = text;
	return 0;
}

/* Of options that are given or not. */
static void options_set_flag(struct options *options, enum option_id id)
{
	options->is_plain |= id == OPTION_PLAIN;
	options->is_strict |= id == OPTION_STRICT;
	options->lists_dropped |= id == OPTION_DROPPED;
	options->limits.tells_class_order |= id == OPTION_CLASS_ORDER;
	options->wants_help |= id == OPTION_HELP;
}

static int options_set(struct options *options, enum option_id id, const char *value,
		       struct error *err)
{
	const char *name = table[id].name;
	int ret = 0;

	if (!table[id].argument) {
		options_set_flag(options, id);
		return 0;
	}
	switch (id) {
	case OPTION_OUTPUT_FILE:
	case OPTION_OUTPUT_DIRECTORY:
		return parse_file(name, value, &options->output, err);
	case OPTION_TRACE:
		return parse_file(name, value, &options->trace, err);
	case OPTION_TIMEOUT:
		return parse_seconds(name, value, &options->timeout_ns, err);
	case OPTION_STACKS:
		return parse_stacks(name, value, options, err);
	case OPTION_DETAIL:
		return parse_detail(name, value, &options->is_summary, err);
	case OPTION_MAX_SIZE:
	case OPTION_CHECK_MAX_SIZE:
		return parse_size(name, value, &options->max_bytes, err);
	case OPTION_FORMAT:
		return parse_format(name, value, &options->format, err);
	case OPTION_FAIL_ON:
		return parse_level(name, value, &options->fail_on, err);
	case OPTION_ERROR_EXITCODE:
		return parse_number(name, value, 255, &options->error_exitcode, err);
	case OPTION_TOP:
		return parse_count(name, value, 1000000, &options->top, err);
	case OPTION_AT:
		ret = moment_parse(value, &options->at, err);
		return ret ? error_prefix(err, ret, "--%s", name) : 0;
	case OPTION_BLOCK_THRESHOLD:
		return parse_limit(name, value, &options->limits.blocked_holding_ns, err);
	case OPTION_LONG_WAIT:
		return parse_limit(name, value, &options->limits.wait_ns, err);
	case OPTION_LONG_HOLD:
		return parse_limit(name, value, &options->limits.hold_ns, err);
	case OPTION_ORDER_BUDGET:
		return parse_count(name, value, BUDGET_MAX, &options->limits.order_states, err);
	case OPTION_PATH_MEMORY:
		return parse_size(name, value, &options->limits.path_bytes, err);
	case OPTION_COLOR:
		return parse_color(name, value, &options->color, err);
	default:
		return fail(err, EINVAL, "option number %d is unknown", (int)id);
	}
}

/* getopt_long()'s own tables, of the rows that command has. */
struct getopt_tables {
	char letters[2 * OPTION_COUNT + 3];
	struct option names[OPTION_COUNT + 1];
};

static void options_fill(enum command command, struct getopt_tables *ret)
{
	char *letter = ret->letters;
	unsigned count = 0;

	memset(ret, 0, sizeof(*ret));
	if (command & (COMMAND_RECORD | COMMAND_CHECK))
		*letter++ = '+';
	*letter++ = ':';
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (!(table[id].commands & command))
			continue;
		ret->names[count++] = (struct option){
			.name = table[id].name,
			.has_arg = table[id].argument ? required_argument : no_argument,
			.val = LONG_BASE + id,
		};
		if (!table[id].letter)
			continue;
		*letter++ = table[id].letter;
		if (table[id].argument)
			*letter++ = ':';
	}
}

/* The row of what getopt_long() returned or left in optopt, or -1. */
static int options_find(enum command command, int value)
{
	if (value >= LONG_BASE)
		return value - LONG_BASE;
	for (int id = 0; value && id < OPTION_COUNT; id++)
		if (table[id].letter == value && (table[id].commands & command))
			return id;
	return -1;
}

static int options_refuse(enum command command, int what, char **argv, struct error *err)
{
	int id = options_find(command, optopt);

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
static int options_agree(const struct options *options, struct error *err)
{
	if (options->is_plain && options->is_summary)
		return fail(err, EINVAL, "--plain does not go with --detail summary");
	return 0;
}

int options_parse(struct options *options, enum command command, int argc, char **argv,
		  struct error *err)
{
	struct getopt_tables tables;
	int what;

	*options = (struct options){
		.stacks = RECORDING_STACK_FRAMES,
		.max_bytes = command == COMMAND_CHECK ? CHECK_SIZE_MAX : 0,
		.format = registry_formats()[0],
		.fail_on = LEVEL_WARNING,
		.limits = LIMITS_DEFAULT,
		.error_exitcode = 66,
		.top = 10,
	};
	options_fill(command, &tables);
	/* 0, not 1: glibc forgets what it knew of another argv. */
	optind = 0;
	opterr = 0;
	while ((what = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (what == '?' || what == ':')
			return options_refuse(command, what, argv, err);
		int ret = options_set(options, options_find(command, what), optarg, err);
		if (ret)
			return ret;
	}
	/* "-" for a report is where it goes anyway. */
	if (options->output && !(command & COMMAND_RECORD) && !strcmp(options->output, "-"))
		options->output = NULL;
	options->arguments = argv + optind;
	options->argument_count = argc - optind;
	return options_agree(options, err);
}

void options_help(enum command command, FILE *out)
{
	for (const struct option_info *info = table; info->name; info++) {
		char left[64];

		if (!(info->commands & command))
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", info->letter ? '-' : ' ',
			 info->letter ? info->letter : ' ', info->letter ? ',' : ' ', info->name,
			 info->argument ? " " : "", info->argument ? info->argument : "");
		fprintf(out, "  %-26s %s", left, info->help);
		if (info->fallback)
			fprintf(out, " [%s]", info->fallback);
		putc('\n', out);
	}
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool is_value(const char *variable, const char *value)
{
	const char *actual = getenv(variable);

	return actual && !strcmp(actual, value);
}

bool options_color(enum color_when when, int fd)
{
	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (fd < 0 || is_set("NO_COLOR"))
		return false;
	if (is_set("CLICOLOR_FORCE") && !is_value("CLICOLOR_FORCE", "0"))
		return true;
	if (is_set("FORCE_COLOR") && !is_value("FORCE_COLOR", "0"))
		return true;
	return !is_value("CLICOLOR", "0") && !is_value("TERM", "dumb") && isatty(fd);
}
