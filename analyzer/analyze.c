/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a trace to a finished report. */
#include "analyzer/analyze.h"

#include <inttypes.h>
#include <sys/wait.h>

#include "analyzer/model.h"
#include "analyzer/model_noise.h"
#include "analyzer/names.h"
#include "analyzer/registry.h"
#include "libtrace/reader.h"

#define ANALYSES_MAX 32
/* Events between two looks at the clock and at the interrupt. */
#define EVENTS_PER_LOOK 32768

struct analyze {
	const struct analyze_options *options;
	struct reader *reader;
	struct model *model;
	struct moment *moment; /* NULL: the end */
	unsigned count;	       /* analyses that run */
	struct {
		void (*step)(void *self, const struct step *step);
		void *self;
	} running[ANALYSES_MAX];
};

static void analyze_step(void *context, const struct step *step)
{
	struct analyze *analyze = context;

	for (unsigned i = 0; i < analyze->count; i++)
		analyze->running[i].step(analyze->running[i].self, step);
}

static int analyze_look(const struct analyze *analyze, struct error *err)
{
	const struct analyze_options *options = analyze->options;

	if (options->progress)
		progress_read(options->progress, reader_counts(analyze->reader));
	if (options->interrupt && *options->interrupt)
		return fail(err, EINTR, "interrupted");
	return 0;
}

static void analyze_event(struct analyze *analyze, const struct event *event)
{
	if (!analyze->moment || moment_includes(analyze->moment, event))
		model_apply(analyze->model, event, analyze_step, analyze);
	if (analyze->moment)
		moment_follow(analyze->moment, event);
}

static int analyze_events(struct analyze *analyze, struct error *err)
{
	const struct event *event;
	int ret;

	for (unsigned count = 1; (ret = reader_next(analyze->reader, &event, err)) > 0; count++) {
		analyze_event(analyze, event);
		if (count % EVENTS_PER_LOOK == 0)
			ret = analyze_look(analyze, err);
		if (ret < 0)
			break;
	}
	return ret;
}

static const char *analyze_stall(struct report *report, const struct model_hang *hang)
{
	if (!hang || hang->idle_ns < 0)
		return "was ended because nothing moved";
	return report_format(report, "was ended because nothing moved for %.3g s",
			     (double)hang->idle_ns / 1e9);
}

/* The end of the command, to be read behind "it". */
static const char *analyze_ending(struct report *report, const struct model *model)
{
	const char *ending = model_ending(model);
	int status = (int)model_status(model);

	if (!ending)
		return NULL;
	if (!strcmp(ending, "timeout"))
		return "was ended at its time limit";
	if (!strcmp(ending, "stall"))
		return analyze_stall(report, model_hang(model));
	if (!strcmp(ending, "deadlock"))
		return "was ended because its threads were deadlocked";
	if (!strcmp(ending, "interrupted"))
		return "was interrupted";
	if (!strcmp(ending, "broken"))
		return "went on when the recording broke";
	if (model_status(model) >= 0 && WIFSIGNALED(status))
		return report_format(report, "was killed by signal %d (%s)", WTERMSIG(status),
				     strsignal(WTERMSIG(status)));
	if (model_status(model) >= 0 && WIFEXITED(status))
		return report_format(report, "exited with status %d", WEXITSTATUS(status));
	return report_string(report, ending);
}

/* Why the trace is not all that happened; NULL where it is. A trace made by others has no command. */
static const char *analyze_gap(struct report *report, const struct model *model)
{
	const struct trace_facts *trace = &report->trace;
	const char *ending = model_ending(model);

	/* Before what was lost, which is then the least of it. */
	if (ending && !strcmp(ending, "broken"))
		return "the recording broke off";
	if (trace->lost_events || trace->lost_packets)
		return report_format(report, "%" PRIu64 " events and %" PRIu64 " packets were lost",
				     trace->lost_events, trace->lost_packets);
	if (model_command(model) && !ending)
		return "the recording has no end";
	if (model_command(model) && !trace->processes)
		return "nothing of the command was recorded";
	return NULL;
}

/* What of the command's CPU time went into recording, in millionths; -1 unknown. */
static int64_t analyze_share(const struct recording_cost *cost)
{
	if (cost->events < 0 || cost->event_ps < 0 || cost->cpu_ns <= 0)
		return -1;
	double blocked_ns = cost->blocked_ns > 0 ? (double)cost->blocked_ns : 0;
	double ns = (double)cost->events * (double)cost->event_ps / 1000 + blocked_ns;
	double share = ns / (double)cost->cpu_ns;
	/* Estimates, and threads may wait for longer than they ran. */
	return share < 1 ? (int64_t)(share * 1000000 + 0.5) : 1000000;
}

