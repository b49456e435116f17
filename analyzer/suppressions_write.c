/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Suppressions for the findings of a report, ready to be put into a file. */
#include <string.h>

#include "analyzer/suppressions.h"
#include "analyzer/words.h"

/* Findings that are compared with each other; of more each is told by its fingerprint. */
#define COMPARED_MAX 1000
#define PATTERN_MAX 200 /* bytes of a name, the rest of which is * */

/* KIND:PATTERN, a pattern for just this name; what is special in one becomes ?. */
static void add_pattern(GPtrArray *words, const char *kind, const char *name)
{
	g_autofree char *clean = words_clean(name);
	bool is_long = strlen(clean) > PATTERN_MAX;

	clean[is_long ? PATTERN_MAX : strlen(clean)] = '\0';
	for (char *at = clean; *at; at++)
		if (strchr("*\"\\", *at))
			*at = '?';
	/* A character that is cut through is covered too. */
	g_autofree char *pattern = g_strdup_printf("%s%s", clean, is_long ? "*" : "");
	g_autofree char *quoted = words_quote(pattern);
	char *word = g_strdup_printf("%s:%s", kind, quoted);
	if (g_ptr_array_find_with_equal_func(words, word, g_str_equal, NULL))
		g_free(word);
	else
		g_ptr_array_add(words, word);
}

/* What people know the finding by. */
static GPtrArray *patterns_of(const struct report *report, const struct finding *finding)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < finding->steps->len; i++) {
		const struct frame *frame = stack_main_frame(
			&g_array_index(finding->steps, struct finding_step, i).stack);

		if (frame && frame->function)
			add_pattern(words, "fun", frame->function);
	}
	for (guint i = 0; i < finding->objects->len; i++)
		add_pattern(words, "lock", report_stable_name(report, finding->objects->pdata[i]));
	return words;
}

static char *line_of(const struct finding *finding, const GPtrArray *words)
{
	GString *line = g_string_new(finding->rule);

	for (guint i = 0; i < words->len; i++)
		g_string_append_printf(line, "%c%s", i ? ' ' : ':', (char *)words->pdata[i]);
	g_string_append(line, " # insert the reason here");
	return g_string_free(line, FALSE);
}

static unsigned count_findings(const GPtrArray *reports)
{
	unsigned count = 0;

	for (guint i = 0; i < reports->len; i++)
		count += ((struct report *)reports->pdata[i])->findings->len;
	return count;
}

/* Whether line suppresses that finding and, of those that there are, no other one. */
static bool is_exact(const char *line, const struct report *report, const struct finding *finding,
		     const GPtrArray *reports)
{
	g_autoptr(GPtrArray) list = suppressions_new();
	struct error err;

	if (count_findings(reports) > COMPARED_MAX ||
	    suppressions_read_line(list, "", 1, line, &err) < 0 ||
	    !suppressions_find(list, report, finding))
		return false;
	for (guint i = 0; i < reports->len; i++) {
		const struct report *each = reports->pdata[i];

		for (guint j = 0; j < each->findings->len; j++) {
			const struct finding *other = each->findings->pdata[j];

			if (strcmp(other->fingerprint, finding->fingerprint) &&
			    suppressions_find(list, each, other))
				return false;
		}
	}
	return true;
}

void suppressions_write(FILE *out, const struct report *report, const struct finding *finding,
			const GPtrArray *reports)
{
	g_autoptr(GPtrArray) words = patterns_of(report, finding);
	g_autofree char *line = line_of(finding, words);
	g_autofree char *message = words_clean(finding->message);

	if (!is_exact(line, report, finding, reports)) {
		add_pattern(words, "fingerprint", finding->fingerprint);
		g_free(line);
		line = line_of(finding, words);
	}
	fprintf(out, "# %s: %s\n%s\n\n", level_name(finding->level), message, line);
}
