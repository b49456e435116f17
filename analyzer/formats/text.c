/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report for a person in a hurry: verdict, findings, where time went, what was recorded. */
#include "analyzer/formats/text.h"

#include <inttypes.h>

/* "1 error, 2 warnings; 3 suppressed, 1 in the baseline"; empty where there is no finding. */
static char *text_levels(const struct report *report)
{
	unsigned suppressed = report_suppressed(report), baselined = report_baselined(report);
	GString *levels = g_string_new(NULL);

	for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
		unsigned above = level == LEVEL_ERROR ? 0 : report_count(report, level + 1);
		unsigned count = report_count(report, level) - above;
		g_autofree char *word = text_counted(count, level_name(level));

		if (count)
			g_string_append_printf(levels, "%s%s", levels->len ? ", " : "", word);
	}
	if (suppressed)
		g_string_append_printf(levels, "%s%u suppressed", levels->len ? "; " : "",
				       suppressed);
	if (baselined)
		g_string_append_printf(levels, "%s%u in the baseline",
				       !levels->len ? ""
				       : suppressed ? ", "
						    : "; ",
				       baselined);
	return g_string_free(levels, FALSE);
}

static void write_verdict(const struct text *text)
{
	static const enum text_color colors[] = {
		[VERDICT_CLEAN] = TEXT_GREEN,
		[VERDICT_FINDINGS] = TEXT_RED,
		[VERDICT_INCOMPLETE] = TEXT_YELLOW,
	};
	const struct report *report = text->report;
	g_autofree char *levels = text_levels(report);

	text_color(text, colors[report->verdict]);
	fprintf(text->out, "Verdict: %s", verdict_name(report->verdict));
	text_color(text, TEXT_PLAIN);
	fprintf(text->out, "%s%s\n", *levels ? ", " : "", levels);
}

/* What makes the findings doubtful comes before them. */
static void write_health(const struct text *text)
{
	const struct trace_facts *trace = &text->report->trace;

	if (!trace->is_complete) {
		g_autofree char *reason = text_clean(trace->incomplete_reason, TEXT_SENTENCE_MAX);
		g_autofree char *sentence = g_strdup_printf(
			"The trace is incomplete (%s): what is not found may be there all the same.",
			reason);
		text_wrap(text, 0, sentence);
	}
	if (trace->misfits) {
		g_autofree char *events = text_counted(trace->misfits, "event");
		fprintf(text->out, "%s did not fit in with the rest of the trace.\n", events);
	}
}

static void write_command(const struct text *text)
{
	const struct trace_facts *trace = &text->report->trace;
	g_autofree char *command = text_clean(trace->command, TEXT_LINE_MAX);
	g_autofree char *ending = text_clean(trace->ending, TEXT_LINE_MAX);

	if (trace->command && trace->ending)
		fprintf(text->out, "Command: %s; it %s\n", command, ending);
	else if (trace->command)
		fprintf(text->out, "Command: %s\n", command);
}

static void write_noise(const struct text *text)
{
	const struct noise *noise = text->report->trace.noise;

	if (!noise)
		return;
	g_autofree char *pauses = text_counted(noise->pauses, "pause");
	g_autofree char *paused = text_duration(noise->paused_ns);
	g_autofree char *sentence = g_strdup_printf("Noise: seed %" PRId64
						    ", which --noise=%" PRId64
						    " repeats; %s of %s in all, which "
						    "the times below include.",
						    noise->seed, noise->seed, pauses, paused);
	text_wrap(text, 0, sentence);
}

static void write_dropped(const struct text *text)
{
	const GArray *rows = text->report->dropped;
	GString *reasons = g_string_new(NULL);
	uint64_t cycles = 0;

	for (guint i = 0; i < rows->len; i++) {
		const struct dropped *row = &g_array_index(rows, struct dropped, i);
		if (row->is_undecided)
			continue;
		if (row->cycles)
			g_string_append_printf(reasons, "%s%" PRIu64 " %s",
					       reasons->len ? ", " : "", row->cycles, row->reason);
		cycles += row->cycles;
	}
	if (cycles) {
		g_autofree char *counted = text_counted(cycles, "lock-order cycle");
		g_autofree char *sentence = g_strdup_printf(
			"%s cannot deadlock: %s%s", counted, reasons->str,
			text->options->lists_dropped ? ":" : " (--dropped lists them).");
		putc('\n', text->out);
		text_wrap(text, 0, sentence);
	}
	g_string_free(reasons, TRUE);
}

