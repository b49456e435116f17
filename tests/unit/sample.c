/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One report made by hand, with everything a format has to cope with. */
#include "tests/unit/sample.h"

#include <string.h>

#define DEEP 12

static const struct frame lock_frames[] = {
	{ 0x4011d6, "lock_fork", "examples/philosophers.c", 41, "/tmp/philosophers", 0x11d6, true,
	  NULL },
	{ 0x4011d6, "philosopher", "examples/philosophers.c", 57, "/tmp/philosophers", 0x11d6,
	  false, NULL },
	{ 0x7f0000001234, "start_thread", NULL, 0, "/lib/libc.so.6", 0x1234, false, NULL },
	{ 0x7f0000009999, NULL, NULL, 0, "/lib/libc.so.6", 0x9999, false, NULL },
	{ 0xdead, NULL, NULL, 0, NULL, 0, false, NULL },
};

static const struct frame transfer_frame[] = {
	{ 0x5000, "transfer(account&, account&)", "bank.cc", 12, "/tmp/bank", 0x1000, false, NULL },
};

static struct stack deep_stack(struct report *report)
{
	struct frame *frames = report_alloc(report, DEEP * sizeof(*frames));

	for (unsigned i = 0; i < DEEP; i++) {
		frames[i].function = report_format(report, "level_%u", i);
		frames[i].file = "deep.c";
		frames[i].line = (int)i + 1;
	}
	return (struct stack){ frames, DEEP };
}

static void add_step(struct finding *finding, const char *thread, const char *action,
		     const char *object, int64_t time_ns, int64_t since_ns, struct stack stack)
{
	struct finding_step *step = finding_step(finding);

	step->thread = thread;
	step->action = action;
	step->object = object;
	step->time_ns = time_ns;
	step->since_ns = since_ns;
	step->stack = stack;
}

static struct finding *add_finding(struct report *report, const char *rule, enum level level,
				   enum certainty certainty, const char *message)
{
	struct finding *finding = report_finding(report, rule, level, certainty);

	finding->message = message;
	finding->pid = 4242;
	finding->process = "./philosophers 2";
	g_ptr_array_add(finding->identity, (gpointer)message);
	return finding;
}

static void add_deadlock(struct report *report)
{
	struct finding *finding = add_finding(
		report, "deadlock", LEVEL_ERROR, CERTAINTY_ACTUAL,
		"philosopher #1 waits for forks[1], which philosopher #2 holds, which waits for "
		"forks[0], which philosopher #1 holds.");
	const struct stack stack = { lock_frames, G_N_ELEMENTS(lock_frames) };

	g_ptr_array_add(finding->threads, (gpointer) "philosopher #1");
	g_ptr_array_add(finding->threads, (gpointer) "philosopher #2");
	g_ptr_array_add(finding->objects, (gpointer) "forks[0]");
	g_ptr_array_add(finding->objects, (gpointer) "forks[1]");
	add_step(finding, "philosopher #1", "holds", "forks[0]", 12300000, 9987700000, stack);
	add_step(finding, "philosopher #1", "waits for", "forks[1]", 12500000, 9987500000, stack);
	add_step(finding, "philosopher #2", "holds", "forks[1]", 12400000, 9987600000,
		 deep_stack(report));
	add_step(finding, "philosopher #2", "waits for", "forks[0]", 12600000, 9987400000, stack);
	g_ptr_array_add(finding->notes,
			(gpointer) "main waits for philosopher #1 to end and hangs on this ring.");
}

static void add_schedule(struct finding *finding, const char *thread, const char *action,
			 const char *object)
{
	const struct schedule_step step = { thread, action, object };

	g_array_append_val(finding->schedule, step);
}

