/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Workflow commands of GitHub: an annotation a finding, worst first, since only some ten of each level are
 * shown a step. Nothing is written where there is nothing to annotate.
 */
#include "analyzer/formats/ci.h"
#include "analyzer/formats/text.h"

/* In a property `:` and `,` would end it. */
static void write_escaped(FILE *out, const char *text, bool is_property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r' ||
		    (is_property && (*text == ':' || *text == ',')))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			putc(*text, out);
	}
}

static void add_steps(GString *message, const struct ci *ci, const struct finding *finding)
{
	for (guint i = 0; i < finding->steps->len && message->len < CI_TEXT_MAX; i++) {
		const struct finding_step *step =
			&g_array_index(finding->steps, struct finding_step, i);
		g_autofree char *words = ci_step_words(step);
		struct ci_place place;

		g_string_append_printf(message, "\n%s", words);
		if (!ci_step_place(ci, step, &place))
			continue;
		g_autofree char *path = text_clean(place.path, CI_NAME_MAX);
		g_string_append_printf(message, " (%s:%d)", path, place.line);
	}
}

static char *message_of(const struct ci *ci, const struct finding *finding)
{
	g_autofree char *sentence = text_clean(finding->message, TEXT_SENTENCE_MAX);
	g_autofree char *process = text_clean(finding->process, CI_NAME_MAX);
	GString *message = g_string_new(sentence);

	add_steps(message, ci, finding);
	for (guint i = 0; i < finding->notes->len && message->len < CI_TEXT_MAX; i++) {
		g_autofree char *note = text_clean(finding->notes->pdata[i], TEXT_SENTENCE_MAX);
		g_string_append_printf(message, "\n%s", note);
	}
	if (finding->process)
		g_string_append_printf(message, "\nProcess: %s", process);
	g_string_append_printf(message, "\nFingerprint: %s", finding->fingerprint);
	return g_string_free(message, FALSE);
}

static void write_place(FILE *out, const struct ci_place *place)
{
	if (place->is_stand_in)
		return;
	g_autofree char *path = text_clean(place->path, TEXT_SENTENCE_MAX);
	fputs("file=", out);
	write_escaped(out, path, true);
	fprintf(out, ",line=%d,endLine=%d,", place->line, place->line);
}

static void write_annotation(FILE *out, const struct ci *ci, const struct finding *finding)
{
	static const char *const commands[] = { "notice", "warning", "error" };
	const struct ci_place place = ci_place(ci, finding);
	g_autofree char *message = message_of(ci, finding);

	fprintf(out, "::%s ", commands[finding->level]);
	write_place(out, &place);
	fputs("title=heddle", out);
	write_escaped(out, ": ", true);
	fprintf(out, "%s (%s)::", finding->rule, certainty_name(finding->certainty));
	write_escaped(out, message, false);
	putc('\n', out);
}

static void emit(FILE *out, const struct ci *ci)
{
	for (guint i = 0; i < ci->findings->len; i++)
		if (finding_counts(ci->findings->pdata[i]))
			write_annotation(out, ci, ci->findings->pdata[i]);
	if (ci->report->trace.is_complete)
		return;
	g_autofree char *reason =
		text_clean(ci->report->trace.incomplete_reason, TEXT_SENTENCE_MAX);
	fputs("::warning title=heddle::The trace is incomplete (", out);
	write_escaped(out, reason, false);
	fputs("): what is not found may be there all the same.\n", out);
}

static int github_write(FILE *out, const struct report *report,
			const struct format_options *options, struct error *err)
{
	return ci_write(out, NULL, report, options, emit, err);
}

static int github_write_several(FILE *out, const GPtrArray *reports, const struct report *joined,
				const struct format_options *options, struct error *err)
{
	return ci_write(out, reports, joined, options, emit, err);
}

const struct format format_github = {
	.name = "github",
	.summary = "findings as annotations of a GitHub workflow, on standard output there",
	.write = github_write,
	.write_several = github_write_several,
};
