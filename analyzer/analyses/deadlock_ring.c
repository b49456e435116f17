/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings of waiting threads in words. */
#include "analyzer/analyses/deadlock.h"

#include <string.h>

/* Up to so many threads the sentence tells what each one holds. */
#define TOLD_IN_FULL 3
#define TOLD_AT_ALL 12
#define NOTES_MAX 20

enum certainty deadlock_certainty(const struct deadlock_process *process)
{
	return model_lost(process->wording.model) ? CERTAINTY_POSSIBLE : CERTAINTY_ACTUAL;
}

static const char *thread_name(const struct deadlock_process *process, const struct thread *thread)
{
	return names_thread(process->wording.names, thread);
}

static const char *object_name(const struct deadlock_process *process, const struct object *object)
{
	return names_object(process->wording.names, object);
}

const char *deadlock_need(const struct deadlock_process *process, const struct waitgraph_node *node)
{
	if (node->need != NEED_END)
		return object_name(process, node->object);
	if (node->other == node->thread)
		return "its own end";
	return report_format(process->wording.report, "the end of %s",
			     thread_name(process, node->other));
}

void deadlock_add_wait(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *node)
{
	struct wording_step step = { .thread = node->thread,
				     .action = "waits for",
				     .object = deadlock_need(process, node),
				     .place = node->thread->wait.place,
				     .time_ns = node->since_ns,
				     .is_lasting = true };

	wording_add_step(&process->wording, finding, &step);
}

const char *deadlock_identity(const struct deadlock_process *process,
			      const struct waitgraph_node *node)
{
	struct names *names = process->wording.names;
	const char *need = node->need == NEED_END ? names_thread_stable(names, node->other)
						  : names_object_stable(names, node->object);

	return report_format(process->wording.report, "%s|%s|%s",
			     names_thread_stable(names, node->thread), need,
			     names_place_stable(names, node->thread->wait.place));
}

static const char *behind(const struct deadlock_process *process, const struct waitgraph_node *node)
{
	struct report *report = process->wording.report;
	const char *waited = names_duration(process->wording.names,
					    elapsed_ns(node->since_ns, node->thread->end_ns));
	const char *thread = thread_name(process, node->thread);

	if (node->need != NEED_LOCK)
		return report_format(report, "%s has waited %s for %s.", thread, waited,
				     deadlock_need(process, node));
	return report_format(report, "%s has waited %s for %s, which %s holds.", thread, waited,
			     deadlock_need(process, node), thread_name(process, node->other));
}

void deadlock_add_notes(const struct deadlock_process *process, struct finding *finding,
			unsigned group)
{
	struct report *report = process->wording.report;
	const struct waitgraph *graph = &process->graph;
	unsigned found = 0;

	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->group == group && !node->is_inside && found++ < NOTES_MAX)
			g_ptr_array_add(finding->notes, (char *)behind(process, node));
	}
	if (found > NOTES_MAX)
		g_ptr_array_add(finding->notes,
				(char *)report_format(report, "%u more threads wait behind these.",
						      found - NOTES_MAX));
	if (model_lost(process->wording.model))
		g_ptr_array_add(finding->notes,
				"The trace lost events: one that ended a wait may be among them.");
}

static const struct waitgraph_node *member(const struct deadlock_process *process,
					   const GArray *ring, unsigned at)
{
	return &process->graph.nodes[g_array_index(ring, unsigned, at % ring->len)];
}

static bool is_before(const struct deadlock_process *process, const struct thread *left,
		      const struct thread *right)
{
	int order = strcmp(thread_name(process, left), thread_name(process, right));

	return order ? order < 0 : left->index < right->index;
}

/* Where the telling begins: the same for one ring in every run, as far as names allow. */
static unsigned first_of(const struct deadlock_process *process, const GArray *ring)
{
	unsigned first = 0;

	for (unsigned i = 1; i < ring->len; i++)
		if (is_before(process, member(process, ring, i)->thread,
			      member(process, ring, first)->thread))
			first = i;
	return first;
}

