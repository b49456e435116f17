/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SARIF: one finding, with a sentence whose links lead to the places of its steps. */
#include <inttypes.h>
#include <string.h>

#include "analyzer/formats/sarif.h"
#include "analyzer/formats/text.h"
#include "analyzer/rules.h"

void sarif_message(struct json *json, const char *key, const char *text)
{
	json_object_begin(json, key);
	json_string(json, "text", text);
	json_object_end(json);
}

static void write_artifact(struct json *json, const char *path)
{
	/* Bytes that are no UTF-8 are escaped as well. */
	g_autofree char *uri = g_uri_escape_string(path, "/", FALSE);

	json_object_begin(json, "artifactLocation");
	json_string(json, "uri", uri);
	json_string(json, "uriBaseId", "SRCROOT");
	json_object_end(json);
}

/* The whole line: columns are not recorded. GitHub wants all four. */
static void write_region(struct json *json, const struct ci *ci, const struct ci_place *place)
{
	const struct line_hash *line = sources_line(ci->sources, place->path, place->line);

	json_object_begin(json, "region");
	json_signed(json, "startLine", place->line);
	json_signed(json, "startColumn", 1);
	json_signed(json, "endLine", place->line);
	/* Behind the last character. Of a line that is not there to be measured, something. */
	json_unsigned(json, "endColumn", line ? line->length + 1 : 2);
	json_object_end(json);
}

void sarif_location(struct json *json, const struct ci *ci, const struct ci_place *place, guint id,
		    const char *message)
{
	if (id)
		json_unsigned(json, "id", id);
	json_object_begin(json, "physicalLocation");
	write_artifact(json, place->path);
	write_region(json, ci, place);
	json_object_end(json);
	if (message)
		sarif_message(json, "message", message);
}

/* A link's text may hold neither bracket nor backslash as they are. */
static void add_link(GString *message, const char *words, guint id)
{
	g_string_append_c(message, '[');
	for (; *words; words++) {
		if (*words == '[' || *words == ']' || *words == '\\')
			g_string_append_c(message, '\\');
		g_string_append_c(message, *words);
	}
	g_string_append_printf(message, "](%u)", id);
}

/* Words that may look like a link do not become one. */
static void add_words(GString *message, const char *words)
{
	bool has_link = strstr(words, "](") != NULL;

	for (; *words; words++) {
		if (has_link && (*words == '[' || *words == ']' || *words == '\\'))
			g_string_append_c(message, '\\');
		g_string_append_c(message, *words);
	}
}

static void add_sentence(GString *message, const char *sentence, unsigned max)
{
	g_autofree char *clean = text_clean(sentence, max);

	if (message->len)
		g_string_append_c(message, ' ');
	add_words(message, clean);
}

/* A step whose place is told has its number, from 1 on, as the id of a location. */
static bool is_linked(const struct ci *ci, const struct finding *finding, guint index,
		      struct ci_place *place)
{
	return index < SARIF_RELATED_MAX &&
	       ci_step_place(ci, &g_array_index(finding->steps, struct finding_step, index), place);
}

static void add_steps(GString *message, const struct ci *ci, const struct finding *finding)
{
	guint count = MIN(finding->steps->len, SARIF_RELATED_MAX);

	for (guint i = 0; i < count && message->len < CI_TEXT_MAX; i++) {
		g_autofree char *words =
			ci_step_words(&g_array_index(finding->steps, struct finding_step, i));
		struct ci_place place;

		g_string_append(message, i ? "; " : " Where: ");
		if (is_linked(ci, finding, i, &place))
			add_link(message, words, i + 1);
		else
			add_words(message, words);
	}
	if (count)
		g_string_append_c(message, '.');
}

/* How long something took, or when it was: another run says another time, or of another thread. */
static bool tells_time(const char *note)
{
	return g_regex_match_simple("[0-9] (ns|us|ms|s)\\b", note, G_REGEX_RAW, 0);
}

