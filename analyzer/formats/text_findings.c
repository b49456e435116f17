/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: the findings, each as a story of its threads. */
#include "analyzer/formats/text.h"

#include <inttypes.h>
#include <string.h>

#define FRAMES_SHOWN 8
#define SCHEDULE_MAX 44 /* characters of a column */

static void write_frame(const struct text *text, const struct frame *frame)
{
	g_autofree char *function = text_clean(frame->function, TEXT_LINE_MAX);
	g_autofree char *file = text_clean(frame->file, TEXT_LINE_MAX);
	g_autofree char *module = text_clean(frame->module, TEXT_LINE_MAX);
	const char *inlined = frame->is_inlined ? " [inlined]" : "";

	if (frame->file && frame->line > 0)
		fprintf(text->out, "        %s (%s:%d)%s\n", function, file, frame->line, inlined);
	else if (frame->module && frame->function)
		fprintf(text->out, "        %s (%s+0x%" PRIx64 ")%s\n", function, module,
			frame->offset, inlined);
	else if (frame->module)
		fprintf(text->out, "        %s+0x%" PRIx64 "\n", module, frame->offset);
	else
		fprintf(text->out, "        0x%" PRIx64 "\n", frame->address);
}

void text_stack(const struct text *text, const struct stack *stack)
{
	/* A single frame takes no more room than the words "1 more". */
	unsigned shown = stack->count > FRAMES_SHOWN + 1 ? FRAMES_SHOWN : stack->count;

	for (unsigned i = 0; i < shown; i++)
		write_frame(text, &stack->frames[i]);
	if (shown < stack->count)
		fprintf(text->out, "        ... %u more\n", stack->count - shown);
}

/* A lock, to read or to write; the routine of a once that it runs; a semaphore that it took. */
static bool is_holding(const struct finding_step *step)
{
	return g_str_has_prefix(step->action, "holds") ||
	       g_str_has_prefix(step->action, "runs the routine of") ||
	       !strcmp(step->action, "took");
}

/* Who else of the finding holds what this step waits for; NULL nobody. */
static const char *step_holder(const struct finding *finding, const struct finding_step *waiting)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step =
			&g_array_index(finding->steps, struct finding_step, i);
		if (is_holding(step) && !g_strcmp0(step->object, waiting->object) &&
		    g_strcmp0(step->thread, waiting->thread))
			return step->thread;
	}
	return NULL;
}

/* The word before the time of a step, which counts from the start of the trace. */
static const char *step_when(const struct finding_step *step)
{
	if (g_str_has_prefix(step->action, "holds"))
		return "acquired at";
	return step->since_ns < 0 ? "at" : "since";
}

static void write_step(const struct text *text, const struct finding *finding,
		       const struct finding_step *step)
{
	g_autofree char *action = text_clean(step->action, TEXT_LINE_MAX);
	g_autofree char *object = text_clean(step->object, TEXT_LINE_MAX);
	g_autofree char *time = text_duration(step->time_ns);
	g_autofree char *since = text_duration(step->since_ns);
	const char *holder = NULL;

	if (step->object && g_str_has_prefix(step->action, "waits"))
		holder = step_holder(finding, step);
	fprintf(text->out, "      %s%s%s", action, step->object ? " " : "",
		step->object ? object : "");
	if (step->since_ns >= 0)
		fprintf(text->out, " for %s", since);
	if (step->time_ns >= 0)
		fprintf(text->out, ", %s +%s", step_when(step), time);
	if (holder) {
		g_autofree char *name = text_clean(holder, TEXT_LINE_MAX);
		fprintf(text->out, "; held by %s", name);
	}
	putc('\n', text->out);
	text_stack(text, &step->stack);
}

/* A thread is named again where another one came between: the order of the steps is kept. */
static void write_steps(const struct text *text, const struct finding *finding)
{
	const char *thread = NULL;

	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step =
			&g_array_index(finding->steps, struct finding_step, i);

		if (!thread || g_strcmp0(thread, step->thread)) {
			g_autofree char *name = text_clean(step->thread, TEXT_LINE_MAX);
			fputs("    ", text->out);
			text_color(text, TEXT_BOLD);
			fputs(name, text->out);
			text_color(text, TEXT_PLAIN);
			putc('\n', text->out);
		}
		thread = step->thread;
		write_step(text, finding, step);
	}
}

static const struct schedule_step *schedule_at(const struct finding *finding, guint index)
{
	return &g_array_index(finding->schedule, struct schedule_step, index);
}

/* What the step does, or whose it is, cut so that it stays within a column. */
static char *schedule_cell(const struct schedule_step *step, bool is_thread)
{
	g_autofree char *cell = is_thread ? g_strdup(step->thread)
					  : g_strdup_printf("%s %s", step->action, step->object);

	return text_clean(cell, SCHEDULE_MAX);
}

