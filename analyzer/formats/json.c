/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report as JSON; doc/heddle-report-1.schema.json describes it. */
#include "analyzer/format.h"
#include "analyzer/formats/json_parts.h"
#include "analyzer/formats/json_time.h"

static void write_distribution(struct json *json, const char *key,
			       const struct distribution *distribution)
{
	json_object_begin(json, key);
	json_signed(json, "total", distribution->total);
	json_signed(json, "max", distribution->max);
	json_signed(json, "p50", distribution->p50);
	json_signed(json, "p99", distribution->p99);
	json_object_end(json);
}

static void write_tool(struct json *json)
{
	json_object_begin(json, "tool");
	json_string(json, "name", PACKAGE_NAME);
	json_string(json, "version", PACKAGE_VERSION);
	json_object_end(json);
}

static void write_recording(struct json *json, const struct recording *recording)
{
	if (!recording) {
		json_null(json, "recording");
		return;
	}
	json_object_begin(json, "recording");
	json_part_known(json, "events", recording->events);
	json_part_known(json, "bytes", recording->bytes);
	json_part_known(json, "flushes", recording->batches);
	json_part_known(json, "blocked_ns", recording->blocked_ns);
	json_part_known(json, "share_ppm", recording->share_ppm);
	json_object_end(json);
}

static void write_noise(struct json *json, const struct noise *noise)
{
	if (!noise) {
		json_null(json, "noise");
		return;
	}
	json_object_begin(json, "noise");
	json_signed(json, "seed", noise->seed);
	json_unsigned(json, "pauses", noise->pauses);
	json_signed(json, "paused_ns", noise->paused_ns);
	json_object_end(json);
}

static void write_trace(struct json *json, const struct trace_facts *trace)
{
	bool is_summary = trace->detail == TRACE_DETAIL_SUMMARY;

	json_object_begin(json, "trace");
	json_string(json, "path", trace->path);
	json_string(json, "command", trace->command);
	json_string(json, "ending", trace->ending);
	json_signed(json, "duration_ns", trace->duration_ns);
	json_unsigned(json, "processes", trace->processes);
	json_unsigned(json, "threads", trace->threads);
	json_unsigned(json, "objects", trace->objects);
	json_unsigned(json, "events", trace->events);
	json_unsigned(json, "lost_events", trace->lost_events);
	json_unsigned(json, "lost_packets", trace->lost_packets);
	json_unsigned(json, "misfits", trace->misfits);
	json_boolean(json, "complete", trace->is_complete);
	json_string(json, "incomplete_reason", trace->incomplete_reason);
	json_string(json, "detail", is_summary ? "summary" : "full");
	json_part_known(json, "summary_since_ns", is_summary ? trace->summary_since_ns : -1);
	write_noise(json, trace->noise);
	write_recording(json, trace->recording);
	json_object_end(json);
}

static void write_step(struct json *json, const struct finding_step *step)
{
	json_object_begin(json, NULL);
	json_string(json, "thread", step->thread);
	json_string(json, "action", step->action);
	json_string(json, "object", step->object);
	json_part_known(json, "time_ns", step->time_ns);
	json_part_known(json, "since_ns", step->since_ns);
	json_part_stack(json, &step->stack);
	json_object_end(json);
}

