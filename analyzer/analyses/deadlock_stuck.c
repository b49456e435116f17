/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits that nobody is left to end, in words. */
#include "analyzer/analyses/deadlock.h"

#include <inttypes.h>

#define NAMES_MAX 6
#define NOTIFIERS_TOLD 8
#define WAITERS_TOLD 64

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
		return report_format(
			report, report->state ? "had exited %s before" : "exited %s before the end",
			names_duration(process->wording.names, ago_ns));
	return report_format(report, "waits %s itself", deadlock_awaited(process, node));
}

/* Those who could have ended a wait: of a barrier, who has arrived is not among them. */
static GArray *find_notifiers(const struct deadlock_process *process, const struct object *object)
{
	const struct waitgraph_notifiers *all = process->notifiers(process->context, object);
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct waitgraph_notifier));

	for (unsigned i = 0; all && i < all->count; i++) {
		unsigned index = all->list[i].thread->index;
		if (object->kind != OBJECT_BARRIER ||
		    !waitgraph_is_waiting_at(&process->graph.nodes[index], object))
			g_array_append_val(found, all->list[i]);
	}
	return found;
}

/* What had become of those who had notified, where a sentence can say it; else nothing. */
static const char *why_nobody(const struct deadlock_process *process, const struct object *object,
			      const GArray *notifiers)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < notifiers->len; i++) {
		const struct thread *thread =
			g_array_index(notifiers, struct waitgraph_notifier, i).thread;
		if (thread->state == THREAD_EXITED)
			g_ptr_array_add(names, (char *)deadlock_thread(process, thread));
	}
	if (!notifiers->len || names->len != notifiers->len)
		return "";
	return report_format(process->wording.report, ": %s, which had %s before, %s exited",
			     wording_list(&process->wording, names, NAMES_MAX),
			     deadlock_verbs(object)->had, names->len > 1 ? "have" : "has");
}

static void tell_notifiers(const struct deadlock_process *process, struct finding *finding,
			   const struct object *object, const GArray *notifiers)
{
	const struct deadlock_verbs *verbs = deadlock_verbs(object);

	for (unsigned i = 0; i < MIN(notifiers->len, NOTIFIERS_TOLD); i++) {
		const struct waitgraph_notifier *notifier =
			&g_array_index(notifiers, struct waitgraph_notifier, i);
		struct wording_step step = { .thread = notifier->thread,
					     .action = notifier->is_broadcast ? verbs->did_many
									      : verbs->did,
					     .object = names_object(process->wording.names, object),
					     .place = notifier->place,
					     .time_ns = notifier->time_ns };
		wording_add_step(&process->wording, finding, &step);
		add_note(finding,
			 report_format(process->wording.report, "%s, which had %s before, %s.",
				       deadlock_thread(process, notifier->thread), verbs->had,
				       fate(process, notifier->thread)));
	}
}

static void tell_users(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *waiter)
{
	const struct object *mutex = waiter->thread->wait.mutex;
	const struct deadlock_users *users = mutex ? process->users(process->context, mutex) : NULL;

	add_note(finding, report_format(process->wording.report, "Nobody %shad ever %s.",
					waiter->object->kind == OBJECT_BARRIER ? "else " : "",
					deadlock_verbs(waiter->object)->had));
	for (unsigned i = 0; users && i < DEADLOCK_USERS && users->list[i]; i++) {
		const struct thread *user = process->process->threads->pdata[users->list[i] - 1];
		if (user == waiter->thread || user->wait.object == waiter->object)
			continue;
		add_note(finding, report_format(process->wording.report,
						"%s, which had used its mutex %s, %s.",
						deadlock_thread(process, user),
						names_object(process->wording.names, mutex),
						fate(process, user)));
	}
}

/* Who is missing at a barrier of that many parties. */
static const char *missing(const struct deadlock_process *process, int64_t arrived, int64_t parties)
{
	static const char *const ordinals[] = { "second",  "third",  "fourth", "fifth", "sixth",
						"seventh", "eighth", "ninth",  "tenth" };

	if (parties - arrived > 1)
		return report_format(process->wording.report, "the other %" PRId64,
				     parties - arrived);
	if (parties < 2 || parties - 2 >= (int64_t)G_N_ELEMENTS(ordinals))
		return "the last";
	return report_format(process->wording.report, "the %s", ordinals[parties - 2]);
}

static const char *barrier_message(const struct deadlock_process *process,
				   const struct object *barrier, unsigned arrived, const char *why)
{
	struct report *report = process->wording.report;
	const char *name = deadlock_object(process, barrier);

	if (barrier->count <= arrived)
		return report_format(report,
				     "%u thread%s for ever at %s, and nobody is left who could "
				     "join in%s.",
				     arrived, arrived > 1 ? "s wait" : " waits", name, why);
	return report_format(report,
			     "%u of %" PRId64 " threads %s arrived at %s, and nobody is left who "
			     "could be %s%s.",
			     arrived, barrier->count, arrived > 1 ? "have" : "has", name,
			     missing(process, arrived, barrier->count), why);
}

/* A semaphore that serves as a lock, taken twice: it is its own post that the waiter needs. */
static bool is_own(const struct waitgraph_node *waiter)
{
	return waiter->object->is_lock_like && waiter->object->owner == waiter->thread;
}