static void add_lock_order(struct report *report)
{
	struct finding *finding =
		add_finding(report, "lock-order", LEVEL_WARNING, CERTAINTY_WITNESSED,
			    "2 threads can deadlock when they run at the same time: first "
			    "holds a and requests b; second holds b and requests a.");
	const struct stack stack = { transfer_frame, 1 };

	finding->count = 3;
	add_step(finding, "first", "holds", "a", 1000, -1, stack);
	add_step(finding, "first", "requests", "b", 3000, -1, stack);
	add_step(finding, "second", "holds", "b", 2000, -1, (struct stack){ NULL, 0 });
	add_step(finding, "second", "requests", "a", -1, -1, stack);
	add_schedule(finding, "first", "holds", "a");
	add_schedule(finding, "second", "holds", "b");
	add_schedule(finding, "first", "requests", "b");
	add_schedule(finding, "second", "requests", "a");
}

static void add_note(struct report *report)
{
	/* A name with a bell, an escape sequence, bad UTF-8, and a right-to-left override. */
	static const char hostile[] = "</script>\a\033[31m\"\\\xff\xe2\x80\xae";
	char *longest = report_alloc(report, 1001);

	memset(longest, 'n', 1000);
	struct finding *finding = add_finding(report, "exit-holding", LEVEL_NOTE,
					      CERTAINTY_POSSIBLE,
					      "A thread ends and still holds a lock.");
	add_step(finding, hostile, "exits", longest, 5000, -1, (struct stack){ NULL, 0 });
}

static GArray *tallies(const char *thread, uint64_t count, int64_t ns)
{
	GArray *array = g_array_new(FALSE, TRUE, sizeof(struct tally));
	const struct tally tally = { thread, count, ns };

	g_array_append_val(array, tally);
	return array;
}

static void add_contention(struct report *report)
{
	/* Eleven with waits, so that the default of ten cuts; two without. */
	for (unsigned id = 0; id < 13; id++) {
		struct contention row = {
			.object = { id, id == 1 ? "condition" : "mutex",
				    report_format(report, id == 1 ? "ready" : "lock[%u]", id) },
			.acquisitions = 2000 - id,
		};
		if (id < 11) {
			int64_t ns = 1000000000 >> 2 * id;

			row.contended = 500 - 10 * id;
			row.wait = (struct distribution){ ns, ns / 2, ns / 100, ns / 10 };
			row.waiters = tallies("philosopher #1", 3, ns);
			row.holders = tallies("philosopher #2", 3, ns);
		}
		if (id != 1)
			row.hold = (struct distribution){ 1234567, 99999, 999, 12345 };
		g_array_append_val(report->contention, row);
	}
}

/* Two rows of an rwlock: one that was waited for to write, and read by others in peace. */
static void add_rwlock(struct report *report)
{
	const struct report_object object = { 13, "rwlock", "cache" };
	struct contention rows[] = {
		{ .object = object,
		  .mode = "write",
		  .acquisitions = 10,
		  .contended = 9,
		  .wait = { 900000000, 500000000, 100000000, 500000000 },
		  .waiters = tallies("philosopher #1", 9, 900000000),
		  .holders = tallies("philosopher #2", 9, 900000000),
		  .hold = { 1000000, 100000, 100000, 100000 } },
		{ .object = object,
		  .mode = "read",
		  .acquisitions = 100000,
		  .hold = { 2000000, 1000, 10, 20 } },
	};
	const struct blame blame = { .waiter = "philosopher #1",
				     .holder = "philosopher #2",
				     .object = object,
				     .mode = "write",
				     .count = 9,
				     .ns = 900000000 };

	/* Most wait first. */
	g_array_insert_vals(report->contention, 1, &rows[0], 1);
	g_array_append_vals(report->contention, &rows[1], 1);
	g_array_append_val(report->blame, blame);
}

