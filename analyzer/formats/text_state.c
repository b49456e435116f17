/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: what threads hold and wait for at a moment, as a thread dump tells it. */
#include "analyzer/formats/text.h"

#include <inttypes.h>

#define NAMES_TOLD 4

/* "a, b and 3 more". The caller frees it. */
static char *join_names(const GPtrArray *names, guint max)
{
	GString *text = g_string_new(NULL);
	/* A single name takes no more room than the words "1 more". */
	guint told = names->len > max + 1 ? max : names->len;

	for (guint i = 0; i < told; i++) {
		g_autofree char *name = text_clean(g_ptr_array_index(names, i), TEXT_NAME_MAX);
		g_string_append_printf(text, "%s%s",
				       i == 0		     ? ""
				       : i + 1 == names->len ? " and "
							     : ", ",
				       name);
	}
	if (told < names->len)
		g_string_append_printf(text, " and %u more", names->len - told);
	return g_string_free(text, FALSE);
}

static void write_hold(const struct text *text, const struct state_hold *hold)
{
	g_autofree char *name = text_clean(hold->object.name, TEXT_LINE_MAX);
	g_autofree char *since = text_duration(hold->since_ns);
	g_autofree char *time = text_duration(hold->time_ns);

	fprintf(text->out, "      %s %s", hold->action, name);
	if (hold->depth > 1)
		fprintf(text->out, ", taken %u times,", hold->depth);
	fprintf(text->out, " for %s, %s +%s\n", since,
		g_str_has_prefix(hold->action, "holds") ? "acquired at" : "since", time);
	text_stack(text, &hold->stack);
}

/* What a reader asks next: whose turn it is, and how it ended. */
static void write_wait_facts(const struct text *text, const struct state_wait *wait)
{
	g_autofree char *holders = join_names(wait->holders, NAMES_TOLD);
	g_autofree char *waker = text_clean(wait->waker, TEXT_LINE_MAX);
	g_autofree char *mutex = text_clean(wait->mutex, TEXT_LINE_MAX);
	g_autofree char *ended = text_duration(wait->ended_in_ns);

	if (wait->is_timed)
		fputs(", with a time limit", text->out);
	if (wait->waker)
		fprintf(text->out, "; woken by %s", waker);
	if (wait->waker && wait->mutex)
		fprintf(text->out, ", needs %s again", mutex);
	if (wait->holders->len)
		fprintf(text->out, "; held by %s", holders);
	if (wait->ended_in_ns >= 0)
		fprintf(text->out, "; ended %s later", ended);
	else
		fputs("; not ended in the trace", text->out);
}

static void write_wait(const struct text *text, const struct state_wait *wait)
{
	g_autofree char *awaited = text_clean(wait->awaited, TEXT_LINE_MAX);
	g_autofree char *since = text_duration(wait->since_ns);
	g_autofree char *time = text_duration(wait->time_ns);

	fprintf(text->out, "      %s %s for %s, since +%s", wait->action, awaited, since, time);
	write_wait_facts(text, wait);
	putc('\n', text->out);
	text_stack(text, &wait->stack);
}

static void write_thread(const struct text *text, const struct state_thread *thread)
{
	g_autofree char *name = text_clean(thread->name, TEXT_LINE_MAX);

	fputs("    ", text->out);
	text_color(text, TEXT_BOLD);
	fputs(name, text->out);
	text_color(text, TEXT_PLAIN);
	fprintf(text->out, " (%s, thread %" PRId32 " of process %" PRId32 ")\n", thread->state,
		thread->tid, thread->pid);
	for (guint i = 0; i < thread->holds->len; i++)
		write_hold(text, &g_array_index(thread->holds, struct state_hold, i));
	if (thread->wait)
		write_wait(text, thread->wait);
}

static void write_threads(const struct text *text, const struct state *state)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();

	for (guint i = 0; i < state->threads->len; i++) {
		const struct state_thread *thread =
			&g_array_index(state->threads, struct state_thread, i);

		if (thread->wait || thread->holds->len)
			write_thread(text, thread);
		else
			g_ptr_array_add(others, (char *)thread->name);
	}
	if (others->len) {
		g_autofree char *names = join_names(others, others->len);
		g_autofree char *sentence = g_strdup_printf(
			"Neither holding nor waiting for anything that is recorded: %s.", names);
		text_wrap(text, 4, sentence);
	}
}

static void write_objects(const struct text *text, const struct state *state)
{
	static const struct table_column columns[] = {
		{ "", true },
		{ "held by", true },
		{ "waited for by", true },
	};
	struct table *table = table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < state->objects->len; i++) {
		const struct state_object *row =
			&g_array_index(state->objects, struct state_object, i);

		text_add_name(table, row->object.name);
		table_add(table, join_names(row->holders, NAMES_TOLD));
		table_add(table, join_names(row->waiters, NAMES_TOLD));
	}
	if (state->objects->len) {
		putc('\n', text->out);
		table_write(table, text->out);
	}
	table_free(table);
}

void text_state(const struct text *text)
{
	const struct state *state = text->report->state;

	if (!state)
		return;
	g_autofree char *at = text_duration(state->at_ns);
	g_autofree char *duration = text_duration(text->report->trace.duration_ns);
	fprintf(text->out, "\nState at +%s of %s:\n", at, duration);
	if (!state->threads->len)
		fputs("    No thread lived then.\n", text->out);
	write_threads(text, state);
	write_objects(text, state);
	fprintf(text->out, "\nThe tables below are of the time up to +%s.\n", at);
}
