/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle explain: what the rules mean, and how faults are mended. */
#include "analyzer/cmd.h"
#include "analyzer/formats/text.h"
#include "analyzer/rules.h"

/* "error, warning or note" */
static char *explain_levels(const struct rule *rule)
{
	GString *levels = g_string_new(NULL);

	for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
		unsigned lower = rule->levels & ((1U << level) - 1);

		if (rule->levels & 1U << level)
			g_string_append_printf(levels, "%s%s",
					       levels->len ? lower ? ", " : " or " : "",
					       level_name(level));
	}
	return g_string_free(levels, FALSE);
}

/* The worst one says enough here. */
void cmd_list_rules(const char *indent)
{
	for (const struct rule *rule = rules_table(); rule->name; rule++) {
		int level = LEVEL_ERROR;

		while (!(rule->levels & 1U << level))
			level--;
		printf("%s%-22s  %-7s  %s\n", indent, rule->name, level_name(level), rule->summary);
	}
}

static void explain_code(const char *lines)
{
	bool is_start = true;

	/* Tabs of 8, counted from where the code begins. */
	for (; *lines; lines++) {
		if (is_start)
			fputs("    ", stdout);
		is_start = *lines == '\n';
		if (*lines == '\t')
			fputs("        ", stdout);
		else
			putchar(*lines);
	}
}

static void explain_rule(const struct rule *rule)
{
	const struct text text = { .out = stdout };
	g_autofree char *levels = explain_levels(rule);

	printf("%s (%s): %s\n\n", rule->name, levels, rule->summary);
	text_wrap(&text, 0, rule->meaning);
	puts("\nFor example:\n");
	explain_code(rule->fault);
	puts("\nThe report says:\n");
	text_wrap(&text, 4, rule->told);
	puts("\nHow to mend it:\n");
	text_wrap(&text, 0, rule->mending);
	putchar('\n');
	explain_code(rule->mended);
}

int cmd_explain(const struct options *options)
{
	const char *name = options->arguments[0];

	if (options->argument_count > 1)
		return cmd_refuse("explain", "explain takes one rule at most");
	if (!name) {
		cmd_list_rules("");
		return EXIT_CODE_CLEAN;
	}
	const struct rule *rule = rules_find(name);
	if (!rule)
		return cmd_refuse("explain", "there is no rule '%s', the nearest is '%s'", name,
				  rules_nearest(name)->name);
	explain_rule(rule);
	return EXIT_CODE_CLEAN;
}
