/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of the commands: what is taken, what is refused, and colour. */
#include <stdlib.h>

#include "analyzer/arguments.h"
#include "analyzer/options.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_options(void);

#define WORDS_MAX 32

/* Kept: options point into it. */
static char *words[WORDS_MAX];

static int parse(struct options *options, enum command command, const char *line, struct error *err)
{
	static char copy[256];
	int count = 0;

	snprintf(copy, sizeof(copy), "command %s", line);
	for (char *rest = copy, *word; (word = strsep(&rest, " "));)
		if (*word)
			words[count++] = strcmp(word, "EMPTY") ? word : word + 5;
	words[count] = NULL;
	return options_parse(options, command, NULL, count, words, err);
}

static struct options accept(enum command command, const char *line)
{
	struct options options;
	struct error err;

	ck_assert_msg(parse(&options, command, line, &err) == 0, "%s: %s", line, err.text);
	return options;
}

static void refuse(enum command command, const char *line, const char *part)
{
	struct options options;
	struct error err;

	ck_assert_msg(parse(&options, command, line, &err) == -EINVAL, "%s was taken", line);
	ck_assert_msg(strstr(err.text, part), "%s: '%s' does not say '%s'", line, err.text, part);
}

START_TEST(defaults)
{
	struct options options = accept(COMMAND_CHECK, "prog");

	ck_assert_str_eq(options.targets.rows[0].format->name, "text");
	ck_assert_int_eq(options.fail_on, LEVEL_WARNING);
	ck_assert_int_eq(options.error_exitcode, 66);
	ck_assert_uint_eq(options.top, 10);
	ck_assert_int_eq(options.limits.blocked_holding_ns, 10000000);
	ck_assert_int_eq(options.limits.wait_ns + options.limits.hold_ns, 0);
	ck_assert(!options.limits.tells_class_order && !options.limits.keeps_orders);
	ck_assert(accept(COMMAND_REPORT, "--class-order x").limits.tells_class_order);
	ck_assert_uint_eq(options.limits.path_bytes, 128 << 20);
	ck_assert_uint_eq(options.record.stacks, 16);
	ck_assert(!options.record.has_stacks_on_all && !options.record.is_plain &&
		  !options.record.is_summary);
	ck_assert_uint_eq(options.record.max_bytes, UINT64_C(2) << 30);
	ck_assert_uint_eq(accept(COMMAND_RECORD, "prog").record.max_bytes, 0);
	ck_assert_int_eq(options.record.timeout_ns, 0);
	ck_assert_ptr_null(options.output);
	ck_assert_int_eq(options.argument_count, 1);
}
END_TEST

START_TEST(noise)
{
	struct options options = accept(COMMAND_CHECK, "--noise 5 prog");

	ck_assert(options.record.has_noise && !options.has_noise_seed);
	ck_assert_str_eq(options.arguments[0], "5");
	options = accept(COMMAND_RECORD, "--noise=4294967295 prog");
	ck_assert(options.record.has_noise && options.has_noise_seed);
	ck_assert_uint_eq(options.record.noise_seed, UINT32_MAX);
	ck_assert(!accept(COMMAND_RECORD, "prog").record.has_noise);
	refuse(COMMAND_CHECK, "--noise=4294967296 prog", "from 0 to 4294967295");
	refuse(COMMAND_CHECK, "--noise=99999999999999999999 prog", "from 0 to 4294967295");
	refuse(COMMAND_CHECK, "--noise=-1 prog", "--noise needs a number");
	refuse(COMMAND_CHECK, "--noise=1x prog", "not '1x'");
	refuse(COMMAND_CHECK, "--noise= prog", "not ''");
	refuse(COMMAND_REPORT, "--noise trace", "no option '--noise'");
	ck_assert_uint_eq(options.runs, 1);
	ck_assert_uint_eq(accept(COMMAND_CHECK, "--repeat 20 prog").runs, 20);
	refuse(COMMAND_CHECK, "--repeat 0 prog", "above 0");
}
END_TEST

START_TEST(how_much_is_recorded)
{
	struct options options = accept(COMMAND_RECORD, "--detail summary --stacks all prog");

	ck_assert(options.record.is_summary && options.record.has_stacks_on_all);
	ck_assert_uint_eq(options.record.stacks, 16);
	ck_assert(!accept(COMMAND_CHECK, "--detail summary --detail full").record.is_summary);
	options = accept(COMMAND_RECORD, "--stacks all --stacks 3 --plain");
	ck_assert(options.record.is_plain && !options.record.has_stacks_on_all);
	ck_assert_uint_eq(options.record.stacks, 3);
	refuse(COMMAND_CHECK, "--detail some", "full, summary");
	refuse(COMMAND_REPORT, "--plain", "no option '--plain'");
	refuse(COMMAND_RECORD, "--plain --detail summary", "does not go with --detail summary");
	ck_assert(accept(COMMAND_CHECK, "--stacks all --plain").record.has_stacks_on_all);
}
END_TEST

