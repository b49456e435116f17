/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings of waiting threads in words. */
#include "analyzer/analyses/deadlock.h"

#include <string.h>

/* Up to so many threads the sentence tells what each one holds. */
#define TOLD_IN_FULL 3
#define TOLD_AT_ALL 12

const struct deadlock_verbs *deadlock_verbs(const struct object *object)
{
	static const struct deadlock_verbs lock = { .holds = "holds", .hold = "hold" };
	static const struct deadlock_verbs verbs[OBJECT_KIND_COUNT] = {
		[OBJECT_ONCE] = { .holds = "runs", .hold = "run" },
		[OBJECT_COND] = { .which = "which",
				  .could = "could notify",
				  .end_it = "notify it",
				  .had = "notified it",
				  .did = "signalled",
				  .did_many = "broadcast" },
		[OBJECT_SEMAPHORE] = { .holds = "took",
				       .hold = "took",
				       .which = "which",
				       .could = "could post",
				       .end_it = "post it",
				       .had = "posted it",
				       .did = "posted" },
		[OBJECT_FUTEX] = { .which = "whose waiters",
				   .could = "could wake",
				   .end_it = "wake its waiters",
				   .had = "woken its waiters",
				   .did = "woke a waiter of",
				   .did_many = "woke the waiters of" },
		[OBJECT_BARRIER] = { .which = "where",
				     .could = "is missing",
				     .had = "arrived there",
				     .did = "arrived at" },
	};
	const struct deadlock_verbs *own = &verbs[object->kind];

	return own->had || own->holds ? own : &lock;
}

const char *deadlock_thread(const struct deadlock_process *process, const struct thread *thread)
{
	return names_thread(process->wording.names, thread);
}

const char *deadlock_object(const struct deadlock_process *process, const struct object *object)
{
	const char *name = names_object(process->wording.names, object);
	const char *kind = model_object_kind(object);

	if (object->kind == OBJECT_ONCE)
		return report_format(process->wording.report, "the routine of %s", name);
	if (object->native != NATIVE_NONE ||
	    (object->kind != OBJECT_SEMAPHORE && object->kind != OBJECT_BARRIER &&
	     object->kind != OBJECT_FUTEX))
		return name;
	/* Without a name it is "semaphore #3 ..." already. */
	return g_str_has_prefix(name, kind)
		       ? name
		       : report_format(process->wording.report, "%s %s", kind, name);
}

const char *deadlock_awaited(const struct deadlock_process *process,
			     const struct waitgraph_node *node)
{
	struct report *report = process->wording.report;

	if (node->need == NEED_END && node->other == node->thread)
		return "for its own end";
	if (node->need == NEED_END)
		return report_format(report, "for the end of %s",
				     deadlock_thread(process, node->other));
	return report_format(report, "%s %s%s", node->object->kind == OBJECT_BARRIER ? "at" : "for",
			     deadlock_object(process, node->object),
			     wording_mode(node->object, node->thread->wait.is_read));
}

void deadlock_add_wait(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *node)
{
	struct wording_step step = { .thread = node->thread,
				     .action = "waits for",
				     .place = node->thread->wait.place,
				     .time_ns = node->since_ns,
				     .is_lasting = true };

	if (node->need == NEED_END) {
		step.object = deadlock_awaited(process, node) + strlen("for ");
	} else {
		step.action =
			wording_action(WORDING_WAITS, node->object, node->thread->wait.is_read);
		step.object = names_object(process->wording.names, node->object);
	}
	wording_add_step(&process->wording, finding, &step);
}

struct finding *deadlock_finding(const struct deadlock_process *process, const char *rule)
{
	const struct wording *wording = &process->wording;
	struct finding *finding =
		wording_finding(wording, rule, LEVEL_ERROR,
				model_lost(wording->model) ? CERTAINTY_POSSIBLE : CERTAINTY_ACTUAL,
				process->process);

	finding->is_hang = true;
	return finding;
}

