/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SARIF: a finding in words that are the same in each run. Threads of a trace with several processes are
 * called "main [make 4242]"; process ids are others each time.
 */
#include <stdlib.h>

#include "analyzer/formats/sarif.h"

struct plain {
	const struct ci *ci;
	GStringChunk *strings;
	GArray *pids; /* int32_t: as they come up, the finding's own first */
};

/* Which one of the finding's processes it is, from 1 on. */
static guint number_of(struct plain *plain, int32_t pid)
{
	for (guint i = 0; i < plain->pids->len; i++)
		if (g_array_index(plain->pids, int32_t, i) == pid)
			return i + 1;
	g_array_append_val(plain->pids, pid);
	return plain->pids->len;
}

/* "[make 4242]" as "[make]", that of another process as "[make #2]". */
static gboolean replace(const GMatchInfo *match, GString *out, void *context)
{
	struct plain *plain = context;
	g_autofree char *whole = g_match_info_fetch(match, 0);
	g_autofree char *program = g_match_info_fetch(match, 1);
	g_autofree char *digits = g_match_info_fetch(match, 2);
	int32_t pid = (int32_t)strtol(digits, NULL, 10);

	if (!g_hash_table_contains(plain->ci->pids, GINT_TO_POINTER(pid))) {
		g_string_append(out, whole);
		return FALSE;
	}
	guint number = number_of(plain, pid);
	g_string_append_printf(out, "[%s", *program ? g_strchomp(program) : "process");
	if (number > 1)
		g_string_append_printf(out, " #%u", number);
	g_string_append_c(out, ']');
	return FALSE;
}

static const char *plain_words(struct plain *plain, const char *words)
{
	g_autoptr(GRegex)
		regex = g_regex_new("\\[([^\\[\\]]* )?([0-9]{1,10})\\]", G_REGEX_RAW, 0, NULL);
	g_autofree char *replaced =
		words ? g_regex_replace_eval(regex, words, -1, 0, 0, replace, plain, NULL) : NULL;

	return replaced ? g_string_chunk_insert(plain->strings, replaced) : words;
}

struct finding sarif_plain(const struct ci *ci, const struct finding *finding,
			   GStringChunk *strings)
{
	struct plain plain = { ci, strings, g_array_new(FALSE, FALSE, sizeof(int32_t)) };
	struct finding copy = *finding;

	g_array_append_val(plain.pids, finding->pid);
	copy.message = plain_words(&plain, finding->message);
	copy.steps = g_array_copy(finding->steps);
	for (guint i = 0; i < copy.steps->len; i++) {
		struct finding_step *step = &g_array_index(copy.steps, struct finding_step, i);

		step->thread = plain_words(&plain, step->thread);
		step->object = plain_words(&plain, step->object);
	}
	copy.notes = g_ptr_array_new();
	for (guint i = 0; i < finding->notes->len; i++)
		g_ptr_array_add(copy.notes, (char *)plain_words(&plain, finding->notes->pdata[i]));
	g_array_unref(plain.pids);
	return copy;
}

void sarif_plain_done(struct finding *copy)
{
	g_array_unref(copy->steps);
	g_ptr_array_unref(copy->notes);
}