static void tell_signal(const struct deadlock_process *process, struct finding *finding,
			const struct waitgraph_node *waiter, const char *who)
{
	const struct object *object = waiter->object;
	g_autoptr(GArray) notifiers = find_notifiers(process, object);
	const char *why = why_nobody(process, object, notifiers);

	if (object->kind == OBJECT_BARRIER)
		finding->message = barrier_message(process, object, finding->threads->len, why);
	else
		finding->message = report_format(process->wording.report,
						 "%s %s for ever %s%s, and nobody is left who "
						 "could %s%s.",
						 who, finding->threads->len > 1 ? "wait" : "waits",
						 deadlock_awaited(process, waiter),
						 is_own(waiter) ? ", which it took itself" : "",
						 deadlock_verbs(object)->end_it, why);
	if (notifiers->len)
		tell_notifiers(process, finding, object, notifiers);
	else
		tell_users(process, finding, waiter);
}

static void add_orphan_steps(const struct deadlock_process *process, struct finding *finding,
			     const struct waitgraph_node *waiter)
{
	if (waiter->object->kind == OBJECT_SEMAPHORE)
		deadlock_add_hold(process, finding, waiter->other, waiter->object);
	for (const struct hold *hold = waiter->object->holder; hold; hold = hold->next_holder)
		if (hold->thread->state == THREAD_EXITED)
			deadlock_add_hold(process, finding, hold->thread, waiter->object);
}

static void tell_orphan(const struct deadlock_process *process, struct finding *finding,
			const struct waitgraph_node *waiter, const char *who)
{
	struct report *report = process->wording.report;
	g_autoptr(GPtrArray) names = deadlock_idle_holders(process, waiter->object);
	const char *left = "without releasing it";

	if (waiter->object->kind == OBJECT_SEMAPHORE) {
		g_ptr_array_add(names, (char *)deadlock_thread(process, waiter->other));
		left = "without posting it";
	} else if (waiter->object->kind == OBJECT_ONCE) {
		left = "in the middle of it";
	}
	finding->message = report_format(report, "%s %s for ever %s: %s exited %s.", who,
					 finding->threads->len > 1 ? "wait" : "waits",
					 deadlock_awaited(process, waiter),
					 wording_list(&process->wording, names, NAMES_MAX), left);
	if (waiter->other)
		add_note(finding,
			 report_format(report, "%s %s.", deadlock_thread(process, waiter->other),
				       fate(process, waiter->other)));
}

static void add_fork_steps(const struct deadlock_process *process, struct finding *finding,
			   const struct waitgraph_node *waiter)
{
	const struct inherited_hold *hold = waiter->inherited;
	struct wording_step held = { .thread = hold->holder,
				     .action = "held",
				     .object = names_object(process->wording.names, waiter->object),
				     .place = hold->place,
				     .time_ns = hold->since_ns };
	struct wording_step fork = { .thread = process->process->threads->pdata[0],
				     .action = "was forked",
				     .place = process->process->fork_place,
				     .time_ns = process->process->start_ns };

	wording_add_step(&process->wording, finding, &held);
	if (fork.place.process)
		wording_add_step(&process->wording, finding, &fork);
}

static void tell_fork(const struct deadlock_process *process, struct finding *finding,
		      const struct waitgraph_node *waiter, const char *who)
{
	finding->message =
		report_format(process->wording.report,
			      "%s %s for ever %s: %s held it at the fork, and nobody in the child "
			      "can release it.",
			      who, finding->threads->len > 1 ? "wait" : "waits",
			      deadlock_awaited(process, waiter),
			      deadlock_thread(process, waiter->inherited->holder));
}

void deadlock_report_dead_end(const struct deadlock_process *process, const GArray *end,
			      unsigned group)
{
	const struct waitgraph_node *nodes = process->graph.nodes;
	const struct waitgraph_node *first = &nodes[g_array_index(end, unsigned, 0)];
	const char *rule = first->need == NEED_PARENT ? "fork-while-held" : "stuck";
	struct finding *finding = deadlock_finding(process, rule);
	GPtrArray *identity = g_ptr_array_new();

	g_ptr_array_add(finding->objects,
			(char *)names_object(process->wording.names, first->object));
	if (first->need == NEED_LOCK)
		add_orphan_steps(process, finding, first);
	else if (first->need == NEED_PARENT)
		add_fork_steps(process, finding, first);
	else if (is_own(first))
		deadlock_add_hold(process, finding, first->thread, first->object);
	for (unsigned i = 0; i < end->len; i++) {
		const struct waitgraph_node *node = &nodes[g_array_index(end, unsigned, i)];
		g_ptr_array_add(finding->threads, (char *)deadlock_thread(process, node->thread));
		if (i < WAITERS_TOLD)
			deadlock_add_wait(process, finding, node);
		g_ptr_array_add(identity, (char *)deadlock_identity(process, node));
	}
	wording_set_identity(&process->wording, finding, identity);
	const char *who = wording_list(&process->wording, finding->threads, NAMES_MAX);
	if (first->need == NEED_SIGNAL)
		tell_signal(process, finding, first, who);
	else if (first->need == NEED_PARENT)
		tell_fork(process, finding, first, who);
	else
		tell_orphan(process, finding, first, who);
	if (end->len > WAITERS_TOLD)
		add_note(finding, report_format(process->wording.report,
						"%u more threads wait in the same way.",
						end->len - WAITERS_TOLD));
	deadlock_add_notes(process, finding, group);
}
