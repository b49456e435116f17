/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a finding about a hang says besides: why somebody waits, and who waits behind. */
#include "analyzer/analyses/deadlock.h"

#define NAMES_MAX 6
#define NOTES_MAX 20

static void add_note(struct finding *finding, const char *note)
{
	g_ptr_array_add(finding->notes, (char *)note);
}

const struct lostwakeup_missed *deadlock_missed(const struct deadlock_process *process,
						const struct waitgraph_node *node)
{
	/* A ring with a lock or a join in it says itself why nobody signals. */
	return node->need == NEED_SIGNAL && !node->is_mixed
		       ? lostwakeup_of(process->lost, node->thread)
		       : NULL;
}

GPtrArray *deadlock_idle_holders(const struct deadlock_process *process, const struct object *lock)
{
	GPtrArray *names = g_ptr_array_new();

	for (const struct hold *hold = lock->holder; hold; hold = hold->next_holder)
		if (waitgraph_is_idle(&process->graph, hold->thread))
			g_ptr_array_add(names, (char *)deadlock_thread(process, hold->thread));
	return names;
}

/* Behind what a thread waits for: ", which one and two hold for reading". */
static const char *because(const struct deadlock_process *process,
			   const struct waitgraph_node *node)
{
	struct report *report = process->wording.report;

	if (node->need == NEED_TURN)
		return report_format(report, " behind %s", deadlock_thread(process, node->other));
	if (node->need == NEED_PARENT)
		return report_format(report, ", which %s held at the fork",
				     deadlock_thread(process, node->inherited->holder));
	if (node->need != NEED_LOCK)
		return "";
	const struct deadlock_verbs *verbs = deadlock_verbs(node->object);
	if (node->object->kind == OBJECT_SEMAPHORE)
		return report_format(report, ", which %s took",
				     deadlock_thread(process, node->other));
	g_autoptr(GPtrArray) names = deadlock_idle_holders(process, node->object);
	return report_format(report, ", which %s %s%s",
			     wording_list(&process->wording, names, NAMES_MAX),
			     names->len > 1 ? verbs->hold : verbs->holds,
			     wording_mode(node->object, node->object->holder->is_read));
}

static const char *behind(const struct deadlock_process *process, const struct waitgraph_node *node)
{
	const char *waited = names_duration(process->wording.names,
					    elapsed_ns(node->since_ns, node->thread->end_ns));

	return report_format(process->wording.report, "%s has waited %s %s%s.",
			     deadlock_thread(process, node->thread), waited,
			     deadlock_awaited(process, node), because(process, node));
}

/* Why one who waits for a condition waits for its mutex. */
static const char *need_of_mutex(const struct deadlock_process *process,
				 const struct waitgraph_node *node)
{
	const char *when = node->thread->wait.is_timed
				   ? "with a time limit, and needs its mutex again also when the "
				     "time is over."
				   : "and needs its mutex again, whoever notifies it.";
	const char *condition = names_object(process->wording.names, node->thread->wait.object);
	const char *name = deadlock_thread(process, node->thread);

	if (node->is_woken)
		return report_format(process->wording.report,
				     "%s has been notified of %s and needs its mutex again.", name,
				     condition);
	return report_format(process->wording.report, "%s waits for %s %s", name, condition, when);
}

/* What one has to know who has not met such locks; once in a finding. */
static void explain(const struct deadlock_process *process, struct finding *finding,
		    const struct waitgraph_node *node)
{
	const struct lostwakeup_missed *missed = deadlock_missed(process, node);
	const char *note = NULL;

	if (missed)
		note = report_format(process->wording.report,
				     "%s %s %s before that wait began: the finding 'lost-wakeup' "
				     "tells about that.",
				     deadlock_thread(process, missed->signaller),
				     missed->is_broadcast ? "broadcast" : "signalled",
				     deadlock_object(process, missed->cond));
	else if (node->need == NEED_LOCK && node->thread->wait.kind == WAIT_COND)
		note = need_of_mutex(process, node);
	else if (node->need == NEED_TURN)
		note = report_format(process->wording.report,
				     "%s lets no more readers in while a writer waits.",
				     deadlock_object(process, node->object));
	else if (node->need == NEED_LOCK && node->object->kind == OBJECT_SEMAPHORE &&
		 process->graph.outside)
		note = "Any thread may post a semaphore, but so far only those did who had taken "
		       "it.";
	if (note && finding->notes->len < NOTES_MAX &&
	    !g_ptr_array_find_with_equal_func(finding->notes, note, g_str_equal, NULL))
		add_note(finding, note);
}

void deadlock_add_notes(const struct deadlock_process *process, struct finding *finding,
			unsigned group)
{
	struct report *report = process->wording.report;
	const struct waitgraph *graph = &process->graph;
	unsigned found = 0;

	for (unsigned i = 0; i < graph->count; i++)
		if (graph->nodes[i].group == group && graph->nodes[i].is_inside)
			explain(process, finding, &graph->nodes[i]);
	for (unsigned i = 0; i < graph->count; i++) {
		const struct waitgraph_node *node = &graph->nodes[i];
		if (node->group == group && !node->is_inside && found++ < NOTES_MAX)
			add_note(finding, behind(process, node));
	}
	if (found > NOTES_MAX)
		add_note(finding, report_format(report, "%u more threads wait behind these.",
						found - NOTES_MAX));
	if (model_lost(process->wording.model))
		add_note(finding,
			 "The trace lost events: one that ended a wait may be among them.");
}