/* The widest cell of those of thread; NULL: of all threads' names. */
static int schedule_width(const struct finding *finding, const char *thread)
{
	long width = 0;

	for (guint i = 0; i < finding->schedule->len; i++) {
		const struct schedule_step *step = schedule_at(finding, i);
		g_autofree char *name = schedule_cell(step, true);
		g_autofree char *cell = schedule_cell(step, false);

		if (!thread || !strcmp(step->thread, thread))
			width = MAX(width, g_utf8_strlen(name, -1));
		if (thread && !strcmp(step->thread, thread))
			width = MAX(width, g_utf8_strlen(cell, -1));
	}
	return (int)width;
}

/* Behind text, to the column after one of that width. */
static void write_gap(const struct text *text, const char *before, int width)
{
	fprintf(text->out, "%*s", width - (int)g_utf8_strlen(before, -1), "");
}

/* The second thread of the schedule; NULL where it has fewer or more than two. */
static const struct schedule_step *second_thread(const struct finding *finding)
{
	const struct schedule_step *second = NULL;

	for (guint i = 1; i < finding->schedule->len; i++) {
		const struct schedule_step *step = schedule_at(finding, i);

		if (!strcmp(step->thread, schedule_at(finding, 0)->thread))
			continue;
		if (second && strcmp(step->thread, second->thread))
			return NULL;
		second = step;
	}
	return second;
}

/* A column for each thread. */
static void write_columns(const struct text *text, const struct finding *finding,
			  const struct schedule_step *second)
{
	const struct schedule_step *first = schedule_at(finding, 0);
	g_autofree char *left = schedule_cell(first, true);
	g_autofree char *right = schedule_cell(second, true);
	int width = schedule_width(finding, first->thread) + 4;

	fprintf(text->out, "    %s", left);
	write_gap(text, left, width);
	fprintf(text->out, "%s\n", right);
	for (guint i = 0; i < finding->schedule->len; i++) {
		const struct schedule_step *step = schedule_at(finding, i);
		g_autofree char *cell = schedule_cell(step, false);
		bool is_left = !strcmp(step->thread, first->thread);

		fprintf(text->out, "      %*s%s\n", is_left ? 0 : width, "", cell);
	}
}

/* A column for the names, and one for what they do. */
static void write_rows(const struct text *text, const struct finding *finding)
{
	int width = schedule_width(finding, NULL) + 4;

	for (guint i = 0; i < finding->schedule->len; i++) {
		const struct schedule_step *step = schedule_at(finding, i);
		g_autofree char *name = schedule_cell(step, true);
		g_autofree char *cell = schedule_cell(step, false);

		fprintf(text->out, "    %s", name);
		write_gap(text, name, width);
		fprintf(text->out, "%s\n", cell);
	}
}

/* How it would come to a deadlock, from top to bottom. */
static void write_schedule(const struct text *text, const struct finding *finding)
{
	const struct schedule_step *second = second_thread(finding);

	if (!finding->schedule->len)
		return;
	if (second)
		write_columns(text, finding, second);
	else
		write_rows(text, finding);
	fprintf(text->out, "      and %s goes on; where each comes from:\n",
		second ? "neither" : "none");
}

static void write_title(const struct text *text, guint number, const struct finding *finding)
{
	static const enum text_color colors[] = {
		[LEVEL_NOTE] = TEXT_BOLD,
		[LEVEL_WARNING] = TEXT_YELLOW,
		[LEVEL_ERROR] = TEXT_RED,
	};

	fprintf(text->out, "\n%u. ", number);
	text_color(text, colors[finding->level]);
	fprintf(text->out, "%s: %s", level_name(finding->level), finding->rule);
	text_color(text, TEXT_PLAIN);
	fprintf(text->out, " (%s)", certainty_name(finding->certainty));
	if (text->report->trace.processes > 1) {
		g_autofree char *process = text_clean(finding->process, TEXT_LINE_MAX);
		fprintf(text->out, " in process %" PRId32 ", %s", finding->pid, process);
	}
	putc('\n', text->out);
}

/* Why it does not count. */
static void write_aside(const struct text *text, const struct finding *finding)
{
	g_autofree char *reason = g_strdup_printf(
		"Suppressed: %s", finding->suppressed_by ? finding->suppressed_by : "");

	if (finding->suppressed_by)
		text_wrap(text, 2, reason);
	if (finding->is_baselined)
		text_wrap(text, 2, "In the baseline.");
}

void text_finding(const struct text *text, guint number, const struct finding *finding)
{
	write_title(text, number, finding);
	text_wrap(text, 2, finding->message);
	write_schedule(text, finding);
	write_steps(text, finding);
	for (guint i = 0; i < finding->notes->len; i++)
		text_wrap(text, 2, g_ptr_array_index(finding->notes, i));
	fprintf(text->out, "  fingerprint %s", finding->fingerprint);
	if (finding->count > 1)
		fprintf(text->out, ", seen %u times", finding->count);
	putc('\n', text->out);
	write_aside(text, finding);
}

void text_findings(const struct text *text)
{
	const GPtrArray *findings = text->report->findings;
	guint number = 0;

	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(findings, i);

		if (format_lists(text->options, finding))
			text_finding(text, ++number, finding);
	}
}