static char *message_of(const struct ci *ci, const struct finding *finding, bool is_stand_in)
{
	GString *message = g_string_new(NULL);

	add_sentence(message, finding->message, TEXT_SENTENCE_MAX);
	add_steps(message, ci, finding);
	for (guint i = 0; i < finding->notes->len && message->len < CI_TEXT_MAX; i++)
		if (!tells_time(finding->notes->pdata[i]))
			add_sentence(message, finding->notes->pdata[i], TEXT_SENTENCE_MAX);
	if (finding->process) {
		g_autofree char *process = text_clean(finding->process, CI_NAME_MAX);
		g_string_append(message, " In process ");
		add_words(message, process);
		g_string_append_c(message, '.');
	}
	if (is_stand_in)
		g_string_append(message, " No place of it is known in the source tree; the program "
					 "stands in for it.");
	return g_string_free(message, FALSE);
}

static void write_related(struct json *json, const struct ci *ci, const struct finding *finding)
{
	json_array_begin(json, "relatedLocations");
	for (guint i = 0; i < finding->steps->len && i < SARIF_RELATED_MAX; i++) {
		g_autofree char *words =
			ci_step_words(&g_array_index(finding->steps, struct finding_step, i));
		struct ci_place place;

		if (!is_linked(ci, finding, i, &place))
			continue;
		json_object_begin(json, NULL);
		sarif_location(json, ci, &place, i + 1, words);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_fingerprints(struct json *json, const struct ci *ci,
			       const struct finding *finding, const struct ci_place *place)
{
	const struct line_hash *line = sources_line(ci->sources, place->path, place->line);

	json_object_begin(json, "partialFingerprints");
	if (line && !place->is_stand_in) {
		g_autofree char *hash =
			g_strdup_printf("%" PRIx64 ":%u", line->hash, line->occurrence);
		json_string(json, "primaryLocationLineHash", hash);
	}
	json_string(json, "heddleFingerprint/v1", finding->fingerprint);
	json_object_end(json);
}

/* Of those that are not suppressed the list is empty: the tool knows of suppressions. */
static void write_aside(struct json *json, const struct ci *ci, const struct finding *finding)
{
	json_array_begin(json, "suppressions");
	if (finding->suppressed_by) {
		json_object_begin(json, NULL);
		json_string(json, "kind", "external");
		json_string(json, "status", "accepted");
		json_string(json, "justification", finding->suppressed_by);
		json_object_end(json);
	}
	json_array_end(json);
	if (ci->options->has_baseline)
		json_string(json, "baselineState", finding->is_baselined ? "unchanged" : "new");
}

static void write_properties(struct json *json, const struct finding *finding)
{
	json_object_begin(json, "properties");
	json_string(json, "certainty", certainty_name(finding->certainty));
	json_object_end(json);
}

static void write_rule_index(struct json *json, const struct finding *finding)
{
	const struct rule *rule = rules_find(finding->rule);

	json_string(json, "ruleId", finding->rule);
	if (rule)
		json_signed(json, "ruleIndex", rule - rules_table());
}

static void write_result(struct json *json, const struct ci *ci, const struct finding *finding)
{
	const struct ci_place place = ci_place(ci, finding);
	g_autofree char *message = message_of(ci, finding, place.is_stand_in);

	json_object_begin(json, NULL);
	write_rule_index(json, finding);
	json_string(json, "level", level_name(finding->level));
	sarif_message(json, "message", message);
	json_array_begin(json, "locations");
	json_object_begin(json, NULL);
	sarif_location(json, ci, &place, 0, NULL);
	json_object_end(json);
	json_array_end(json);
	write_fingerprints(json, ci, finding, &place);
	write_related(json, ci, finding);
	sarif_flow(json, ci, finding);
	write_aside(json, ci, finding);
	write_properties(json, finding);
	json_object_end(json);
}

void sarif_result(struct json *json, const struct ci *ci, const struct finding *finding)
{
	GStringChunk *strings = g_string_chunk_new(512);
	struct finding copy = sarif_plain(ci, finding, strings);

	write_result(json, ci, &copy);
	sarif_plain_done(&copy);
	g_string_chunk_free(strings);
}
