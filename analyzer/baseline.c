/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A baseline: the findings that are known. */
#include "analyzer/baseline.h"

#include <string.h>

#include "analyzer/output.h"
#include "analyzer/words.h"

#define HEADER "heddle-baseline/1"
#define FINGERPRINT_DIGITS 16

static void entry_free(void *pointer)
{
	struct baseline_entry *entry = pointer;

	g_free(entry->fingerprint);
	g_free(entry->rule);
	g_free(entry->text);
	g_free(entry);
}

void baseline_init(struct baseline *baseline)
{
	*baseline = (struct baseline){
		.entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free),
	};
}

void baseline_done(struct baseline *baseline)
{
	g_clear_pointer(&baseline->entries, g_hash_table_unref);
}

static char *key_of(const char *fingerprint, const char *rule)
{
	return g_strdup_printf("%s %s", fingerprint, rule);
}

/* Rules of which each finding is a hang. */
static bool is_hang_rule(const char *rule)
{
	static const char *const rules[] = { "deadlock", "self-deadlock", "stuck", NULL };

	return g_strv_contains(rules, rule);
}

static struct baseline_entry *add_entry(struct baseline *baseline, const char *fingerprint,
					const char *rule, const char *text)
{
	struct baseline_entry *entry = g_new0(struct baseline_entry, 1);

	entry->fingerprint = g_strdup(fingerprint);
	entry->rule = g_strdup(rule);
	entry->text = g_strdup(text);
	g_hash_table_replace(baseline->entries, key_of(fingerprint, rule), entry);
	return entry;
}

static bool is_fingerprint(const char *text)
{
	return strlen(text) == FINGERPRINT_DIGITS &&
	       strspn(text, "0123456789abcdef") == FINGERPRINT_DIGITS;
}

static int read_entry(struct baseline *baseline, char *line, struct error *err)
{
	char *rest = g_strstrip(line);

	if (!*rest || *rest == '#')
		return 0;
	const char *fingerprint = strsep(&rest, " ");
	const char *rule = strsep(&rest, " ");
	if (!is_fingerprint(fingerprint) || !rule || !*rule)
		return fail(err, EINVAL, "an entry is FINGERPRINT RULE TEXT");
	if (is_hang_rule(rule))
		baseline->refused++;
	else
		add_entry(baseline, fingerprint, rule, rest ? rest : "");
	return 0;
}

static bool is_header(const char *line)
{
	return line && g_str_has_prefix(line, HEADER) &&
	       strspn(line + strlen(HEADER), " \r") == strlen(line + strlen(HEADER));
}

int baseline_read(struct baseline *baseline, const char *path, struct error *err)
{
	g_auto(GStrv) lines = NULL;
	int ret = words_read_lines(path, -1, &lines, err);

	if (ret < 0)
		return ret;
	if (!is_header(lines[0]))
		return fail(err, EINVAL, "'%s' is no baseline: its first line is not '%s'", path,
			    HEADER);
	for (unsigned i = 1; ret == 0 && lines[i]; i++) {
		ret = read_entry(baseline, lines[i], err);
		if (ret < 0)
			return error_prefix(err, ret, "%s:%u", path, i + 1);
	}
	return ret;
}

struct baseline_entry *baseline_find(const struct baseline *baseline, const struct finding *finding)
{
	g_autofree char *key = key_of(finding->fingerprint, finding->rule);

	return g_hash_table_lookup(baseline->entries, key);
}

/* What makes the fingerprint, which is the same in every run. */
static char *text_of(const struct finding *finding)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < finding->identity->len; i++) {
		const char *word = finding->identity->pdata[i];

		g_string_append_printf(text, "%s%s", i ? "; " : "", word);
	}
	g_string_replace(text, "|", ", ", 0);
	return words_clean(text->str);
}

struct baseline_entry *baseline_add(struct baseline *baseline, const struct finding *finding)
{
	struct baseline_entry *entry = baseline_find(baseline, finding);
	g_autofree char *text = text_of(finding);

	if (finding->is_hang)
		return NULL;
	if (!entry)
		entry = add_entry(baseline, finding->fingerprint, finding->rule, text);
	entry->is_seen = true;
	return entry;
}

unsigned baseline_stale(const struct baseline *baseline)
{
	GHashTableIter iter;
	void *value;
	unsigned count = 0;

	g_hash_table_iter_init(&iter, baseline->entries);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		count += !((struct baseline_entry *)value)->is_seen;
	return count;
}

static int compare_entries(const void *a, const void *b)
{
	const struct baseline_entry *one = *(struct baseline_entry *const *)a;
	const struct baseline_entry *other = *(struct baseline_entry *const *)b;
	int order = strcmp(one->rule, other->rule);

	if (!order)
		order = strcmp(one->text, other->text);
	return order ? order : strcmp(one->fingerprint, other->fingerprint);
}

/* In their order; the entries stay the baseline's. */
static GPtrArray *sorted_entries(const struct baseline *baseline, bool is_pruned)
{
	GPtrArray *entries = g_ptr_array_new();
	GHashTableIter iter;
	void *value;

	g_hash_table_iter_init(&iter, baseline->entries);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (!is_pruned || ((struct baseline_entry *)value)->is_seen)
			g_ptr_array_add(entries, value);
	g_ptr_array_sort(entries, compare_entries);
	return entries;
}

int baseline_write(const struct baseline *baseline, const char *path, bool is_pruned,
		   struct error *err)
{
	g_autoptr(GPtrArray) entries = sorted_entries(baseline, is_pruned);
	struct output output;
	int ret = output_open(&output, path, err);

	if (ret < 0)
		return ret;
	fprintf(output.file,
		HEADER "\n# Known findings, written by heddle: fingerprint, rule, text.\n");
	for (guint i = 0; i < entries->len; i++) {
		const struct baseline_entry *entry = entries->pdata[i];

		fprintf(output.file, "%s %s%s%s\n", entry->fingerprint, entry->rule,
			*entry->text ? " " : "", entry->text);
	}
	return output_close(&output, err);
}
