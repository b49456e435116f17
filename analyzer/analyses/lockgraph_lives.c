/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions that a thread makes for one wait, as of a job that it hands to a pool and waits for. By
 * whom such a wait is ended is chance: whichever thread of the pool takes the job. A prediction that
 * holds on to who it was in the trace goes too far then.
 */
#include "analyzer/analyses/lockgraph_private.h"
#include "analyzer/analyses/placetable.h"

#define LIVES_MAX 1000000

static struct lock_life *life_of(const struct lockgraph *graph, uint32_t object)
{
	uintptr_t number = (uintptr_t)address_table_get(&graph->by_life, object + UINT64_C(1));

	return number ? &g_array_index(graph->lives, struct lock_life, number - 1) : NULL;
}

void lockgraph_life(struct lockgraph *graph, const struct step *step)
{
	const struct lock_life life = { .object = step->object->id,
					.maker = step->thread->id,
					.place = placetable_key(0, step->place),
					.made = graph->log.count };

	if (step->object->kind != OBJECT_COND)
		return;
	if (step->kind == STEP_DESTROY) {
		struct lock_life *found = life_of(graph, life.object);

		if (found)
			found->gone = MAX(graph->log.count, 1);
		return;
	}
	if (graph->lives->len == LIVES_MAX)
		return;
	g_array_append_val(graph->lives, life);
	address_table_set(&graph->by_life, life.object + UINT64_C(1),
			  (void *)(uintptr_t)graph->lives->len);
}

/* Conditions that one thread makes together, one for each thread of a pool say, are not alike. */
static bool is_like(const struct lock_life *one, const struct lock_life *other)
{
	if (one == other || one->place != other->place)
		return false;
	return one->maker != other->maker || (other->gone && other->gone <= one->made) ||
	       one->gone <= other->made;
}

bool lockgraph_has_servers(const struct lockgraph *graph, uint32_t condition, uint32_t waiter,
			   uint32_t giver)
{
	const struct lock_life *life = life_of(graph, condition);

	if (!life || life->maker != waiter || !life->gone)
		return false;
	for (unsigned i = 0; i < graph->gives->len; i++) {
		const struct lock_give *give = &g_array_index(graph->gives, struct lock_give, i);
		const struct lock_life *other = life_of(graph, give->object);

		if (other && give->thread != giver && give->thread != waiter &&
		    give->thread != other->maker && is_like(life, other))
			return true;
	}
	return false;
}