START_TEST(sizes)
{
	ck_assert_uint_eq(accept(COMMAND_RECORD, "--max-size 1").record.max_bytes, 1);
	ck_assert_uint_eq(accept(COMMAND_RECORD, "--max-size 10K").record.max_bytes, 10240);
	ck_assert_uint_eq(accept(COMMAND_CHECK, "--max-size 0").record.max_bytes, 0);
	ck_assert_uint_eq(accept(COMMAND_CHECK, "--max-size 3M").record.max_bytes, 3 << 20);
	ck_assert_uint_eq(accept(COMMAND_REPORT, "--path-memory 3M").limits.path_bytes, 3 << 20);
	ck_assert_uint_eq(accept(COMMAND_CHECK, "--max-size 1048576G").record.max_bytes,
			  UINT64_C(1) << 50);
	static const char *const bad[] = {
		"EMPTY",
		"-1",
		"K",
		"1k",
		"1KB",
		"1.5G",
		"0x10",
		"1048577G",
		"2000000000000000",
		"99999999999999999999999",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "--max-size %s", bad[i]);
		refuse(COMMAND_CHECK, line, "--max-size needs bytes");
	}
}
END_TEST

START_TEST(all_of_check)
{
	struct options options = accept(
		COMMAND_CHECK,
		"--format json -o out --fail-on=error --strict --top 3 --dropped --color never "
		"--error-exitcode 0 --timeout 1.5 --stall 2 --core --stacks 0 --trace kept -- prog -o x");

	ck_assert_str_eq(options.targets.rows[0].format->name, "json");
	ck_assert_str_eq(options.targets.rows[0].path, "out");
	ck_assert_int_eq(options.fail_on, LEVEL_ERROR);
	ck_assert(options.is_strict && options.lists_dropped && options.record.wants_core);
	ck_assert(options.top == 3 && options.color == COLOR_NEVER);
	ck_assert_int_eq(options.record.stall_ns, 2000000000);
	ck_assert_int_eq(options.error_exitcode, 0);
	ck_assert_int_eq(options.record.timeout_ns, 1500000000);
	ck_assert_uint_eq(options.record.stacks, 0);
	ck_assert_str_eq(options.trace, "kept");
	ck_assert_int_eq(options.argument_count, 3);
	ck_assert_str_eq(options.arguments[1], "-o");
	ck_assert_ptr_null(options.arguments[3]);
}
END_TEST

START_TEST(command_keeps_its_options)
{
	struct options options = accept(COMMAND_RECORD, "-o dir prog --timeout x --help");

	ck_assert_str_eq(options.output, "dir");
	ck_assert_int_eq(options.record.timeout_ns, 0);
	ck_assert(!options.wants_help);
	ck_assert_int_eq(options.argument_count, 4);
	options = accept(COMMAND_REPORT, "trace --strict -o -");
	ck_assert(options.is_strict);
	ck_assert_ptr_null(options.targets.rows[0].path);
	ck_assert_str_eq(options.arguments[0], "trace");
}
END_TEST

START_TEST(formats_may_be_several)
{
	struct options options = accept(COMMAND_CHECK, "--format sarif:a --format=text -o b prog");

	ck_assert_uint_eq(options.targets.count, 2);
	ck_assert_str_eq(options.targets.rows[0].path, "a");
	ck_assert_str_eq(options.targets.rows[1].path, "b");
	refuse(COMMAND_REPORT, "--format text --format json x", "both go to standard output");
}
END_TEST

START_TEST(source_roots)
{
	struct options options = accept(COMMAND_REPORT, "--source-root / --junit-strict x");

	ck_assert_str_eq(options.source_root, "/");
	ck_assert(options.is_junit_strict);
	refuse(COMMAND_REPORT, "--source-root /nonexistent x", "No such file");
	refuse(COMMAND_REPORT, "--source-root /dev/null x", "no directory");
	refuse(COMMAND_RECORD, "--source-root / x", "no option '--source-root'");
}
END_TEST

