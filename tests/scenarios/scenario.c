/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs every *.events of tests/scenarios through the reader, the model and all analyses and
 * compares what they say with the *.expected beside it. A trace whose first line is "# at TIME" is looked
 * at as --at TIME does. TAP. With --update the latter are
 * written anew; names given as arguments choose scenarios.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"
#include "analyzer/moment.h"
#include "analyzer/names.h"
#include "analyzer/registry.h"
#include "analyzer/report.h"
#include "libtrace/reader.h"
#include "tests/scenarios/tell.h"

#define ANALYSES_MAX 32

struct run {
	struct model *model;
	struct moment *moment; /* NULL: the end */
	struct limits limits;
	void *states[ANALYSES_MAX];
};

static void run_step(void *context, const struct step *step)
{
	struct run *run = context;
	const struct analysis *const *analyses = registry_analyses();

	for (unsigned i = 0; analyses[i]; i++)
		analyses[i]->step(run->states[i], step);
}

static void run_event(struct run *run, const struct event *event)
{
	if (!run->moment || moment_includes(run->moment, event))
		model_apply(run->model, event, run_step, run);
	if (run->moment)
		moment_follow(run->moment, event);
}

/* The moment that the first line of a trace asks for, or NULL. */
static struct moment *find_moment(const char *path, struct model *model)
{
	g_autofree char *trace = NULL;
	struct moment_time at;
	struct error err;

	if (!g_file_get_contents(path, &trace, NULL, NULL) || !g_str_has_prefix(trace, "# at "))
		return NULL;
	g_autofree char *time =
		g_strndup(trace + strlen("# at "), strcspn(trace + strlen("# at "), "\n"));
	return moment_parse(time, &at, &err) == 0 ? moment_new(model, &at) : NULL;
}

/* Returns what reader_next() said last: 0, or an error after which the report still stands. */
static int run_trace(struct run *run, const char *path, struct report *report, struct error *err)
{
	const struct analysis *const *analyses = registry_analyses();
	const struct event *event;
	struct reader *reader;
	int ret = reader_open(path, &reader, err);

	if (ret < 0)
		return ret;
	for (unsigned i = 0; analyses[i]; i++) {
		run->states[i] = analyses[i]->start();
		if (analyses[i]->set_limits)
			analyses[i]->set_limits(run->states[i], &run->limits);
	}
	while ((ret = reader_next(reader, &event, err)) > 0)
		run_event(run, event);
	if (run->moment && moment_finish(run->moment, err) == 0)
		report_state(report, moment_since_start_ns(run->moment));
	model_finish(run->model);
	report->trace.lost_events = reader_counts(reader)->lost_events;
	report->trace.lost_packets = reader_counts(reader)->lost_packets;
	report->trace.processes = model_processes(run->model)->len;
	report->trace.is_complete = !model_lost(run->model);
	struct names *names = names_new(report);
	for (unsigned i = 0; analyses[i]; i++)
		analyses[i]->finish(run->states[i], run->model, names, report);
	names_free(names);
	report_finish(report, LEVEL_WARNING);
	reader_close(reader);
	return ret;
}

static GString *describe(const char *directory, const char *name)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	struct run run = { .model = model_new(), .limits = LIMITS_DEFAULT };
	struct report *report = report_new();
	GString *out = g_string_new(NULL);
	struct error err;
	run.moment = find_moment(path, run.model);
	/* Off by default. */
	run.limits.tells_class_order = g_str_has_prefix(name, "class-order-");
	int ret = run_trace(&run, path, report, &err);

	if (ret < 0)
		g_string_append_printf(out, "error: %s\n", strerror(-ret));
	else
		tell_report(out, name, report, run.model);
	report_free(report);
	moment_free(run.moment);
	model_free(run.model);
	return out;
}

/* The two texts line by line from the first difference on, as comments of TAP. */
static void print_difference(const char *expected, const char *actual)
{
	g_auto(GStrv) left = g_strsplit(expected, "\n", -1);
	g_auto(GStrv) right = g_strsplit(actual, "\n", -1);
	unsigned i = 0;

	while (left[i] && right[i] && !strcmp(left[i], right[i]))
		i++;
	printf("# line %u\n# expected: %s\n# is:       %s\n", i + 1, left[i] ? left[i] : "(end)",
	       right[i] ? right[i] : "(end)");
}

static bool check(unsigned number, const char *directory, const char *name, bool is_update)
{
	g_autofree char *base = g_strndup(name, strlen(name) - strlen(".events"));
	g_autofree char *file = g_strconcat(base, ".expected", NULL);
	g_autofree char *path = g_build_filename(directory, file, NULL);
	g_autofree char *expected = NULL;
	GString *actual = describe(directory, name);
	bool is_right;

	if (is_update)
		is_right = g_file_set_contents(path, actual->str, -1, NULL);
	else
		is_right = g_file_get_contents(path, &expected, NULL, NULL) &&
			   !strcmp(expected, actual->str);
	printf("%s %u - %s\n", is_right ? "ok" : "not ok", number, base);
	if (!is_right && expected)
		print_difference(expected, actual->str);
	g_string_free(actual, TRUE);
	return is_right;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *find_scenarios(const char *directory, char *const *wanted)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(directory, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		bool is_wanted = !*wanted;

		for (char *const *each = wanted; *each; each++)
			is_wanted = is_wanted || g_str_has_prefix(name, *each);
		if (is_wanted && g_str_has_suffix(name, ".events"))
			g_ptr_array_add(names, g_strdup(name));
	}
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(names, compare_names);
	return names;
}

int main(int argc, char **argv)
{
	bool is_update = argc > 1 && !strcmp(argv[1], "--update");
	const char *source = g_getenv("srcdir");
	g_autofree char *directory =
		g_build_filename(source ? source : ".", "tests", "scenarios", NULL);
	g_autoptr(GPtrArray) names = find_scenarios(directory, argv + 1 + is_update);
	unsigned failed = 0;

	printf("1..%u\n", names->len);
	for (unsigned i = 0; i < names->len; i++)
		failed += !check(i + 1, directory, names->pdata[i], is_update);
	return failed || !names->len ? EXIT_FAILURE : EXIT_SUCCESS;
}