/* The lock that node holds and before waits for, or NULL. */
static const struct object *held_for(const struct waitgraph_node *before)
{
	return before->need == NEED_LOCK ? before->object : NULL;
}

static void tell_member(const struct deadlock_process *process, GString *text,
			const struct waitgraph_node *before, const struct waitgraph_node *node,
			const struct waitgraph_node *next)
{
	const struct object *held = held_for(before);

	g_string_append(text, thread_name(process, node->thread));
	if (held)
		g_string_append_printf(text, " holds %s and", object_name(process, held));
	g_string_append_printf(text, " waits for %s", deadlock_need(process, node));
	if (node->need == NEED_LOCK)
		g_string_append_printf(text, ", which %s holds",
				       thread_name(process, next->thread));
	else if (node->need == NEED_SIGNAL)
		g_string_append_printf(text, ", which %s could notify",
				       thread_name(process, next->thread));
}

static const char *ring_message(const struct deadlock_process *process, const GArray *ring,
				unsigned first)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%u threads wait for each other for ever: ", ring->len);
	if (ring->len <= TOLD_IN_FULL) {
		for (unsigned i = first; i < first + ring->len; i++) {
			g_string_append(text, i == first ? "" : "; ");
			tell_member(process, text, member(process, ring, i + ring->len - 1),
				    member(process, ring, i), member(process, ring, i + 1));
		}
	} else {
		unsigned told = MIN(ring->len, TOLD_AT_ALL);
		for (unsigned i = first; i < first + told; i++)
			g_string_append_printf(text, "%s -> ",
					       thread_name(process,
							   member(process, ring, i)->thread));
		g_string_append(text, told < ring->len ? "... -> " : "");
		g_string_append(text, thread_name(process, member(process, ring, first)->thread));
	}
	g_string_append_c(text, '.');
	return report_string(process->wording.report, text->str);
}

static const char *self_message(const struct deadlock_process *process,
				const struct waitgraph_node *node)
{
	return report_format(process->wording.report, "%s waits for ever for %s%s.",
			     thread_name(process, node->thread), deadlock_need(process, node),
			     node->need == NEED_LOCK ? ", which it holds itself" : "");
}

static void add_member(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *before, const struct waitgraph_node *node)
{
	const struct object *held = held_for(before);
	char *name = (char *)thread_name(process, node->thread);

	g_ptr_array_add(finding->threads, name);
	if (node->object)
		g_ptr_array_add(finding->objects, (char *)object_name(process, node->object));
	if (held) {
		const struct hold *hold = held->holder;
		struct wording_step step = { .thread = node->thread,
					     .action = "holds",
					     .object = object_name(process, held),
					     .place = hold->place,
					     .time_ns = hold->since_ns,
					     .is_lasting = true };
		wording_add_step(&process->wording, finding, &step);
	}
	deadlock_add_wait(process, finding, node);
	if (node->is_woken)
		g_ptr_array_add(finding->notes,
				(char *)report_format(
					process->wording.report,
					"%s has been notified of %s and needs its "
					"mutex again.",
					name, object_name(process, node->thread->wait.object)));
}

void deadlock_report_ring(const struct deadlock_process *process, const GArray *ring,
			  unsigned group)
{
	bool is_self = ring->len == 1;
	struct finding *finding =
		wording_finding(&process->wording, is_self ? "self-deadlock" : "deadlock",
				LEVEL_ERROR, deadlock_certainty(process), process->process);
	GPtrArray *identity = g_ptr_array_new();
	unsigned first = first_of(process, ring);

	finding->message = is_self ? self_message(process, member(process, ring, 0))
				   : ring_message(process, ring, first);
	for (unsigned i = first; i < first + ring->len; i++) {
		const struct waitgraph_node *node = member(process, ring, i);
		add_member(process, finding, member(process, ring, i + ring->len - 1), node);
		g_ptr_array_add(identity, (char *)deadlock_identity(process, node));
	}
	wording_set_identity(&process->wording, finding, identity);
	deadlock_add_notes(process, finding, group);
}
