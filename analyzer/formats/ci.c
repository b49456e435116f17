/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings, places and words, as the formats for continuous integration need them. */
#include "analyzer/formats/ci.h"

#include <string.h>

#include "analyzer/formats/text.h"

/* Of one fingerprint in several traces the worst finding stays, as within one. */
static void add_findings(GHashTable *found, const struct report *report)
{
	for (guint i = 0; i < report->findings->len; i++) {
		struct finding *finding = report->findings->pdata[i];
		const struct finding *other = g_hash_table_lookup(found, finding->fingerprint);

		if (!other || finding_is_worse(finding, other))
			g_hash_table_replace(found, (char *)finding->fingerprint, finding);
	}
}

static GPtrArray *findings_of(const GPtrArray *reports, const struct report *report)
{
	g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *findings = g_ptr_array_new();
	GHashTableIter iterator;
	void *finding;

	add_findings(found, report);
	for (guint i = 0; reports && i < reports->len; i++)
		add_findings(found, reports->pdata[i]);
	g_hash_table_iter_init(&iterator, found);
	while (g_hash_table_iter_next(&iterator, NULL, &finding))
		g_ptr_array_add(findings, finding);
	g_ptr_array_sort(findings, report_compare_findings);
	return findings;
}

static void add_pids(GHashTable *pids, const struct report *report)
{
	for (guint i = 0; i < report->threads->len; i++) {
		int32_t pid = g_array_index(report->threads, struct thread_row, i).pid;

		g_hash_table_add(pids, GINT_TO_POINTER(pid));
	}
}

int ci_write(FILE *out, const GPtrArray *reports, const struct report *report,
	     const struct format_options *options, void (*emit)(FILE *out, const struct ci *ci),
	     struct error *err)
{
	g_autoptr(GPtrArray) findings = findings_of(reports, report);
	g_autoptr(GHashTable) pids = g_hash_table_new(NULL, NULL);
	const struct ci ci = {
		.options = options,
		.report = report,
		.sources = sources_new(options->source_root),
		.findings = findings,
		.pids = pids,
	};

	add_pids(pids, report);
	for (guint i = 0; reports && i < reports->len; i++)
		add_pids(pids, reports->pdata[i]);
	emit(out, &ci);
	sources_free(ci.sources);
	return ferror(out) ? fail(err, EIO, "cannot write the report") : 0;
}

bool ci_is_ring(const struct finding *finding)
{
	static const char *const rules[] = { "deadlock", "lock-order", "class-order", "livelock",
					     NULL };

	return g_strv_contains(rules, finding->rule);
}

static const struct finding_step *step_at(const struct finding *finding, guint index)
{
	return &g_array_index(finding->steps, struct finding_step, index);
}

const struct finding_step *ci_main_step(const struct finding *finding)
{
	guint count = finding->steps->len, last = 0;

	if (!count)
		return NULL;
	if (!ci_is_ring(finding))
		return step_at(finding, count - 1);
	while (last + 1 < count &&
	       !g_strcmp0(step_at(finding, last + 1)->thread, step_at(finding, 0)->thread))
		last++;
	return step_at(finding, last);
}

bool ci_step_place(const struct ci *ci, const struct finding_step *step, struct ci_place *ret)
{
	for (unsigned i = 0; i < step->stack.count; i++) {
		const struct frame *frame = &step->stack.frames[i];
		const char *path = frame->line > 0 ? sources_path(ci->sources, frame) : NULL;

		if (path) {
			*ret = (struct ci_place){ .path = path, .line = frame->line };
			return true;
		}
	}
	return false;
}

/* The file of the program, as far as its command line tells. */
static struct ci_place stand_in(const struct ci *ci, const struct finding *finding)
{
	const char *process = finding->process ? finding->process : "";
	g_autofree char *program = g_strndup(process, strcspn(process, " "));
	const char *path = *program ? sources_relative(ci->sources, program) : NULL;

	if (!path) {
		g_autofree char *base = g_path_get_basename(*program ? program : "program");
		/* In the tree by its form: it is nowhere else either. */
		const struct frame frame = { .file = base };
		path = sources_path(ci->sources, &frame);
	}
	return (struct ci_place){ .path = path ? path : "program", .line = 1, .is_stand_in = true };
}

struct ci_place ci_place(const struct ci *ci, const struct finding *finding)
{
	const struct finding_step *main_step = ci_main_step(finding);
	struct ci_place place;

	if (main_step && ci_step_place(ci, main_step, &place))
		return place;
	for (guint i = 0; i < finding->steps->len; i++)
		if (ci_step_place(ci, step_at(finding, i), &place))
			return place;
	return stand_in(ci, finding);
}

char *ci_step_words(const struct finding_step *step)
{
	g_autofree char *thread = text_clean(step->thread, CI_NAME_MAX);
	g_autofree char *action = text_clean(step->action, CI_NAME_MAX);
	g_autofree char *object = text_clean(step->object, CI_NAME_MAX);

	return g_strdup_printf("%s %s%s%s", thread, action, step->object ? " " : "",
			       step->object ? object : "");
}

bool ci_is_failure(const struct ci *ci, const struct finding *finding)
{
	return finding_counts(finding) && finding->level >= ci->options->fail_on;
}
