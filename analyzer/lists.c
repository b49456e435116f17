/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of a user, suppressions and baseline. */
#include "analyzer/lists.h"

#include <string.h>
#include <sys/stat.h>

#include "analyzer/baseline.h"
#include "analyzer/output.h"
#include "analyzer/suppressions.h"

#define UNUSED_TOLD 5

struct lists {
	const struct list_options *options; /* Weak */
	GPtrArray *suppressions;	    /* struct suppression */
	struct baseline baseline;
	unsigned unused; /* suppressions; known from lists_finish() on */
};

static bool is_standard(const char *path)
{
	return !strcmp(path, "-");
}

/* What is written there would replace what people have written. */
static int check_generated(const struct list_options *options, struct error *err)
{
	struct stat written, read;

	if (stat(options->generated, &written) < 0 || !S_ISREG(written.st_mode))
		return 0;
	for (unsigned i = 0; i < options->suppression_count; i++)
		if (stat(options->suppressions[i], &read) == 0 && read.st_dev == written.st_dev &&
		    read.st_ino == written.st_ino)
			return fail(err, EINVAL,
				    "--gen-suppressions would replace '%s', which is read",
				    options->suppressions[i]);
	return 0;
}

static int check_options(const struct list_options *options, struct error *err)
{
	int ret = 0;

	if (options->prunes_baseline && !options->baseline)
		return fail(err, EINVAL, "--prune-baseline needs --baseline FILE");
	if (options->prunes_baseline && options->written_baseline)
		return fail(err, EINVAL, "--prune-baseline does not go with --write-baseline");
	if (options->prunes_baseline)
		ret = output_check(options->baseline, err);
	if (ret == 0 && options->written_baseline)
		ret = output_check(options->written_baseline, err);
	if (ret == 0 && options->generated && !is_standard(options->generated)) {
		ret = output_check(options->generated, err);
		if (ret == 0)
			ret = check_generated(options, err);
	}
	return ret;
}

static int read_lists(struct lists *lists, struct error *err)
{
	const struct list_options *options = lists->options;
	int ret = 0;

	for (unsigned i = 0; i < options->suppression_count && ret == 0; i++)
		ret = suppressions_read(lists->suppressions, options->suppressions[i], err);
	if (ret == 0 && options->baseline)
		ret = baseline_read(&lists->baseline, options->baseline, err);
	return ret;
}

int lists_open(const struct list_options *options, struct lists **ret, struct error *err)
{
	int code = check_options(options, err);

	if (code < 0)
		return code;
	struct lists *lists = g_new0(struct lists, 1);
	lists->options = options;
	lists->suppressions = suppressions_new();
	baseline_init(&lists->baseline);
	code = read_lists(lists, err);
	if (code < 0) {
		lists_free(lists);
		return code;
	}
	*ret = lists;
	return 0;
}

void lists_free(struct lists *lists)
{
	if (!lists)
		return;
	g_ptr_array_unref(lists->suppressions);
	baseline_done(&lists->baseline);
	g_free(lists);
}

/* What is suppressed, or is no baseline's to set aside, is seen all the same. */
static bool is_baselined(struct lists *lists, const struct finding *finding, enum level fail_on)
{
	struct baseline_entry *entry = baseline_find(&lists->baseline, finding);

	if (entry)
		entry->is_seen = true;
	if (finding->is_hang || finding->suppressed_by)
		return false;
	if (!entry && lists->options->written_baseline && finding->level >= fail_on)
		entry = baseline_add(&lists->baseline, finding);
	return entry;
}

void lists_apply(struct lists *lists, struct report *report, enum level fail_on)
{
	enum level written = fail_on == LEVEL_NONE ? LEVEL_WARNING : fail_on;

	for (guint i = 0; i < report->findings->len; i++) {
		struct finding *finding = report->findings->pdata[i];
		const struct suppression *suppression =
			suppressions_find(lists->suppressions, report, finding);

		if (suppression)
			finding->suppressed_by = report_string(report, suppression->reason);
		finding->is_baselined = is_baselined(lists, finding, written);
	}
	report_judge(report, fail_on);
}

static void tell_unused(struct lists *lists, GPtrArray *sentences)
{
	g_autoptr(GString) places = g_string_new(NULL);
	unsigned all = lists->suppressions->len;

	for (unsigned i = 0; i < all; i++) {
		const struct suppression *suppression = lists->suppressions->pdata[i];

		if (suppression->is_used)
			continue;
		if (lists->unused < UNUSED_TOLD)
			g_string_append_printf(places, "%s%s:%u", lists->unused ? ", " : "",
					       suppression->file, suppression->line);
		lists->unused++;
	}
	if (lists->unused > UNUSED_TOLD)
		g_string_append_printf(places, " and %u more", lists->unused - UNUSED_TOLD);
	if (lists->unused)
		g_ptr_array_add(sentences,
				g_strdup_printf("%u of %u suppressions fitted no finding: %s",
						lists->unused, all, places->str));
}

static void tell_baseline(const struct lists *lists, GPtrArray *sentences)
{
	const struct list_options *options = lists->options;
	const struct baseline *baseline = &lists->baseline;
	unsigned stale = baseline_stale(baseline);

	if (baseline->refused)
		g_ptr_array_add(
			sentences,
			g_strdup_printf("'%s' has %u entries of deadlocks, which no "
					"baseline covers; a suppression does, with a reason",
					options->baseline, baseline->refused));
	if (stale && !options->prunes_baseline)
		g_ptr_array_add(sentences,
				g_strdup_printf("%u of the %u entries of '%s' were not found in "
						"this run; --prune-baseline removes them",
						stale, g_hash_table_size(baseline->entries),
						options->baseline));
}

static int write_baseline(const struct lists *lists, bool is_whole, GPtrArray *sentences,
			  struct error *err)
{
	const struct list_options *options = lists->options;

	if (options->written_baseline)
		return baseline_write(&lists->baseline, options->written_baseline, false, err);
	if (!options->prunes_baseline)
		return 0;
	if (is_whole)
		return baseline_write(&lists->baseline, options->baseline, true, err);
	g_ptr_array_add(sentences,
			g_strdup_printf("'%s' is not pruned: the trace is incomplete, and what is "
					"not found may be there all the same",
					options->baseline));
	return 0;
}

static int write_suppressions(const struct lists *lists, const GPtrArray *reports,
			      struct error *err)
{
	const char *path = lists->options->generated;
	struct output output;
	int ret = path ? output_open(&output, is_standard(path) ? NULL : path, err) : 0;

	if (!path || ret < 0)
		return ret;
	for (guint i = 0; i < reports->len; i++) {
		const struct report *report = reports->pdata[i];

		for (guint j = 0; j < report->findings->len; j++) {
			const struct finding *finding = report->findings->pdata[j];

			if (finding_counts(finding))
				suppressions_write(output.file, report, finding, reports);
		}
	}
	return output_close(&output, err);
}

int lists_finish(struct lists *lists, const GPtrArray *reports, bool is_whole, GPtrArray *sentences,
		 struct error *err)
{
	tell_unused(lists, sentences);
	tell_baseline(lists, sentences);
	int ret = write_baseline(lists, is_whole, sentences, err);
	return ret < 0 ? ret : write_suppressions(lists, reports, err);
}

bool lists_have_failed(const struct lists *lists)
{
	return lists->options->is_strict && lists->unused;
}