void deadlock_add_hold(const struct deadlock_process *process, struct finding *finding,
		       const struct thread *thread, const struct object *lock)
{
	const struct hold *hold = waitgraph_hold(thread, lock);
	struct wording_step step = { .thread = thread,
				     .action = wording_action(WORDING_HOLDS, lock,
							      hold && hold->is_read),
				     .object = names_object(process->wording.names, lock),
				     .place = hold ? hold->place : lock->owner_place,
				     .time_ns = hold ? hold->since_ns : lock->owner_since_ns,
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

static const struct waitgraph_node *member(const struct deadlock_process *process,
					   const GArray *ring, unsigned at)
{
	return &process->graph.nodes[g_array_index(ring, unsigned, at % ring->len)];
}

static bool is_before(const struct deadlock_process *process, const struct thread *left,
		      const struct thread *right)
{
	int order = strcmp(deadlock_thread(process, left), deadlock_thread(process, right));

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

/* The lock that node holds, or took, and before waits for; or NULL. */
static const struct object *held_for(const struct waitgraph_node *before,
				     const struct waitgraph_node *node)
{
	const struct object *lock = before->need == NEED_LOCK ? before->object : NULL;

	return lock && (lock->kind == OBJECT_SEMAPHORE || waitgraph_hold(node->thread, lock))
		       ? lock
		       : NULL;
}

/* " for reading", where it holds an rwlock so. */
static const char *hold_mode(const struct thread *thread, const struct object *lock)
{
	const struct hold *hold = waitgraph_hold(thread, lock);

	return hold ? wording_mode(lock, hold->is_read) : "";
}

/* Why node waits, behind what it waits for: ", which two holds". */
static const char *reason(const struct deadlock_process *process, const struct waitgraph_node *node,
			  const struct waitgraph_node *next)
{
	struct report *report = process->wording.report;
	const char *who = deadlock_thread(process, next->thread);

	if (node->need == NEED_END)
		return "";
	const struct deadlock_verbs *verbs = deadlock_verbs(node->object);
	if (node->need == NEED_TURN)
		return report_format(report, " behind %s", who);
	if (node->need == NEED_LOCK)
		return report_format(report, ", which %s %s%s", who, verbs->holds,
				     hold_mode(next->thread, node->object));
	return report_format(report, ", %s %s %s", verbs->which, who, verbs->could);
}

static void tell_member(const struct deadlock_process *process, GString *text,
			const struct waitgraph_node *before, const struct waitgraph_node *node,
			const struct waitgraph_node *next)
{
	const struct object *held = held_for(before, node);

	g_string_append(text, deadlock_thread(process, node->thread));
	if (held)
		g_string_append_printf(text, " %s %s%s and", deadlock_verbs(held)->holds,
				       deadlock_object(process, held),
				       hold_mode(node->thread, held));
	g_string_append_printf(text, " waits %s%s", deadlock_awaited(process, node),
			       reason(process, node, next));
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
					       deadlock_thread(process,
							       member(process, ring, i)->thread));
		g_string_append(text, told < ring->len ? "... -> " : "");
		g_string_append(text,
				deadlock_thread(process, member(process, ring, first)->thread));
	}
	g_string_append_c(text, '.');
	return report_string(process->wording.report, text->str);
}

static const char *self_message(const struct deadlock_process *process,
				const struct waitgraph_node *node)
{
	struct report *report = process->wording.report;
	const char *who = deadlock_thread(process, node->thread);
	const char *awaited = deadlock_awaited(process, node);

	if (node->need != NEED_LOCK)
		return report_format(report, "%s waits for ever %s.", who, awaited);
	if (node->object->kind == OBJECT_RWLOCK)
		return report_format(report, "%s holds %s%s and waits for it%s, for ever.", who,
				     deadlock_object(process, node->object),
				     hold_mode(node->thread, node->object),
				     wording_mode(node->object, node->thread->wait.is_read));
	return report_format(report, "%s waits for ever %s, which it %s itself.", who, awaited,
			     deadlock_verbs(node->object)->holds);
}

static void add_member(const struct deadlock_process *process, struct finding *finding,
		       const struct waitgraph_node *before, const struct waitgraph_node *node)
{
	struct names *names = process->wording.names;
	const struct object *held = held_for(before, node);
	char *name = (char *)deadlock_thread(process, node->thread);

	g_ptr_array_add(finding->threads, name);
	/* A reader and the writer before it wait for the same one. */
	if (node->object && node->need != NEED_TURN)
		g_ptr_array_add(finding->objects, (char *)names_object(names, node->object));
	if (held)
		deadlock_add_hold(process, finding, node->thread, held);
	deadlock_add_wait(process, finding, node);
}

void deadlock_report_ring(const struct deadlock_process *process, const GArray *ring,
			  unsigned group)
{
	bool is_self = ring->len == 1;
	struct finding *finding = deadlock_finding(process, is_self ? "self-deadlock" : "deadlock");
	GPtrArray *identity = g_ptr_array_new();
	unsigned first = first_of(process, ring);

	finding->message = is_self ? self_message(process, member(process, ring, 0))
				   : ring_message(process, ring, first);
	for (unsigned i = first; i < first + ring->len; i++) {
		const struct waitgraph_node *node = member(process, ring, i);
		add_member(process, finding, member(process, ring, i + ring->len - 1), node);
		deadlock_add_found(process, finding, node->thread);
		g_ptr_array_add(identity, (char *)deadlock_identity(process, node));
	}
	wording_set_identity(&process->wording, finding, identity);
	deadlock_add_notes(process, finding, group);
}
