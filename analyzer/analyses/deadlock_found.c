/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rings that traced threads saw themselves. Those within one process are found without that; of one
 * through other processes the trace does not tell which lock here is which one there.
 */
#include "analyzer/analyses/deadlock.h"

#include <inttypes.h>

void deadlock_add_found(const struct deadlock_process *process, struct finding *finding,
			const struct thread *thread)
{
	const struct wording *wording = &process->wording;
	int64_t found_ns = thread->wait.found_ns;

	if (found_ns == 0)
		return;
	const char *after = names_duration(wording->names,
					   elapsed_ns(model_start_ns(wording->model), found_ns));
	g_ptr_array_add(finding->notes,
			(char *)report_format(wording->report,
					      "Seen when %s began to wait, %s after the start.",
					      deadlock_thread(process, thread), after));
}

/* The latest thread with these ids, or NULL. */
static const struct thread *thread_of(const struct model *model, int32_t pid, int32_t tid)
{
	const GPtrArray *processes = model_processes(model);

	for (unsigned i = processes->len; i-- > 0;) {
		const struct process *process = processes->pdata[i];
		if (process->pid != pid)
			continue;
		for (unsigned k = process->threads->len; k-- > 0;) {
			const struct thread *thread = process->threads->pdata[k];
			if (thread->tid == tid)
				return thread;
		}
	}
	return NULL;
}

/* Its wait as a node of a graph; false: there are no words for it. */
static bool node_of(const struct thread *thread, struct waitgraph_node *node)
{
	const struct wait *wait = &thread->wait;

	*node = (struct waitgraph_node){ .thread = thread,
					 .need = wait->kind == WAIT_JOIN ? NEED_END : NEED_LOCK,
					 .object = wait->object,
					 .other = wait->target,
					 .since_ns = wait->since_ns };
	return (wait->kind == WAIT_LOCK && wait->object) ||
	       (wait->kind == WAIT_JOIN && wait->target);
}

static void add_wait(const struct deadlock_process *process, struct finding *finding,
		     const struct waitgraph_node *node)
{
	g_ptr_array_add(finding->threads, (char *)deadlock_thread(process, node->thread));
	if (node->object)
		g_ptr_array_add(finding->objects,
				(char *)names_object(process->wording.names, node->object));
	deadlock_add_wait(process, finding, node);
}

static const char *name_of(const struct deadlock_process *process, const struct wait *wait,
			   const struct thread *holder)
{
	if (holder)
		return deadlock_thread(process, holder);
	return report_format(process->wording.report, "thread %d of process %d", wait->found_tid,
			     wait->found_pid);
}

static void report_one(const struct deadlock_process *process, const struct thread *thread)
{
	const struct wait *wait = &thread->wait;
	const struct thread *holder =
		thread_of(process->wording.model, wait->found_pid, wait->found_tid);
	struct waitgraph_node node, next;
	GPtrArray *identity = g_ptr_array_new();

	if (!node_of(thread, &node)) {
		g_ptr_array_unref(identity);
		return;
	}
	struct finding *finding = deadlock_finding(process, "deadlock");
	finding->message = report_format(
		process->wording.report,
		"%" PRId64 " threads%s wait for each other for ever: %s waits %s, which %s holds.",
		wait->found_count,
		wait->found_pid == process->process->pid ? "" : " of several processes",
		deadlock_thread(process, thread), deadlock_awaited(process, &node),
		name_of(process, wait, holder));
	add_wait(process, finding, &node);
	g_ptr_array_add(identity, (char *)deadlock_identity(process, &node));
	if (holder && holder != thread && node_of(holder, &next)) {
		add_wait(process, finding, &next);
		g_ptr_array_add(identity, (char *)deadlock_identity(process, &next));
	}
	wording_set_identity(&process->wording, finding, identity);
	deadlock_add_found(process, finding, thread);
}

void deadlock_report_found(const struct deadlock_process *process, unsigned ring_count)
{
	for (unsigned i = 0; i < process->graph.count; i++) {
		const struct waitgraph_node *node = &process->graph.nodes[i];
		const struct wait *wait = node->thread ? &node->thread->wait : NULL;

		/* Of --at: somebody may have got on later. */
		if (!wait || wait->found_count < 2 || wait->ends_later)
			continue;
		if (!node->group || node->group > ring_count)
			report_one(process, node->thread);
	}
}