static void write_undecided(const struct text *text)
{
	const GArray *rows = text->report->dropped;

	for (guint i = 0; i < rows->len; i++) {
		const struct dropped *row = &g_array_index(rows, struct dropped, i);

		if (!row->is_undecided || !row->cycles)
			continue;
		g_autofree char *counted = text_counted(row->cycles, "lock-order cycle");
		fprintf(text->out, "\nNot decided, for there are too many: %s at least.\n",
			counted);
	}
}

static void write_dropped_examples(const struct text *text)
{
	const GArray *rows = text->report->dropped;

	for (guint i = 0; i < rows->len; i++) {
		const struct dropped *row = &g_array_index(rows, struct dropped, i);
		guint told = row->examples ? row->examples->len : 0;

		if (row->is_undecided)
			continue;
		for (guint j = 0; j < told; j++) {
			g_autofree char *sentence =
				g_strdup_printf("%s: %s", row->reason,
						(const char *)g_ptr_array_index(row->examples, j));
			text_wrap(text, 2, sentence);
		}
		if (told < row->cycles)
			fprintf(text->out, "  %s: and %" PRIu64 " more\n", row->reason,
				row->cycles - told);
	}
}

static void write_trace(const struct text *text)
{
	const struct trace_facts *trace = &text->report->trace;
	g_autofree char *events = text_counted(trace->events, "event");
	g_autofree char *threads = text_counted(trace->threads, "thread");
	g_autofree char *processes = text_counted(trace->processes, "process");
	g_autofree char *objects = text_counted(trace->objects, "object");
	g_autofree char *duration = text_duration(trace->duration_ns);
	g_autofree char *lost = text_counted(trace->lost_events, "event");
	g_autofree char *packets = text_counted(trace->lost_packets, "packet");

	fprintf(text->out, "\nTrace: %s of %s in %s, %s, over %s; ", events, threads, processes,
		objects, duration);
	if (trace->lost_events || trace->lost_packets)
		fprintf(text->out, "%s and %s lost.\n", lost, packets);
	else
		fputs("nothing lost.\n", text->out);
}

/* "5.41 MB", of 1000 bytes a step. */
static char *text_bytes(int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB" };
	double value = (double)bytes;
	unsigned unit = 0;

	for (; unit < 3 && value >= 999.5; unit++)
		value /= 1000;
	int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return g_strdup_printf("%.*f %s", digits, value, units[unit]);
}

static void write_detail(const struct text *text)
{
	const struct trace_facts *trace = &text->report->trace;
	g_autofree char *since = text_duration(trace->summary_since_ns);

	if (trace->detail != TRACE_DETAIL_SUMMARY)
		return;
	g_autofree char *sentences = g_strdup_printf(
		"Detail: summary%s%s. Acquisitions and releases without a wait were counted, not "
		"recorded one by one: hold times come from samples, a wait may be for a holder who "
		"was not told, and misuse of a lock (unlocked twice, or by another thread, still "
		"held at exit or fork) may be missed. Waits, deadlocks and lock orders are told "
		"as in full.",
		trace->summary_since_ns ? " since +" : "", trace->summary_since_ns ? since : "");
	text_wrap(text, 0, sentences);
}

/* A further part of the sentence about the recording. */
static void add_part(GString *parts, const char *part)
{
	g_string_append_printf(parts, "%s%s", parts->len ? "; " : "", part);
}

static void add_amounts(GString *parts, const struct recording *recording)
{
	g_autofree char *events = text_counted((uint64_t)recording->events, "event");
	g_autofree char *bytes = text_bytes(recording->bytes);
	g_autofree char *batches = text_counted((uint64_t)recording->batches, "batch");
	const char *amounts[4] = { NULL };
	unsigned count = 0;

	if (recording->events >= 0)
		amounts[count++] = events;
	if (recording->bytes >= 0)
		amounts[count++] = bytes;
	if (recording->batches >= 0)
		amounts[count++] = batches;
	g_autofree char *joined = g_strjoinv(", ", (char **)amounts);
	if (count)
		add_part(parts, joined);
}