START_TEST(seconds)
{
	ck_assert_int_eq(accept(COMMAND_RECORD, "--timeout 10").record.timeout_ns, 10000000000);
	ck_assert_int_eq(accept(COMMAND_RECORD, "--timeout 0.25").record.timeout_ns, 250000000);
	ck_assert_int_eq(accept(COMMAND_RECORD, "--timeout 1.0000000019").record.timeout_ns,
			 1000000001);
	ck_assert_int_eq(accept(COMMAND_RECORD, "--timeout 1000000000").record.timeout_ns,
			 INT64_C(1000000000000000000));
	static const char *const bad[] = {
		"0",	 "0.0", "-1", "+1", "1s",   "1e3",	  "0x10",
		"inf",	 "nan", ".5", "5.", "1..5", "1000000001", "99999999999999999999999",
		"EMPTY",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "--timeout %s", bad[i]);
		refuse(COMMAND_RECORD, line, "--timeout needs seconds");
	}
}
END_TEST

START_TEST(moments)
{
	ck_assert(!accept(COMMAND_REPORT, "trace").at.is_given);
	ck_assert_int_eq(accept(COMMAND_REPORT, "--at 17.2ms trace").at.ns, 17200000);
	ck_assert(accept(COMMAND_REPORT, "--at @3 trace").at.is_absolute);
	refuse(COMMAND_REPORT, "--at soon", "--at: a moment is like");
	refuse(COMMAND_REPORT, "--at EMPTY", "--at: a moment is like");
	refuse(COMMAND_CHECK, "--at 1", "no option '--at'");
}
END_TEST

START_TEST(milliseconds)
{
	struct options options =
		accept(COMMAND_REPORT, "--block-threshold 0 --long-wait 2.5 --long-hold 1000000000 "
				       "--order-budget 70000 --inversion-threshold 0.25");

	ck_assert_int_eq(options.limits.blocked_holding_ns, 0);
	ck_assert_int_eq(options.limits.wait_ns, 2500000);
	ck_assert_int_eq(options.limits.hold_ns, INT64_C(1000000000000000));
	ck_assert_int_eq(options.limits.inversion_ns, 250000);
	ck_assert_uint_eq(options.limits.order_states, 70000);
	ck_assert_uint_eq(accept(COMMAND_CHECK, "--top 1 true").limits.order_states, 5000);
	refuse(COMMAND_CHECK, "--order-budget 1k", "--order-budget needs a number");
	refuse(COMMAND_CHECK, "--block-threshold -1", "--block-threshold needs milliseconds");
	refuse(COMMAND_CHECK, "--long-wait 10ms", "from 0 to 1000000000, not '10ms'");
	refuse(COMMAND_CHECK, "--long-hold 1000000001", "--long-hold needs milliseconds");
	refuse(COMMAND_RECORD, "--long-hold 1", "no option '--long-hold'");
}
END_TEST

START_TEST(numbers)
{
	ck_assert_uint_eq(accept(COMMAND_REPORT, "--top 0").top, 0);
	ck_assert_uint_eq(accept(COMMAND_RECORD, "--stacks 64").record.stacks, 64);
	ck_assert_int_eq(accept(COMMAND_CHECK, "--error-exitcode 255").error_exitcode, 255);
	refuse(COMMAND_RECORD, "--stacks 65", "from 0 to 64");
	refuse(COMMAND_CHECK, "--error-exitcode 256", "from 0 to 255");
	refuse(COMMAND_CHECK, "--error-exitcode -1", "from 0 to 255");
	refuse(COMMAND_REPORT, "--top 10x", "--top needs a number");
	refuse(COMMAND_REPORT, "--top EMPTY", "--top needs a number");
	refuse(COMMAND_REPORT, "--top 99999999999999999999", "--top needs a number");
}
END_TEST

START_TEST(refused)
{
	refuse(COMMAND_REPORT, "--nonsense", "no option '--nonsense'");
	refuse(COMMAND_REPORT, "-x", "no option '-x'");
	refuse(COMMAND_REPORT, "--timeout 3", "no option '--timeout'");
	refuse(COMMAND_DUMP, "-o x", "no option '-o'");
	refuse(COMMAND_REPORT, "--format", "'--format' needs its argument FORMAT");
	refuse(COMMAND_REPORT, "-o", "'--output' needs its argument FILE");
	refuse(COMMAND_RECORD, "-o", "'--output' needs its argument DIR");
	refuse(COMMAND_REPORT, "--strict=yes", "'--strict' takes no argument");
	refuse(COMMAND_REPORT, "--format yaml", "no format 'yaml'");
	refuse(COMMAND_REPORT, "--fail-on fatal", "note, warning, error, none");
	refuse(COMMAND_REPORT, "--color maybe", "auto, always, never");
	refuse(COMMAND_CHECK, "--trace EMPTY", "not empty");
	/* --stacks and --strict, then: short for more than one. */
	refuse(COMMAND_CHECK, "--st", "more than one");
	refuse(COMMAND_DUMP, "--max-size 1", "no option '--max-size'");
}
END_TEST

