/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs every *.events of tests/scenarios through the reader, the model and all analyses and
 * compares what they say with the *.expected beside it. A trace whose first line is "# at TIME" is looked
 * at as --at TIME does. TAP. With --update the latter are
 * written anew; names given as arguments choose scenarios.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"
#include "analyzer/moment.h"
#include "analyzer/names.h"
#include "analyzer/registry.h"
#include "analyzer/report.h"
#include "libtrace/reader.h"

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

static void print_place(GString *out, const struct stack *stack)
{
	for (unsigned i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		g_string_append_printf(out, "%s", i ? " < " : ", at ");
		if (frame->function)
			g_string_append(out, frame->function);
		else if (frame->module)
			g_string_append_printf(out, "%s+0x%" PRIx64, frame->module, frame->offset);
		else
			g_string_append_printf(out, "0x%" PRIx64, frame->address);
	}
}

static void print_step(GString *out, const struct finding_step *step)
{
	g_string_append_printf(out, "  step: %s %s %s", step->thread, step->action,
			       step->object ? step->object : "-");
	g_string_append_printf(out, ", after %" PRId64 " ns", step->time_ns);
	if (step->since_ns >= 0)
		g_string_append_printf(out, ", for %" PRId64 " ns", step->since_ns);
	print_place(out, &step->stack);
	g_string_append_c(out, '\n');
}

static void print_words(GString *out, const char *title, const GPtrArray *words)
{
	for (unsigned i = 0; i < words->len; i++)
		g_string_append_printf(out, "  %s: %s\n", title, (char *)words->pdata[i]);
}

static void print_finding(GString *out, const struct finding *finding)
{
	g_string_append_printf(out, "%s %s, %s, %u time%s: %s\n", level_name(finding->level),
			       finding->rule, certainty_name(finding->certainty), finding->count,
			       finding->count == 1 ? "" : "s", finding->message);
	print_words(out, "thread", finding->threads);
	print_words(out, "object", finding->objects);
	for (unsigned i = 0; i < finding->steps->len; i++)
		print_step(out, &g_array_index(finding->steps, struct finding_step, i));
	print_words(out, "note", finding->notes);
	print_words(out, "identity", finding->identity);
}

static void print_misfits(GString *out, const struct misfits *misfits)
{
	const struct {
		const char *name;
		uint64_t count;
	} kinds[] = {
		{ "release_unheld", misfits->release_unheld },
		{ "acquire_held", misfits->acquire_held },
		{ "end_without_begin", misfits->end_without_begin },
		{ "begin_while_blocked", misfits->begin_while_blocked },
		{ "unknown_thread", misfits->unknown_thread },
		{ "after_exit", misfits->after_exit },
		{ "inverted", misfits->inverted },
		{ "backward", misfits->backward },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].count)
			g_string_append_printf(out, "misfits: %s %" PRIu64 "\n", kinds[i].name,
					       kinds[i].count);
}

static void print_distribution(GString *out, const char *title, const struct distribution *told)
{
	g_string_append_printf(out, ", %s %" PRId64 " max %" PRId64 " p50 %" PRId64 " p99 %" PRId64,
			       title, told->total, told->max, told->p50, told->p99);
}

static void print_tallies(GString *out, const char *title, const GArray *tallies)
{
	for (unsigned i = 0; i < tallies->len; i++) {
		const struct tally *tally = &g_array_index(tallies, struct tally, i);
		g_string_append_printf(out, "  %s: %s %" PRIu64 " times, %" PRId64 " ns\n", title,
				       tally->thread, tally->count, tally->ns);
	}
}

static void print_contention(GString *out, const struct report *report)
{
	for (unsigned i = 0; i < report->contention->len; i++) {
		const struct contention *row =
			&g_array_index(report->contention, struct contention, i);
		g_string_append_printf(out, "%s %s%s%s: acquired %" PRIu64 ", contended %" PRIu64,
				       row->object.kind, row->object.name, row->mode ? " " : "",
				       row->mode ? row->mode : "", row->acquisitions,
				       row->contended);
		print_distribution(out, "wait", &row->wait);
		print_distribution(out, "hold", &row->hold);
		g_string_append_c(out, '\n');
		print_tallies(out, "waiter", row->waiters);
		print_tallies(out, "holder", row->holders);
	}
}

static void print_blame(GString *out, const struct report *report)
{
	for (unsigned i = 0; i < report->blame->len; i++) {
		const struct blame *row = &g_array_index(report->blame, struct blame, i);
		g_string_append_printf(out,
				       "blame: %s waited for %s at %s %s%s%s %" PRIu64
				       " times, %" PRId64 " ns\n",
				       row->waiter, row->holder, row->object.kind, row->object.name,
				       row->mode ? " " : "", row->mode ? row->mode : "", row->count,
				       row->ns);
	}
}