static void add_costs(GString *parts, const struct recording *recording)
{
	g_autofree char *blocked = text_duration(recording->blocked_ns);
	g_autofree char *slowed = g_strdup_printf(
		"the program was slowed, its threads waited %s in all for the recorder", blocked);
	double percent = (double)recording->share_ppm / 10000;
	g_autofree char *share =
		percent < 0.1 ? g_strdup("less than 0.1 % of the program's CPU time")
			      : g_strdup_printf("about %.1f %% of the program's CPU time", percent);

	if (recording->blocked_ns >= 0)
		add_part(parts,
			 recording->blocked_ns ? slowed : "no thread waited for the recorder");
	if (recording->share_ppm >= 0)
		add_part(parts, share);
}

/* What is known of it; nothing where nothing is. */
static void write_recording(const struct text *text)
{
	const struct trace_facts *trace = &text->report->trace;
	GString *parts = g_string_new(trace->detail == TRACE_DETAIL_FULL ? "full detail" : NULL);

	if (trace->recording) {
		add_amounts(parts, trace->recording);
		add_costs(parts, trace->recording);
	}
	if (parts->len) {
		g_autofree char *sentence = g_strdup_printf("Recording: %s.", parts->str);
		text_wrap(text, 0, sentence);
	}
	g_string_free(parts, TRUE);
}

static void write_report(const struct text *text)
{
	write_verdict(text);
	write_health(text);
	write_command(text);
	write_noise(text);
	text_findings(text);
	text_hang(text);
	text_state(text);
	text_tables(text);
	text_calls(text);
	text_path(text);
	text_serialisation(text);
	write_undecided(text);
	write_dropped(text);
	if (text->options->lists_dropped)
		write_dropped_examples(text);
	write_trace(text);
	write_detail(text);
	write_recording(text);
}

static int text_write(FILE *out, const struct report *report, const struct format_options *options,
		      struct error *err)
{
	const struct text text = { .out = out, .report = report, .options = options };

	write_report(&text);
	return ferror(out) ? fail(err, EIO, "cannot write the report") : 0;
}

/* "  a.events: findings, 1 error" */
static void write_line(const struct text *text, const char *name, const char *verdict,
		       const struct report *report)
{
	g_autofree char *levels = text_levels(report);

	fprintf(text->out, "  %s: %s%s%s\n", name, verdict, *verdict && *levels ? ", " : "",
		levels);
}

/* What is found in all, in each trace, and in none of them alone. */
static void write_overview(const struct text *text, const GPtrArray *reports)
{
	const struct report *joined = text->report;
	g_autofree char *traces = text_counted(reports->len, "trace");

	text_color(text, TEXT_BOLD);
	fprintf(text->out, "Verdict of %s: %s\n", traces, verdict_name(joined->verdict));
	text_color(text, TEXT_PLAIN);
	if (!joined->trace.is_complete)
		fprintf(text->out, "%s: what is not found may be there all the same.\n",
			joined->trace.incomplete_reason);
	for (guint i = 0; i < reports->len; i++) {
		const struct report *report = reports->pdata[i];
		g_autofree char *path = text_clean(report->trace.path, TEXT_LINE_MAX);
		write_line(text, path, verdict_name(report->verdict), report);
	}
	write_line(text, "orders of locks across them",
		   joined->findings->len ? "" : "none that contradict each other", joined);
}

static int text_write_several(FILE *out, const GPtrArray *reports, const struct report *joined,
			      const struct format_options *options, struct error *err)
{
	struct text text = { .out = out, .report = joined, .options = options };

	write_overview(&text, reports);
	text_findings(&text);
	for (guint i = 0; i < reports->len; i++) {
		text.report = reports->pdata[i];
		g_autofree char *path = text_clean(text.report->trace.path, TEXT_LINE_MAX);
		fprintf(out, "\n== Trace %u of %u: %s\n\n", i + 1, reports->len, path);
		write_report(&text);
	}
	return ferror(out) ? fail(err, EIO, "cannot write the report") : 0;
}

const struct format format_text = {
	.name = "text",
	.summary = "for people: verdict, findings, where time went",
	.write = text_write,
	.write_several = text_write_several,
};