static void write_schedule(struct json *json, const GArray *schedule)
{
	json_array_begin(json, "schedule");
	for (guint i = 0; i < schedule->len; i++) {
		const struct schedule_step *step =
			&g_array_index(schedule, struct schedule_step, i);

		json_object_begin(json, NULL);
		json_string(json, "thread", step->thread);
		json_string(json, "action", step->action);
		json_string(json, "object", step->object);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_finding(struct json *json, const struct finding *finding)
{
	json_object_begin(json, NULL);
	json_string(json, "rule", finding->rule);
	json_string(json, "level", level_name(finding->level));
	json_string(json, "certainty", certainty_name(finding->certainty));
	json_string(json, "message", finding->message);
	json_string(json, "fingerprint", finding->fingerprint);
	json_unsigned(json, "count", finding->count);
	json_signed(json, "pid", finding->pid);
	json_string(json, "process", finding->process);
	if (finding->traces->len)
		json_part_strings(json, "traces", finding->traces);
	json_part_strings(json, "threads", finding->threads);
	json_part_strings(json, "objects", finding->objects);
	json_array_begin(json, "steps");
	for (guint i = 0; i < finding->steps->len; i++)
		write_step(json, &g_array_index(finding->steps, struct finding_step, i));
	json_array_end(json);
	write_schedule(json, finding->schedule);
	json_part_strings(json, "notes", finding->notes);
	if (finding->suppressed_by)
		json_string(json, "suppressed_by", finding->suppressed_by);
	if (finding->is_baselined)
		json_boolean(json, "baselined", true);
	json_object_end(json);
}

static void write_tallies(struct json *json, const char *key, const GArray *tallies)
{
	json_array_begin(json, key);
	for (guint i = 0; tallies && i < tallies->len; i++) {
		const struct tally *tally = &g_array_index(tallies, struct tally, i);

		json_object_begin(json, NULL);
		json_string(json, "thread", tally->thread);
		json_unsigned(json, "count", tally->count);
		json_signed(json, "wait_ns", tally->ns);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_contention(struct json *json, const struct contention *row)
{
	json_object_begin(json, NULL);
	json_part_object(json, &row->object);
	json_part_mode(json, row->mode);
	json_unsigned(json, "acquisitions", row->acquisitions);
	json_unsigned(json, "contended", row->contended);
	write_distribution(json, "wait_ns", &row->wait);
	write_distribution(json, "hold_ns", &row->hold);
	write_tallies(json, "waiters", row->waiters);
	write_tallies(json, "holders", row->holders);
	json_object_end(json);
}

static void write_thread(struct json *json, const struct thread_row *row)
{
	json_object_begin(json, NULL);
	json_signed(json, "pid", row->pid);
	json_signed(json, "tid", row->tid);
	json_string(json, "name", row->name);
	json_string(json, "state", row->state);
	json_signed(json, "lifetime_ns", row->lifetime_ns);
	json_object_begin(json, "blocked_ns");
	for (unsigned i = 0; i < BLOCKED_KIND_COUNT; i++)
		json_signed(json, blocked_kind_name(i), row->blocked_ns[i]);
	json_object_end(json);
	json_object_end(json);
}

static void write_blame(struct json *json, const struct blame *row)
{
	json_object_begin(json, NULL);
	json_string(json, "waiter", row->waiter);
	json_string(json, "holder", row->holder);
	json_part_object(json, &row->object);
	json_part_mode(json, row->mode);
	json_unsigned(json, "count", row->count);
	json_signed(json, "wait_ns", row->ns);
	json_time_places(json, row->places);
	json_object_end(json);
}

static void write_blocking_call(struct json *json, const struct blocking_call *row)
{
	json_object_begin(json, NULL);
	json_string(json, "call", row->call);
	json_string(json, "kind", blocked_kind_name(row->kind));
	json_unsigned(json, "count", row->count);
	json_unsigned(json, "threads", row->threads);
	json_object_begin(json, "ns");
	json_signed(json, "total", row->total);
	json_signed(json, "max", row->max);
	json_object_end(json);
	json_part_stack(json, &row->stack);
	json_object_end(json);
}

static void write_dropped(struct json *json, const struct dropped *row)
{
	json_object_begin(json, NULL);
	json_string(json, "reason", row->reason);
	json_unsigned(json, "cycles", row->cycles);
	json_part_strings(json, "examples", row->examples);
	json_object_end(json);
}

static void write_rows(struct json *json, const struct report *report)
{
	json_array_begin(json, "contention");
	for (guint i = 0; i < report->contention->len; i++)
		write_contention(json, &g_array_index(report->contention, struct contention, i));
	json_array_end(json);
	json_array_begin(json, "blame");
	for (guint i = 0; i < report->blame->len; i++)
		write_blame(json, &g_array_index(report->blame, struct blame, i));
	json_array_end(json);
	json_array_begin(json, "threads");
	for (guint i = 0; i < report->threads->len; i++)
		write_thread(json, &g_array_index(report->threads, struct thread_row, i));
	json_array_end(json);
	json_array_begin(json, "blocking_calls");
	for (guint i = 0; i < report->blocking_calls->len; i++)
		write_blocking_call(json, &g_array_index(report->blocking_calls,
							 struct blocking_call, i));
	json_array_end(json);
	json_array_begin(json, "dropped");
	for (guint i = 0; i < report->dropped->len; i++)
		write_dropped(json, &g_array_index(report->dropped, struct dropped, i));
	json_array_end(json);
}

static void write_findings(struct json *json, const struct report *report,
			   const struct format_options *options)
{
	json_unsigned(json, "suppressed", report_suppressed(report));
	json_unsigned(json, "baselined", report_baselined(report));
	json_array_begin(json, "findings");
	for (guint i = 0; i < report->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(report->findings, i);

		if (format_lists(options, finding))
			write_finding(json, finding);
	}
	json_array_end(json);
}

static void write_report(struct json *json, const struct report *report,
			 const struct format_options *options)
{
	write_trace(json, &report->trace);
	json_string(json, "verdict", verdict_name(report->verdict));
	write_findings(json, report, options);
	json_part_state(json, report->state);
	json_part_hang(json, report->hang);
	write_rows(json, report);
	json_time_path(json, &report->critical_path);
	json_time_serialisation(json, &report->serialisation);
}

/* What begins each document, which is open then. */
static void write_start(struct json *json, FILE *out)
{
	json_init(json, out);
	json_object_begin(json, NULL);
	json_string(json, "schema", "heddle-report/1");
	write_tool(json);
}

static int json_write(FILE *out, const struct report *report, const struct format_options *options,
		      struct error *err)
{
	struct json json;

	write_start(&json, out);
	write_report(&json, report, options);
	json_object_end(&json);
	return ferror(out) ? fail(err, EIO, "cannot write the report") : 0;
}

static int json_write_several(FILE *out, const GPtrArray *reports, const struct report *joined,
			      const struct format_options *options, struct error *err)
{
	struct json json;

	write_start(&json, out);
	json_string(&json, "verdict", verdict_name(joined->verdict));
	json_string(&json, "incomplete_reason", joined->trace.incomplete_reason);
	write_findings(&json, joined, options);
	json_array_begin(&json, "traces");
	for (guint i = 0; i < reports->len; i++) {
		json_object_begin(&json, NULL);
		write_report(&json, reports->pdata[i], options);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	return ferror(out) ? fail(err, EIO, "cannot write the report") : 0;
}

const struct format format_json = {
	.name = "json",
	.summary = "everything, for programs; doc/heddle-report-1.schema.json describes it",
	.write = json_write,
	.write_several = json_write_several,
};