START_TEST(help_tells_each_option_of_the_command)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	options_help(COMMAND_CHECK, out);
	fclose(out);
	for (const struct option_info *info = options_table(); info->name; info++)
		if (info->commands & COMMAND_CHECK)
			ck_assert_msg(strstr(text, info->help), "%s", info->name);
	ck_assert_ptr_null(strstr(text, "which is made or is empty"));
	free(text);
}
END_TEST

static bool is_argument(const char *name)
{
	const struct argument_info *info = arguments_table();

	while (info->name && strcmp(info->name, name))
		info++;
	return info->name;
}

/* Of options and commands: is name the argument of one of them? */
static bool is_taken(const char *name)
{
	static const char *const of_commands[] = {
#define COMMAND(id, name, argument, usage, summary) argument,
#include "analyzer/commands.def"
#undef COMMAND
	};
	size_t count = sizeof(of_commands) / sizeof(of_commands[0]);

	for (const struct option_info *info = options_table(); info->name; info++)
		if (info->argument && !strcmp(info->argument, name))
			return true;
	while (count && strcmp(of_commands[count - 1], name))
		count--;
	return count > 0;
}

START_TEST(arguments_are_those_of_options_and_commands)
{
	for (const struct option_info *info = options_table(); info->name; info++)
		ck_assert_msg(!info->argument || is_argument(info->argument),
			      "--%s: arguments.def has no %s", info->name, info->argument);
	for (const struct argument_info *info = arguments_table(); info->name; info++) {
		ck_assert_msg(is_taken(info->name), "nothing takes %s", info->name);
		ck_assert_int_eq(info->kind == ARGUMENT_WORD, info->words != NULL);
	}
	ck_assert_int_eq(accept(COMMAND_CHECK, "--fail-on error x").fail_on, LEVEL_ERROR);
	ck_assert_str_eq(arguments_find("LEVEL")->words[LEVEL_ERROR], "error");
	ck_assert_str_eq(arguments_find("WHEN")->words[COLOR_NEVER], "never");
}
END_TEST

/* A pipe is no terminal, so only the environment can ask for colour here. */
START_TEST(color)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	unsetenv("NO_COLOR");
	unsetenv("CLICOLOR_FORCE");
	unsetenv("FORCE_COLOR");
	ck_assert(!options_color(COLOR_AUTO, fds[1]));
	ck_assert(options_color(COLOR_ALWAYS, fds[1]));
	setenv("CLICOLOR_FORCE", "1", 1);
	ck_assert(options_color(COLOR_AUTO, fds[1]));
	ck_assert(!options_color(COLOR_AUTO, -1));
	ck_assert(!options_color(COLOR_NEVER, fds[1]));
	setenv("CLICOLOR_FORCE", "0", 1);
	ck_assert(!options_color(COLOR_AUTO, fds[1]));
	setenv("FORCE_COLOR", "1", 1);
	ck_assert(options_color(COLOR_AUTO, fds[1]));
	setenv("NO_COLOR", "", 1);
	ck_assert(options_color(COLOR_AUTO, fds[1]));
	setenv("NO_COLOR", "1", 1);
	ck_assert(!options_color(COLOR_AUTO, fds[1]));
	ck_assert(options_color(COLOR_ALWAYS, fds[1]));
	close(fds[0]);
	close(fds[1]);
}
END_TEST

Suite *suite_options(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_test(tests, defaults);
	tcase_add_test(tests, all_of_check);
	tcase_add_test(tests, command_keeps_its_options);
	tcase_add_test(tests, noise);
	tcase_add_test(tests, how_much_is_recorded);
	tcase_add_test(tests, sizes);
	tcase_add_test(tests, formats_may_be_several);
	tcase_add_test(tests, source_roots);
	tcase_add_test(tests, seconds);
	tcase_add_test(tests, moments);
	tcase_add_test(tests, milliseconds);
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, refused);
	tcase_add_test(tests, help_tells_each_option_of_the_command);
	tcase_add_test(tests, arguments_are_those_of_options_and_commands);
	tcase_add_test(tests, color);
	suite_add_tcase(suite, tests);
	return suite;
}
