/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text report: where those threads stood that no finding tells of, when the command was ended. */
#include "analyzer/formats/text.h"

#include <inttypes.h>
#include <string.h>

/* So many different ones are looked through for one that is alike. */
#define ALIKE_MAX 128

/* Threads of which one can stand for the others. */
struct alike {
	const struct hang_thread *first;
	guint others;
};

static bool are_stacks_alike(const struct stack *one, const struct stack *other)
{
	if (one->count != other->count)
		return false;
	for (unsigned i = 0; i < one->count; i++)
		if (one->frames[i].address != other->frames[i].address)
			return false;
	return true;
}

/* Of a command line more than once in the trace: a pool of processes is like one of threads. */
static bool are_alike(const struct hang_thread *one, const struct hang_thread *other)
{
	return !g_strcmp0(one->process, other->process) && !strcmp(one->state, other->state) &&
	       !g_strcmp0(one->action, other->action) && !g_strcmp0(one->awaited, other->awaited) &&
	       are_stacks_alike(&one->stack, &other->stack);
}

static GArray *find_alike(const struct hang *hang)
{
	GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct alike));

	for (guint i = 0; i < hang->threads->len; i++) {
		struct alike one = { .first =
					     &g_array_index(hang->threads, struct hang_thread, i) };
		struct alike *same = NULL;

		if (one.first->is_found)
			continue;
		for (guint j = 0; !same && j < MIN(groups->len, ALIKE_MAX); j++) {
			same = &g_array_index(groups, struct alike, j);
			same = are_alike(same->first, one.first) ? same : NULL;
		}
		if (same)
			same->others++;
		else
			g_array_append_val(groups, one);
	}
	return groups;
}

static void write_doing(const struct text *text, const struct hang_thread *thread)
{
	g_autofree char *state = text_clean(thread->state, TEXT_NAME_MAX);
	g_autofree char *awaited = text_clean(thread->awaited, TEXT_LINE_MAX);
	g_autofree char *since = text_duration(thread->since_ns);
	g_autofree char *cpu = text_duration(thread->cpu_ns);

	if (thread->action)
		fprintf(text->out, "      %s %s for %s", thread->action, awaited, since);
	else
		fprintf(text->out, "      %s", state);
	/* Waits are sleep to the kernel: what else it says is news. */
	if (thread->action && strcmp(thread->state, "sleeping"))
		fprintf(text->out, "; %s", state);
	if (thread->cpu_ns)
		fprintf(text->out, ", has used %s of CPU time", cpu);
	putc('\n', text->out);
	text_stack(text, &thread->stack);
}

static void write_alike(const struct text *text, const struct alike *alike)
{
	const struct hang_thread *thread = alike->first;
	g_autofree char *name = text_clean(thread->name, TEXT_LINE_MAX);
	g_autofree char *process = text_clean(thread->process, TEXT_LINE_MAX);

	fputs("    ", text->out);
	text_color(text, TEXT_BOLD);
	fputs(name, text->out);
	text_color(text, TEXT_PLAIN);
	if (alike->others)
		fprintf(text->out, " and %u more alike", alike->others);
	if (thread->process)
		fprintf(text->out, " in %s", process);
	putc('\n', text->out);
	write_doing(text, thread);
}

static void write_gaps(const struct text *text, const GArray *gaps)
{
	for (guint i = 0; i < gaps->len; i++) {
		const struct hang_gap *gap = &g_array_index(gaps, struct hang_gap, i);
		g_autofree char *threads = gap->count ? text_counted((uint64_t)gap->count, "thread")
						      : g_strdup("any thread");
		g_autofree char *sentence = g_strdup_printf(
			"The stack of %s could not be taken: %s.", threads, gap->why);

		text_wrap(text, 2, sentence);
	}
}

void text_hang(const struct text *text)
{
	const struct hang *hang = text->report->hang;

	if (!hang)
		return;
	g_autoptr(GArray) groups = find_alike(hang);
	g_autofree char *at = text_duration(hang->at_ns);
	guint shown = text_rows_shown(text, groups->len);

	if (!groups->len && !hang->gaps->len)
		return;
	fprintf(text->out, "\nWhere the threads stood that no finding tells of, at +%s:\n", at);
	for (guint i = 0; i < shown; i++)
		write_alike(text, &g_array_index(groups, struct alike, i));
	if (shown < groups->len)
		fprintf(text->out, "    and %u more (--top 0 tells of all)\n", groups->len - shown);
	write_gaps(text, hang->gaps);
}