/* Eleven, so that the default of ten cuts. */
static void add_blocking_calls(struct report *report)
{
	for (unsigned i = 0; i < 11; i++) {
		const struct blocking_call row = {
			.call = i == 1 ? "nanosleep" : "read",
			.kind = i == 1 ? BLOCKED_SLEEP : BLOCKED_IO,
			.count = 2000 >> i,
			.threads = 1 + i,
			.total = 5000000000 >> 2 * i,
			.max = 100000000 >> 2 * i,
			.place = report_format(report, "load (examples/file.c:%u)", 10 + i),
			.stack = { transfer_frame, i % 2 },
		};

		g_array_append_val(report->blocking_calls, row);
	}
}

static void add_threads(struct report *report)
{
	const struct thread_row rows[] = {
		{ 4242, 4242, "main", "blocked", 10000000000, { [BLOCKED_JOIN] = 9990000000 } },
		{ 4242,
		  4243,
		  "philosopher #1",
		  "blocked",
		  9999000000,
		  { [BLOCKED_LOCK] = 9987500000, [BLOCKED_CONDITION] = 1000, [BLOCKED_IO] = 5000 } },
		{ 4242, 4244, "idle", "exited", 1000, { 0 } },
	};
	struct blame blame = { .waiter = "philosopher #1",
			       .holder = "philosopher #2",
			       .object = { 0, "mutex", "lock[0]" },
			       .count = 3,
			       .ns = 1000000000 };
	const struct blame_place places[] = {
		{ "eat (forks.c:7)", "take (forks.c:5)", { 0 }, { transfer_frame, 1 }, 2, 900000000 },
		{ "eat (forks.c:8)", NULL, { transfer_frame, 1 }, { 0 }, 1, 50000000 },
	};

	blame.places = g_array_new(FALSE, TRUE, sizeof(struct blame_place));
	g_array_append_vals(blame.places, places, G_N_ELEMENTS(places));
	g_array_append_vals(report->threads, rows, G_N_ELEMENTS(rows));
	g_array_append_val(report->blame, blame);
}

/* Eleven parts, so that the default of ten cuts. */
static void add_path(struct report *report)
{
	struct critical_path *path = &report->critical_path;
	const struct path_lock_share locks[] = {
		{ { 0, "mutex", "lock[0]" }, 3, 1000000000, 2500000000, 1200000000 },
		{ { 13, "rwlock", "cache" }, 0, 0, 1000, 0 },
		{ { 2, "mutex", "lock[2]" }, 1, 900, -1, -1 },
	};

	for (unsigned i = 0; i < 11; i++) {
		struct path_segment part = { .thread = i % 2 ? "main" : "philosopher #1",
					     .action = "runs",
					     .start_ns = 100000000 * i,
					     .ns = 100000000,
					     .place = i % 2 ? NULL : "dine (forks.c:12)" };
		if (part.place)
			part.stack = (struct stack){ transfer_frame, 1 };
		if (i == 2)
			part.ns = 8000000000;
		if (i == 3)
			part.action = "waits for";
		if (i == 3 || i == 4)
			part.object = "lock[0]";
		if (i == 4 || i == 8) {
			part.then = i == 4 ? "releases" : "ends";
			part.next = "main";
		}
		if (i == 6) {
			part.then = "creates";
			part.next = "idle";
		}
		part.count = 1;
		g_array_append_val(path->segments, part);
		part.count = 12 - i;
		g_array_append_val(path->sums, part);
	}
	g_array_append_vals(path->locks, locks, G_N_ELEMENTS(locks));
	path->pid = 4242;
	path->process = "./philosophers 2";
	path->thread_count = 3;
	path->ns = 9000000000;
	path->running_ns = 8500000000;
	path->waking_ns = 100000000;
	path->blocked_ns = 300000000;
	path->unknown_ns = 40000000;
	path->endless_ns = 60000000;
	path->ending = "It ends in a wait that never ended: main waits for lock[0].";
	path->start_ns = 50000000;
	path->is_cut = true;
	path->segment_count = 11;
	path->lock_count = G_N_ELEMENTS(locks);
}

