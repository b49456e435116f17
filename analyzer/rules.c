/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rules, made from rules.def, and names looked up in it. */
#include "analyzer/rules.h"

#include <string.h>

#define RULE(...) { __VA_ARGS__ },
static const struct rule rules[] = {
#include "analyzer/rules.def"
	{ .name = NULL },
};
#undef RULE

/* Of a name that is looked for; longer ones are as far away as their beginning. */
#define NAME_MAX_EDITED 64

const struct rule *rules_table(void)
{
	return rules;
}

const struct rule *rules_find(const char *name)
{
	for (const struct rule *rule = rules; rule->name; rule++)
		if (!strcmp(rule->name, name))
			return rule;
	return NULL;
}

bool rules_allow(const char *name, enum level level)
{
	const struct rule *rule = rules_find(name);

	return rule && (rule->levels & 1U << level);
}

/* Levenshtein's distance, a row of the matrix at a time. */
static unsigned edits(const char *from, const char *to)
{
	size_t length = strnlen(to, NAME_MAX_EDITED);
	unsigned row[NAME_MAX_EDITED + 1];

	for (unsigned i = 0; i <= length; i++)
		row[i] = i;
	for (; *from; from++) {
		unsigned diagonal = row[0]++;

		for (size_t i = 0; i < length; i++) {
			unsigned replaced = diagonal + (*from != to[i]);

			diagonal = row[i + 1];
			row[i + 1] = MIN(replaced, MIN(row[i], row[i + 1]) + 1);
		}
	}
	return row[length];
}

const struct rule *rules_nearest(const char *name)
{
	const struct rule *nearest = rules;
	unsigned least = edits(rules->name, name);

	for (const struct rule *rule = rules + 1; rule->name; rule++) {
		unsigned distance = edits(rule->name, name);

		if (distance < least) {
			least = distance;
			nearest = rule;
		}
	}
	return nearest;
}
