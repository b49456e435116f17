/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Native barriers that broke because the time of a waiter was over: who that was, and who waited there
 * and was released by it. Stamps may tell the release before what caused it.
 */
#include <errno.h>

#include "analyzer/analyses/misuse.h"

/* More are not told. */
#define OTHERS_MAX 100

struct released {
	struct misuse_act act;
	int64_t left_ns;
};

struct barrier {
	struct misuse_fault *fault;   /* of the latest break. NULL: none so far. Weak */
	const struct thread *breaker; /* and whose it was, */
	int64_t broken_ns;	      /* and when */
	GArray *early;		      /* struct released, by whom is not known yet */
};

static void barrier_free(void *data)
{
	struct barrier *barrier = data;

	g_array_unref(barrier->early);
	g_free(barrier);
}

void misuse_fault_free(void *data)
{
	struct misuse_fault *fault = data;

	g_clear_pointer(&fault->others, g_array_unref);
	g_free(fault);
}

GHashTable *misuse_barriers_new(void)
{
	return g_hash_table_new_full(NULL, NULL, NULL, barrier_free);
}

static struct barrier *barrier_of(struct misuse *self, const struct object *object)
{
	struct barrier *barrier = g_hash_table_lookup(self->barriers, object);

	if (barrier)
		return barrier;
	barrier = g_new0(struct barrier, 1);
	barrier->early = g_array_new(FALSE, FALSE, sizeof(struct released));
	g_hash_table_insert(self->barriers, (void *)object, barrier);
	return barrier;
}

static void add_other(struct misuse_fault *fault, const struct misuse_act *act)
{
	if (!fault->others)
		fault->others = g_array_new(FALSE, FALSE, sizeof(struct misuse_act));
	if (act->thread == fault->after.thread || fault->others->len == OTHERS_MAX)
		return;
	for (guint i = 0; i < fault->others->len; i++)
		if (g_array_index(fault->others, struct misuse_act, i).thread == act->thread)
			return;
	g_array_append_val(fault->others, *act);
}

static void timed_out(struct misuse *self, const struct step *step)
{
	struct barrier *barrier = barrier_of(self, step->object);
	struct misuse_fault fault = { .what = MISUSE_BROKEN_BARRIER,
				      .object = step->object,
				      .after = misuse_begun(step->thread, step->wait) };

	barrier->fault = misuse_add(self, &fault);
	barrier->breaker = step->thread;
	barrier->broken_ns = step->time_ns;
	for (guint i = 0; i < barrier->early->len; i++) {
		const struct released *released =
			&g_array_index(barrier->early, struct released, i);
		if (released->left_ns >= step->wait->since_ns)
			add_other(barrier->fault, &released->act);
	}
	g_array_set_size(barrier->early, 0);
}

static void released(struct misuse *self, const struct step *step)
{
	const struct wait *wait = step->wait;
	struct barrier *barrier = barrier_of(self, step->object);
	struct released released = { .act = misuse_begun(step->thread, wait),
				     .left_ns = step->time_ns };

	if (!wait->is_woken)
		return;
	if (barrier->early->len == OTHERS_MAX)
		g_array_set_size(barrier->early, 0);
	if (!wait->waker)
		g_array_append_val(barrier->early, released);
	else if (barrier->fault && wait->waker == barrier->breaker &&
		 wait->woken_ns == barrier->broken_ns)
		add_other(barrier->fault, &released.act);
}

void misuse_left_barrier(struct misuse *self, const struct step *step)
{
	if (step->result == ETIMEDOUT)
		timed_out(self, step);
	else if (step->result == EPIPE)
		released(self, step);
}