/* Eleven, so that the default of ten cuts. */
static void add_serialisation(struct report *report)
{
	struct serialisation *serialisation = &report->serialisation;

	for (int i = 0; i < 11; i++) {
		const struct serial_row row = {
			.thread = i % 2 ? "main" : "philosopher #1",
			.place = i ? report_format(report, "dine (forks.c:%d)", i) : "its start",
			.share_ns = 4000000000 >> i,
			.alone_ns = i % 2 ? 1000000000 >> i : 0
		};

		g_array_append_val(serialisation->rows, row);
	}
	serialisation->running_ns = 8000000000;
	serialisation->alone_ns = 1200000000;
	serialisation->idle_ns = 2000000000;
}

/* Two alike, one that a finding tells of, and one that nobody knew. */
static void add_hang(struct report *report)
{
	static const struct frame frames[] = {
		{ .address = 0x1010, .function = "spin", .file = "forks.c", .line = 9 },
	};
	const struct hang_thread row = { .pid = 4242,
					 .process = "./philosophers 2",
					 .state = "sleeping",
					 .action = "is in",
					 .awaited = "poll",
					 .since_ns = 5000000 };
	struct hang_thread rows[] = { row, row, row, row };
	const struct hang_gap gap = { 2, "ptrace is not permitted" };
	struct hang *hang = report_hang(report);

	for (int i = 0; i < 4; i++)
		rows[i].tid = 4244 + i;
	rows[0].name = "helper (thread 4244)";
	rows[0].state = "running";
	rows[0].action = rows[0].awaited = NULL;
	rows[0].since_ns = -1;
	rows[0].cpu_ns = 9000000000;
	rows[0].stack = (struct stack){ frames, 1 };
	rows[1].name = "philosopher #1";
	rows[1].action = "waits for";
	rows[1].awaited = "lock[0]";
	rows[1].is_found = true;
	rows[2].name = "idle #3";
	rows[3].name = "idle #4";
	hang->reason = "timeout";
	hang->at_ns = 9500000000;
	hang->idle_ns = -1;
	g_array_append_vals(hang->threads, rows, G_N_ELEMENTS(rows));
	g_array_append_val(hang->gaps, gap);
}

static void add_recording(struct report *report)
{
	static const struct noise noise = { 4294967295, 37, 212000000 };
	struct recording *recording = report_alloc(report, sizeof(*recording));

	*recording = (struct recording){ .events = 1234567,
					 .bytes = 5410000,
					 .batches = 83,
					 .blocked_ns = 1500000000,
					 .share_ppm = 13499 };
	report->trace.recording = recording;
	report->trace.noise = &noise;
	report->trace.detail = TRACE_DETAIL_SUMMARY;
	report->trace.summary_since_ns = 12300000;
}

static void add_dropped(struct report *report)
{
	struct dropped gate = { "gate lock", 1, g_ptr_array_new(), false };
	struct dropped thread = { "one thread", 2, g_ptr_array_new(), false };

	g_ptr_array_add(gate.examples, (gpointer) "a and b, both only under gate.");
	g_ptr_array_add(thread.examples, (gpointer) "c and d, both orders by main.");
	g_array_append_val(report->dropped, gate);
	g_array_append_val(report->dropped, thread);
}

struct report *sample_report(void)
{
	struct report *report = report_new();

	report->trace = (struct trace_facts){
		.path = "/tmp/trace",
		.command = "./philosophers 2",
		.ending = "was ended at its time limit",
		.duration_ns = 10000000000,
		.processes = 1,
		.threads = 3,
		.objects = 14,
		.events = 1234567,
		.misfits = 2,
		.is_complete = true,
	};
	add_note(report);
	add_lock_order(report);
	add_deadlock(report);
	add_contention(report);
	add_threads(report);
	add_rwlock(report);
	add_blocking_calls(report);
	add_dropped(report);
	add_path(report);
	add_serialisation(report);
	add_recording(report);
	add_hang(report);
	report_finish(report, LEVEL_WARNING);
	return report;
}
