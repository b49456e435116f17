/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits that nobody is left to end, in words. */
#include "analyzer/analyses/deadlock.h"

#define NAMES_MAX 6

static const char *thread_name(const struct deadlock_process *process, const struct thread *thread)
{
	return names_thread(process->wording.names, thread);
}

static void add_note(struct finding *finding, const char *note)
{
	g_ptr_array_add(finding->notes, (char *)note);
}

/* What a thread does at the end, behind its name. */
static const char *fate(const struct deadlock_process *process, const struct thread *thread)
{
	struct report *report = process->wording.report;
	const struct waitgraph_node *node = &process->graph.nodes[thread->index];
	int64_t ago_ns = elapsed_ns(thread->end_ns, process->process->end_ns);

	if (thread->state == THREAD_EXITED)
		return report_format(report, "exited %s before the end",
				     names_duration(process->wording.names, ago_ns));
	return report_format(report, "waits for %s itself", deadlock_need(process, node));
}

/* What had become of those who had notified, where a sentence can say it; else nothing. */
static const char *why_nobody(const struct deadlock_process *process,
			      const struct waitgraph_notifiers *notifiers)
{
	struct report *report = process->wording.report;
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < notifiers->count; i++) {
		const struct thread *thread = notifiers->list[i].thread;
		if (thread->state == THREAD_EXITED)
			g_ptr_array_add(names, (char *)thread_name(process, thread));
	}
	if (!notifiers->count || names->len != notifiers->count)
		return "";
	return report_format(report, ": %s, which had notified it before, %s exited",
			     wording_list(&process->wording, names, NAMES_MAX),
			     names->len > 1 ? "have" : "has");
}

static void tell_notifiers(const struct deadlock_process *process, struct finding *finding,
			   const struct object *condition,
			   const struct waitgraph_notifiers *notifiers)
{
	struct report *report = process->wording.report;

	for (unsigned i = 0; i < notifiers->count; i++) {
		const struct waitgraph_notifier *notifier = &notifiers->list[i];
		const char *name = thread_name(process, notifier->thread);
		struct wording_step step = {
			.thread = notifier->thread,
			.action = notifier->is_broadcast ? "broadcast" : "signalled",
			.object = names_object(process->wording.names, condition),
			.place = notifier->place,
			.time_ns = notifier->time_ns
		};
		wording_add_step(&process->wording, finding, &step);
		add_note(finding, report_format(report, "%s, which had notified it before, %s.",
						name, fate(process, notifier->thread)));
	}
}

static void tell_users(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *waiter)
{
	const struct object *mutex = waiter->thread->wait.mutex;
	const struct deadlock_users *users = mutex ? process->users(process->context, mutex) : NULL;

	add_note(finding, "Nobody had ever notified it.");
	for (unsigned i = 0; users && i < DEADLOCK_USERS && users->list[i]; i++) {
		const struct thread *user = process->process->threads->pdata[users->list[i] - 1];
		if (user == waiter->thread || user->wait.object == waiter->object)
			continue;
		add_note(finding, report_format(process->wording.report,
						"%s, which had used its mutex %s, %s.",
						thread_name(process, user),
						names_object(process->wording.names, mutex),
						fate(process, user)));
	}
}

static void tell_condition(const struct deadlock_process *process, struct finding *finding,
			   const struct waitgraph_node *waiter, const char *who, bool are_many)
{
	const struct waitgraph_notifiers *notifiers =
		process->notifiers(process->context, waiter->object);

	finding->message = report_format(process->wording.report,
					 "%s %s for ever for %s, and nobody is left who could "
					 "notify it%s.",
					 who, are_many ? "wait" : "waits",
					 deadlock_need(process, waiter),
					 notifiers ? why_nobody(process, notifiers) : "");
	if (notifiers)
		tell_notifiers(process, finding, waiter->object, notifiers);
	else
		tell_users(process, finding, waiter);
}

static void add_orphan_step(const struct deadlock_process *process, struct finding *finding,
			    const struct object *lock)
{
	const struct hold *hold = lock->holder;
	struct wording_step step = { .thread = hold->thread,
				     .action = "holds",
				     .object = names_object(process->wording.names, lock),
				     .place = hold->place,
				     .time_ns = hold->since_ns,
				     .is_lasting = true };

	wording_add_step(&process->wording, finding, &step);
}

static void tell_orphan(const struct deadlock_process *process, struct finding *finding,
			const struct waitgraph_node *waiter, const char *who, bool are_many)
{
	const struct hold *hold = waiter->object->holder;
	const char *lock = deadlock_need(process, waiter);
	const char *holder = thread_name(process, hold->thread);

	finding->message = report_format(process->wording.report,
					 "%s %s for ever for %s: %s exited without releasing it.",
					 who, are_many ? "wait" : "waits", lock, holder);
	add_note(finding, report_format(process->wording.report, "%s %s.", holder,
					fate(process, hold->thread)));
}

void deadlock_report_dead_end(const struct deadlock_process *process, const GArray *end,
			      unsigned group)
{
	const struct waitgraph_node *nodes = process->graph.nodes;
	const struct waitgraph_node *first = &nodes[g_array_index(end, unsigned, 0)];
	struct finding *finding = wording_finding(&process->wording, "stuck", LEVEL_ERROR,
						  deadlock_certainty(process), process->process);
	GPtrArray *identity = g_ptr_array_new();

	g_ptr_array_add(finding->objects, (char *)deadlock_need(process, first));
	if (first->need == NEED_LOCK)
		add_orphan_step(process, finding, first->object);
	for (unsigned i = 0; i < end->len; i++) {
		const struct waitgraph_node *node = &nodes[g_array_index(end, unsigned, i)];
		g_ptr_array_add(finding->threads, (char *)thread_name(process, node->thread));
		deadlock_add_wait(process, finding, node);
		g_ptr_array_add(identity, (char *)deadlock_identity(process, node));
	}
	wording_set_identity(&process->wording, finding, identity);
	const char *who = wording_list(&process->wording, finding->threads, NAMES_MAX);
	if (first->need == NEED_SIGNAL)
		tell_condition(process, finding, first, who, end->len > 1);
	else
		tell_orphan(process, finding, first, who, end->len > 1);
	deadlock_add_notes(process, finding, group);
}
