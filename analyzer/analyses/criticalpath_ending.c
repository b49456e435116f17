/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a path ends in a wait that never ended: who waits for whom there. */
#include "analyzer/analyses/criticalpath.h"

/* Threads that are named one after the other. */
#define CHAIN_MAX 8

bool criticalpath_is_endless(const struct thread *thread)
{
	switch (thread->wait.kind) {
	case WAIT_NONE:
	case WAIT_IO:
	case WAIT_SLEEP:
		return false;
	default:
		return true;
	}
}

/* Who could end the wait of thread, where that is one; else NULL. */
static const struct thread *awaited(const struct thread *thread)
{
	const struct wait *wait = &thread->wait;

	if (wait->kind == WAIT_JOIN)
		return wait->target;
	if (wait->kind == WAIT_LOCK)
		return wait->object->holder ? wait->object->holder->thread : NULL;
	if (wait->kind == WAIT_SEMAPHORE && wait->object->is_lock_like)
		return wait->object->owner;
	return NULL;
}

/* "waits for the end of one", "waits for A, which two holds" */
static void add_wait(GString *text, const struct thread *thread, struct names *names)
{
	const struct wait *wait = &thread->wait;
	const struct thread *other = awaited(thread);
	const char *name = other ? names_thread(names, other) : NULL;

	if (wait->kind == WAIT_JOIN) {
		g_string_append_printf(text, "waits for the end of %s", name ? name : "a thread");
		return;
	}
	g_string_append_printf(text, "waits %s %s", wait->kind == WAIT_BARRIER ? "at" : "for",
			       names_object(names, wait->object));
	if (name)
		g_string_append_printf(text, ", which %s %s", name,
				       wait->kind == WAIT_SEMAPHORE	   ? "took"
				       : wait->object->kind == OBJECT_ONCE ? "runs"
									   : "holds");
}

static const char *state_words(const struct thread *thread)
{
	if (thread->state == THREAD_EXITED || thread->state == THREAD_EXITING)
		return "has ended";
	return thread->wait.kind == WAIT_NONE	 ? "waits for nothing that is known"
	       : thread->wait.kind == WAIT_SLEEP ? "sleeps"
						 : "is in a call";
}

static bool is_in(const struct thread *const *chain, unsigned count, const struct thread *thread)
{
	for (unsigned i = 0; i < count; i++)
		if (chain[i] == thread)
			return true;
	return false;
}

const char *criticalpath_ending(const struct thread *thread, struct names *names,
				struct report *report)
{
	const struct thread *chain[CHAIN_MAX] = { NULL };
	g_autoptr(GString) text = g_string_new("It ends in a wait that never ended: ");
	unsigned count = 0;

	if (!criticalpath_is_endless(thread))
		return NULL;
	while (thread && criticalpath_is_endless(thread) && count < CHAIN_MAX &&
	       !is_in(chain, count, thread)) {
		if (count)
			g_string_append(text, "; ");
		g_string_append_printf(text, "%s ", names_thread(names, thread));
		add_wait(text, thread, names);
		chain[count++] = thread;
		thread = awaited(thread);
	}
	if (thread && is_in(chain, count, thread))
		g_string_append(text, ", and so in a ring");
	else if (thread && count == CHAIN_MAX)
		g_string_append(text, "; and so on");
	else if (thread)
		g_string_append_printf(text, "; %s %s", names_thread(names, thread),
				       state_words(thread));
	g_string_append_c(text, '.');
	return report_string(report, text->str);
}