static void print_threads(GString *out, const struct report *report)
{
	for (unsigned i = 0; i < report->threads->len; i++) {
		const struct thread_row *row =
			&g_array_index(report->threads, struct thread_row, i);
		g_string_append_printf(out, "thread %d/%d %s: %s, lived %" PRId64, row->pid,
				       row->tid, row->name, row->state, row->lifetime_ns);
		for (unsigned kind = 0; kind < BLOCKED_KIND_COUNT; kind++)
			if (row->blocked_ns[kind])
				g_string_append_printf(out, ", %s %" PRId64,
						       blocked_kind_name(kind),
						       row->blocked_ns[kind]);
		g_string_append_c(out, '\n');
	}
}

static void print_calls(GString *out, const struct report *report)
{
	for (unsigned i = 0; i < report->blocking_calls->len; i++) {
		const struct blocking_call *row =
			&g_array_index(report->blocking_calls, struct blocking_call, i);
		g_string_append_printf(out,
				       "%s %s: %" PRIu64 " times by %" PRIu64 " threads, %" PRId64
				       " ns, at most %" PRId64,
				       blocked_kind_name(row->kind), row->call, row->count,
				       row->threads, row->total, row->max);
		print_place(out, &row->stack);
		g_string_append_c(out, '\n');
	}
}

static void print_wait(GString *out, const struct state_wait *wait)
{
	g_string_append_printf(out, "  %s %s, after %" PRId64 " ns, for %" PRId64 " ns",
			       wait->action, wait->awaited, wait->time_ns, wait->since_ns);
	g_string_append_printf(out, "%s%s%s%s%s, ended in %" PRId64 " ns",
			       wait->is_timed ? ", timed" : "", wait->waker ? ", woken by " : "",
			       wait->waker ? wait->waker : "", wait->mutex ? ", needs " : "",
			       wait->mutex ? wait->mutex : "", wait->ended_in_ns);
	print_place(out, &wait->stack);
	g_string_append_c(out, '\n');
	print_words(out, "held by", wait->holders);
}

static void print_state(GString *out, const struct state *state)
{
	g_string_append_printf(out, "state after %" PRId64 " ns\n", state->at_ns);
	for (unsigned i = 0; i < state->threads->len; i++) {
		const struct state_thread *thread =
			&g_array_index(state->threads, struct state_thread, i);

		g_string_append_printf(out, "%s %d/%d: %s\n", thread->name, thread->pid,
				       thread->tid, thread->state);
		for (unsigned j = 0; j < thread->holds->len; j++) {
			const struct state_hold *hold =
				&g_array_index(thread->holds, struct state_hold, j);
			g_string_append_printf(out,
					       "  %s %s, depth %u, after %" PRId64
					       " ns, for %" PRId64 " ns",
					       hold->action, hold->object.name, hold->depth,
					       hold->time_ns, hold->since_ns);
			print_place(out, &hold->stack);
			g_string_append_c(out, '\n');
		}
		if (thread->wait)
			print_wait(out, thread->wait);
	}
	for (unsigned i = 0; i < state->objects->len; i++) {
		const struct state_object *row =
			&g_array_index(state->objects, struct state_object, i);

		g_string_append_printf(out, "%s %s\n", row->object.kind, row->object.name);
		print_words(out, "held by", row->holders);
		print_words(out, "waited for by", row->waiters);
	}
}

static void print_report(GString *out, const char *name, const struct report *report,
			 const struct model *model)
{
	g_string_append_printf(out, "verdict: %s\n", verdict_name(report->verdict));
	for (unsigned i = 0; i < report->findings->len; i++)
		print_finding(out, report->findings->pdata[i]);
	for (unsigned i = 0; i < report->dropped->len; i++) {
		const struct dropped *row = &g_array_index(report->dropped, struct dropped, i);
		g_string_append_printf(out, "dropped: %s, %" PRIu64 "\n", row->reason, row->cycles);
		print_words(out, "example", row->examples);
	}
	if (report->state)
		print_state(out, report->state);
	print_misfits(out, model_misfits(model));
	if (g_str_has_prefix(name, "contention-")) {
		print_contention(out, report);
		print_blame(out, report);
	}
	if (g_str_has_prefix(name, "contention-") || g_str_has_prefix(name, "blocking-")) {
		print_threads(out, report);
		print_calls(out, report);
	}
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
		print_report(out, name, report, run.model);
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
