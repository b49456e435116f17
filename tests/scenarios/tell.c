/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/scenarios/tell.h"

#include <inttypes.h>
#include <stdbool.h>

#include "tests/scenarios/times.h"

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
	for (unsigned i = 0; i < finding->schedule->len; i++) {
		const struct schedule_step *step =
			&g_array_index(finding->schedule, struct schedule_step, i);
		g_string_append_printf(out, "  schedule: %s %s %s\n", step->thread, step->action,
				       step->object);
	}
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

static void print_hang(GString *out, const struct hang *hang)
{
	g_string_append_printf(out, "hang: %s after %" PRId64 " ns, idle for %" PRId64 " ns\n",
			       hang->reason, hang->at_ns, hang->idle_ns);
	for (unsigned i = 0; i < hang->threads->len; i++) {
		const struct hang_thread *thread =
			&g_array_index(hang->threads, struct hang_thread, i);

		g_string_append_printf(out, "  stood: %d/%d %s: %s, %" PRId64 " ns of CPU time%s",
				       thread->pid, thread->tid, thread->name, thread->state,
				       thread->cpu_ns, thread->is_found ? ", found" : "");
		if (thread->action)
			g_string_append_printf(out, ", %s %s for %" PRId64 " ns", thread->action,
					       thread->awaited, thread->since_ns);
		print_place(out, &thread->stack);
		g_string_append_c(out, '\n');
	}
	for (unsigned i = 0; i < hang->gaps->len; i++) {
		const struct hang_gap *gap = &g_array_index(hang->gaps, struct hang_gap, i);

		g_string_append_printf(out, "  no stack: %" PRId64 ", %s\n", gap->count, gap->why);
	}
}

void tell_report(GString *out, const char *name, const struct report *report,
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
	if (report->hang)
		print_hang(out, report->hang);
	print_misfits(out, model_misfits(model));
	times_print(out, name, report);
	if (g_str_has_prefix(name, "contention-")) {
		print_contention(out, report);
		print_blame(out, report);
	}
	if (g_str_has_prefix(name, "contention-") || g_str_has_prefix(name, "blocking-")) {
		print_threads(out, report);
		print_calls(out, report);
	}
}
