/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SARIF: the rules, with what `heddle explain` says of each. */
#include "analyzer/formats/sarif.h"
#include "analyzer/formats/text.h"
#include "analyzer/rules.h"

static enum level worst_level(const struct rule *rule)
{
	return rule->levels & RULE_ERROR     ? LEVEL_ERROR
	       : rule->levels & RULE_WARNING ? LEVEL_WARNING
					     : LEVEL_NOTE;
}

/* "lock-order" as "LockOrder". */
static char *pascal_name(const struct rule *rule)
{
	GString *name = g_string_new(NULL);
	bool is_start = true;

	for (const char *at = rule->name; *at; at++) {
		if (*at != '-')
			g_string_append_c(name, is_start ? g_ascii_toupper(*at) : *at);
		is_start = *at == '-';
	}
	return g_string_free(name, FALSE);
}

/* Code within a text is indented, a fence around it within Markdown. */
static void add_code(GString *help, const char *code, bool is_markdown)
{
	if (is_markdown) {
		g_string_append_printf(help, "\n\n```c\n%s```", code);
		return;
	}
	g_auto(GStrv) lines = g_strsplit(code, "\n", -1);
	g_string_append(help, "\n");
	for (char **line = lines; *line && (*line[0] || line[1]); line++)
		g_string_append_printf(help, "\n    %s", *line);
}

static char *help_of(const struct rule *rule, bool is_markdown)
{
	GString *help = g_string_new(rule->meaning);

	add_code(help, rule->fault, is_markdown);
	g_string_append_printf(help, "\n\nheddle tells of it: %s\n\n%s", rule->told, rule->mending);
	add_code(help, rule->mended, is_markdown);
	return g_string_free(help, FALSE);
}

static void write_properties(struct json *json, enum level level)
{
	static const char *const severities[] = { "recommendation", "warning", "error" };
	static const char *const precisions[] = { "medium", "high", "very-high" };

	json_object_begin(json, "properties");
	json_array_begin(json, "tags");
	json_string(json, NULL, "concurrency");
	json_string(json, NULL, "correctness");
	json_array_end(json);
	json_string(json, "precision", precisions[level]);
	json_string(json, "problem.severity", severities[level]);
	json_object_end(json);
}

static void write_rule(struct json *json, const struct rule *rule)
{
	enum level level = worst_level(rule);
	g_autofree char *name = pascal_name(rule);
	g_autofree char *summary = g_strdup_printf("%s.", rule->summary);
	g_autofree char *meaning = text_clean(rule->meaning, SARIF_DESCRIPTION_MAX);
	g_autofree char *help = help_of(rule, false);
	g_autofree char *markdown = help_of(rule, true);

	summary[0] = g_ascii_toupper(summary[0]);
	json_object_begin(json, NULL);
	json_string(json, "id", rule->name);
	json_string(json, "name", name);
	sarif_message(json, "shortDescription", summary);
	sarif_message(json, "fullDescription", meaning);
	json_object_begin(json, "help");
	json_string(json, "text", help);
	json_string(json, "markdown", markdown);
	json_object_end(json);
	json_object_begin(json, "defaultConfiguration");
	json_string(json, "level", level_name(level));
	json_object_end(json);
	write_properties(json, level);
	json_object_end(json);
}

void sarif_rules(struct json *json)
{
	json_array_begin(json, "rules");
	for (const struct rule *rule = rules_table(); rule->name; rule++)
		write_rule(json, rule);
	json_array_end(json);
}
