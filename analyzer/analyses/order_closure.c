/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of two conflicting holds the one that comes first in the trace has to end when the other one is
 * in the closure. So of each lock the latest holds of two threads are kept, for any thread has a
 * later one than its own among them, and those that have not ended.
 */
#include "analyzer/analyses/order_closure.h"

#include <string.h>

/* The latest hold, and the latest one of another thread: number in the log + 1, 0 none. */
struct order_latest {
	uint32_t at, thread;
	uint32_t other_at;
};

struct order_lock {
	struct order_latest write, read;
	uint32_t open; /* the first in opens + 1, 0 none */
};

struct order_open {
	uint32_t thread, position, at;
	bool is_read, is_asked; /* its end has been asked for */
	uint32_t next;		/* of the same lock + 1 */
};

void order_closure_init(struct order_closure *closure, const struct order_trace *trace,
			uint64_t *budget)
{
	*closure = (struct order_closure){ .trace = trace, .budget = budget };
	closure->done = g_new0(uint32_t, trace->thread_count + 1);
	closure->is_member = g_new0(bool, trace->thread_count + 1);
	closure->limits = g_new(uint32_t, trace->thread_count + 1);
	memset(closure->limits, 0xff, (trace->thread_count + 1) * sizeof(uint32_t));
	closure->locks = g_new0(struct order_lock, trace->object_count + 1);
	closure->touched = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	closure->opens = g_array_new(FALSE, FALSE, sizeof(struct order_open));
	closure->todo = g_array_new(FALSE, FALSE, sizeof(struct order_point));
	closure->members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void order_closure_done(struct order_closure *closure)
{
	g_free(closure->done);
	g_free(closure->is_member);
	g_free(closure->limits);
	g_free(closure->locks);
	g_array_unref(closure->touched);
	g_array_unref(closure->opens);
	g_array_unref(closure->todo);
	g_array_unref(closure->members);
}

void order_closure_reset(struct order_closure *closure, uint32_t begun)
{
	for (unsigned i = 0; i < closure->members->len; i++) {
		uint32_t thread = g_array_index(closure->members, uint32_t, i);

		closure->done[thread] = 0;
		closure->limits[thread] = ORDER_NONE;
		closure->is_member[thread] = false;
	}
	for (unsigned i = 0; i < closure->touched->len; i++)
		closure->locks[g_array_index(closure->touched, uint32_t, i)] =
			(struct order_lock){ 0 };
	g_array_set_size(closure->members, 0);
	g_array_set_size(closure->touched, 0);
	g_array_set_size(closure->opens, 0);
	g_array_set_size(closure->todo, 0);
	closure->is_impossible = false;
	closure->begun = begun;
}

static void add_member(struct order_closure *closure, uint32_t thread)
{
	if (closure->is_member[thread])
		return;
	closure->is_member[thread] = true;
	closure->done[thread] =
		closure->begun ? order_trace_before(closure->trace, thread, closure->begun) : 0;
	g_array_append_val(closure->members, thread);
}

void order_closure_limit(struct order_closure *closure, uint32_t thread, uint32_t count)
{
	add_member(closure, thread);
	closure->limits[thread] = count;
}

uint32_t order_closure_count(const struct order_closure *closure, uint32_t thread)
{
	if (closure->is_member[thread] || !closure->begun)
		return closure->done[thread];
	return order_trace_before(closure->trace, thread, closure->begun);
}

static void want(struct order_closure *closure, uint32_t thread, uint32_t count)
{
	struct order_point point = { thread, count };

	add_member(closure, thread);
	if (closure->done[thread] >= count)
		return;
	closure->is_impossible = closure->is_impossible || count > closure->limits[thread];
	g_array_append_val(closure->todo, point);
}

static struct order_open *open_at(const struct order_closure *closure, uint32_t at)
{
	return &g_array_index(closure->opens, struct order_open, at - 1);
}

static void want_release(struct order_closure *closure, struct order_open *open)
{
	struct order_point release;

	if (open->is_asked)
		return;
	open->is_asked = true;
	if (order_trace_release(closure->trace, open->thread, open->position, &release))
		want(closure, release.thread, release.position + 1);
	else
		closure->is_impossible = true;
}

static void note_latest(struct order_latest *latest, uint32_t thread, uint32_t at)
{
	if (latest->at && latest->thread == thread) {
		latest->at = MAX(latest->at, at);
	} else if (at > latest->at) {
		latest->other_at = latest->at;
		latest->at = at;
		latest->thread = thread;
	} else {
		latest->other_at = MAX(latest->other_at, at);
	}
}

/* Is there a hold of another thread after at? */
static bool is_overtaken(const struct order_latest *latest, uint32_t thread, uint32_t at)
{
	return (latest->thread == thread ? latest->other_at : latest->at) > at;
}

static void add_hold(struct order_closure *closure, uint32_t thread, uint32_t position,
		     const struct order_event *event)
{
	struct order_lock *lock = &closure->locks[event->object];
	struct order_open open = { .thread = thread,
				   .position = position,
				   .at = event->at + 1,
				   .is_read = event->act == ORDER_ACT_HOLD_READ };

	if (!lock->write.at && !lock->read.at)
		g_array_append_val(closure->touched, (uint32_t){ event->object });
	note_latest(open.is_read ? &lock->read : &lock->write, thread, open.at);
	for (uint32_t at = lock->open; at; at = open_at(closure, at)->next) {
		struct order_open *before = open_at(closure, at);
		if (before->thread != thread && before->at < open.at &&
		    !(before->is_read && open.is_read))
			want_release(closure, before);
	}
	open.next = lock->open;
	g_array_append_val(closure->opens, open);
	lock->open = closure->opens->len;
	if (is_overtaken(&lock->write, thread, open.at) ||
	    (!open.is_read && is_overtaken(&lock->read, thread, open.at)))
		want_release(closure, open_at(closure, lock->open));
}

/* thread: whose hold ends; its latest one of the lock. */
static void end_hold(struct order_closure *closure, uint32_t thread, uint32_t object)
{
	uint32_t *link = &closure->locks[object].open;

	while (*link && open_at(closure, *link)->thread != thread)
		link = &open_at(closure, *link)->next;
	if (*link)
		*link = open_at(closure, *link)->next;
}

static void add_links(struct order_closure *closure, uint32_t thread, uint32_t position)
{
	const struct order_link *end;
	const struct order_link *link =
		order_trace_links(&closure->trace->threads[thread], position, &end);

	for (; link < end && link->position == position; link++)
		want(closure, link->thread, link->source + 1);
}

/* Whose hold a release ends: that of another thread where the two are linked so. */
static uint32_t holder_of(const struct order_closure *closure, uint32_t thread, uint32_t position)
{
	const struct order_thread *own = &closure->trace->threads[thread];
	const struct order_link *end, *link;

	if (!own->events[position].has_link)
		return thread;
	link = order_trace_links(own, position, &end);
	for (; link < end && link->position == position; link++) {
		const struct order_event *held =
			&closure->trace->threads[link->thread].events[link->source];
		if (held->act == ORDER_ACT_HOLD && held->object == own->events[position].object)
			return link->thread;
	}
	return thread;
}

static void add_event(struct order_closure *closure, uint32_t thread, uint32_t position)
{
	const struct order_event *event = &closure->trace->threads[thread].events[position];

	if (event->has_link)
		add_links(closure, thread, position);
	if (event->act == ORDER_ACT_HOLD || event->act == ORDER_ACT_HOLD_READ)
		add_hold(closure, thread, position, event);
	else if (event->act == ORDER_ACT_RELEASE)
		end_hold(closure, holder_of(closure, thread, position), event->object);
}

/* Whether there is budget for count more. */
static bool spend(struct order_closure *closure, uint32_t count)
{
	bool is_enough = *closure->budget >= count;

	*closure->budget = is_enough ? *closure->budget - count : 0;
	return is_enough;
}

/* The next of what is to be done; false: nothing is left, or all is in vain. */
static bool take_todo(struct order_closure *closure, struct order_point *ret)
{
	if (!closure->todo->len || closure->is_impossible || !*closure->budget)
		return false;
	*ret = g_array_index(closure->todo, struct order_point, closure->todo->len - 1);
	g_array_set_size(closure->todo, closure->todo->len - 1);
	return true;
}

void order_closure_add(struct order_closure *closure, uint32_t thread, uint32_t count)
{
	struct order_point next;

	want(closure, thread, count);
	while (take_todo(closure, &next)) {
		uint32_t done = closure->done[next.thread];

		if (done >= next.position || !spend(closure, next.position - done))
			continue;
		closure->done[next.thread] = next.position;
		for (uint32_t at = done; at < next.position && !closure->is_impossible; at++)
			add_event(closure, next.thread, at);
	}
}

static bool is_strong(const struct order_link *link, enum order_strength strength)
{
	if (strength == ORDER_BY_CREATION)
		return !link->is_signal;
	return strength == ORDER_BY_CHANCE || !link->is_chosen;
}

void order_closure_add_weak(struct order_closure *closure, uint32_t thread, uint32_t count,
			    enum order_strength strength)
{
	struct order_point next;

	want(closure, thread, count);
	while (take_todo(closure, &next)) {
		const struct order_thread *own = &closure->trace->threads[next.thread];
		uint32_t done = closure->done[next.thread];
		const struct order_link *end, *link;

		if (done >= next.position || !spend(closure, 1))
			continue;
		closure->done[next.thread] = next.position;
		if (!own->links)
			continue;
		link = order_trace_links(own, done, &end);
		for (; link < end && link->position < next.position && spend(closure, 1); link++)
			if (is_strong(link, strength))
				want(closure, link->thread, link->source + 1);
	}
}
