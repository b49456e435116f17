/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands share: complaints, writing a report. */
#include "analyzer/cmd.h"

#include <glib.h>
#include <inttypes.h>
#include <unistd.h>

#include "analyzer/output.h"

static void cmd_print(const char *format, va_list args)
{
	g_autofree char *sentence = g_strdup_vprintf(format, args);

	/* Names of files and of what is in a trace may hold anything. */
	for (char *at = sentence; *at; at++)
		if (g_ascii_iscntrl(*at))
			*at = '?';
	fprintf(stderr, "heddle: %s", sentence);
}

void cmd_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cmd_print(format, args);
	va_end(args);
	putc('\n', stderr);
}

void cmd_say_sentence(const char *sentence)
{
	cmd_say("%s", sentence);
}

int cmd_refuse(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cmd_print(format, args);
	va_end(args);
	fprintf(stderr, "; try 'heddle %s%s--help'\n", command ? command : "", command ? " " : "");
	return EXIT_CODE_USAGE;
}

void cmd_choose_seed(const struct options *options, struct record_options *record)
{
	if (!record->has_noise || options->has_noise_seed)
		return;
	record->noise_seed = g_random_int();
	cmd_say("noise seed %" PRIu32 "; repeat with --noise=%" PRIu32, record->noise_seed,
		record->noise_seed);
}

/* reports: NULL where report is of one trace. */
static int cmd_write_one(const struct options *options, const struct target *target,
			 const GPtrArray *reports, const struct report *report, struct error *err)
{
	const struct format_options format_options = {
		.top = options->top,
		.has_color = options_color(options->color, target->path ? -1 : STDOUT_FILENO),
		.lists_dropped = options->lists_dropped,
		.shows_set_aside = options->shows_set_aside,
		.has_baseline = options->lists.baseline || options->lists.written_baseline,
		.is_junit_strict = options->is_junit_strict,
		.fail_on = options->fail_on,
		.source_root = options->source_root,
	};
	const struct format *format = target->format;
	struct output output;

	int ret = output_open(&output, target->path, err);
	if (ret < 0)
		return ret;
	if (reports)
		ret = format->write_several(output.file, reports, report, &format_options, err);
	else
		ret = format->write(output.file, report, &format_options, err);
	if (ret < 0 && !ferror(output.file)) {
		output_discard(&output);
		return ret;
	}
	/* It knows why the file did not take what the format wrote. */
	return output_close(&output, err);
}

/* A reader that has seen enough (`| head`) is no failure. */
static bool is_failure(const struct target *target, int ret)
{
	return ret < 0 && !(ret == -EPIPE && !target->path);
}

/*
 * What cannot be written takes nothing else away. Standard output comes last: where its
 * reader is gone a signal may end heddle. Of several failures the first is err's.
 */
static int cmd_write(const struct options *options, const GPtrArray *reports,
		     const struct report *report, struct error *err)
{
	const struct targets *targets = &options->targets;
	int failure = 0;

	for (unsigned i = 0; i < 2 * targets->count; i++) {
		const struct target *target = &targets->rows[i % targets->count];
		struct error another;

		if ((i < targets->count) == !target->path)
			continue;
		int ret = cmd_write_one(options, target, reports, report, failure ? &another : err);
		if (!is_failure(target, ret))
			continue;
		if (failure)
			cmd_say("%s", another.text);
		else
			failure = ret;
	}
	return failure;
}

int cmd_write_report(const struct options *options, const struct report *report, struct error *err)
{
	return cmd_write(options, NULL, report, err);
}

int cmd_write_reports(const struct options *options, const GPtrArray *reports,
		      const struct report *joined, struct error *err)
{
	return cmd_write(options, reports, joined, err);
}

int cmd_finish_lists(struct lists *lists, const GPtrArray *reports, bool is_whole,
		     struct error *err)
{
	g_autoptr(GPtrArray) sentences = g_ptr_array_new_with_free_func(g_free);
	int ret = lists_finish(lists, reports, is_whole, sentences, err);

	for (guint i = 0; i < sentences->len; i++)
		cmd_say("%s", (char *)sentences->pdata[i]);
	return ret;
}