static const struct recording *analyze_recording(struct report *report,
						 const struct recording_cost *cost)
{
	struct recording *recording = report_alloc(report, sizeof(*recording));

	*recording = (struct recording){ .events = cost->events,
					 .bytes = cost->bytes,
					 .batches = cost->flushes,
					 .blocked_ns = cost->blocked_ns,
					 .share_ppm = analyze_share(cost) };
	if (MAX(MAX(cost->events, cost->bytes), MAX(cost->flushes, cost->blocked_ns)) < 0)
		return NULL;
	return recording;
}

static const struct noise *analyze_noise(struct report *report, const struct noise_told *told)
{
	if (told->seed < 0)
		return NULL;
	struct noise *noise = report_alloc(report, sizeof(*noise));
	*noise = (struct noise){ told->seed, told->pauses, told->paused_ns };
	return noise;
}

static void analyze_detail(struct trace_facts *trace, const struct model *model)
{
	static const enum trace_detail details[] = {
		[MODEL_DETAIL_NOT_TOLD] = TRACE_DETAIL_NOT_TOLD,
		[MODEL_DETAIL_FULL] = TRACE_DETAIL_FULL,
		[MODEL_DETAIL_SUMMARY] = TRACE_DETAIL_SUMMARY,
	};
	int64_t since_ns = model_start_ns(model);

	trace->detail = details[model_detail(model, &since_ns)];
	trace->summary_since_ns = elapsed_ns(model_start_ns(model), since_ns);
}

static void analyze_facts(const struct analyze *analyze, struct report *report)
{
	const struct reader_counts *counts = reader_counts(analyze->reader);
	const struct model *model = analyze->moment ? moment_whole(analyze->moment)
						    : analyze->model;
	struct trace_facts *trace = &report->trace;

	trace->path = report_string(report, analyze->options->path);
	trace->command = report_string(report, model_command(model));
	trace->ending = analyze_ending(report, model);
	trace->duration_ns = elapsed_ns(model_start_ns(model), model_end_ns(model));
	trace->processes = model_processes(model)->len;
	trace->threads = model_thread_count(model);
	trace->objects = model_object_count(model);
	trace->events = counts->events;
	trace->lost_events = counts->lost_events;
	trace->lost_packets = counts->lost_packets;
	trace->misfits = misfits_total(model_misfits(model));
	trace->incomplete_reason = analyze_gap(report, model);
	trace->is_complete = !trace->incomplete_reason;
	trace->recording = analyze_recording(report, model_cost(model));
	trace->noise = analyze_noise(report, model_noise(model));
	analyze_detail(trace, model);
}

static void analyze_start(struct analyze *analyze)
{
	for (const struct analysis *const *each = registry_analyses(); *each; each++) {
		g_assert(analyze->count < ANALYSES_MAX);
		analyze->running[analyze->count].step = (*each)->step;
		void *self = (*each)->start();
		if ((*each)->set_limits)
			(*each)->set_limits(self, &analyze->options->limits);
		analyze->running[analyze->count++].self = self;
	}
}

/* Each analysis frees itself here, so this is to be called after errors too. */
static void analyze_finish(struct analyze *analyze, struct report *report)
{
	const struct analysis *const *analyses = registry_analyses();
	struct names *names = names_new(report);

	model_finish(analyze->model);
	/* Names of threads depend on how many processes there are. */
	analyze_facts(analyze, report);
	if (analyze->moment)
		report_state(report, moment_since_start_ns(analyze->moment));
	for (unsigned i = 0; i < analyze->count; i++)
		analyses[i]->finish(analyze->running[i].self, analyze->model, names, report);
	names_free(names);
}

static int analyze_all(struct analyze *analyze, struct report *report, struct error *err)
{
	analyze->model = model_new();
	if (analyze->options->at.is_given)
		analyze->moment = moment_new(analyze->model, &analyze->options->at);
	analyze_start(analyze);
	int ret = analyze_events(analyze, err);
	if (ret == 0 && !reader_counts(analyze->reader)->events)
		ret = fail(err, ENODATA, "'%s' holds no events of heddle", analyze->options->path);
	if (ret == 0 && analyze->moment)
		ret = moment_finish(analyze->moment, err);
	if (ret == 0 && analyze->options->progress)
		progress_clear(analyze->options->progress);
	analyze_finish(analyze, report);
	if (ret == 0) {
		report_finish(report, analyze->options->fail_on);
		if (analyze->options->lists)
			lists_apply(analyze->options->lists, report, analyze->options->fail_on);
		ret = analyze_look(analyze, err);
	}
	moment_free(analyze->moment);
	model_free(analyze->model);
	return ret;
}

int analyze_trace(const struct analyze_options *options, struct report *report, struct error *err)
{
	struct analyze analyze = { .options = options };
	int ret = reader_open(options->path, &analyze.reader, err);

	if (ret < 0)
		return ret;
	ret = analyze_all(&analyze, report, err);
	reader_close(analyze.reader);
	if (options->progress)
		progress_clear(options->progress);
	return ret;
}
