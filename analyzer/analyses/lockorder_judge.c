/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can the requests of a cycle meet? They need different threads, no lock held by two of them,
 * and no order by creation or join; tried in this order, from weak to strong.
 */
#include "analyzer/analyses/lockorder.h"

#define BUDGET_PER_CYCLE 50000
#define NO_OBJECT UINT32_MAX

enum demand { DEMAND_THREADS, DEMAND_GATE, DEMAND_ORDER };

struct trial {
	const struct lockcycle *cycle;
	struct segments *segments;
	struct lockorder_member *members;
	enum demand demand;
	uint64_t budget;
};

static bool fits(const struct trial *trial, const struct lockorder_member *one,
		 const struct lockorder_member *other)
{
	if (one->request->thread == other->request->thread)
		return false;
	if (trial->demand >= DEMAND_GATE &&
	    lock_set_common(one->request->held, other->request->held) != NO_OBJECT)
		return false;
	return trial->demand < DEMAND_ORDER ||
	       !segments_are_ordered(trial->segments, one->instance->segment,
				     other->instance->segment);
}

static bool fits_all(struct trial *trial, unsigned at)
{
	for (unsigned i = 0; i < at; i++) {
		if (!trial->budget)
			return false;
		trial->budget--;
		if (!fits(trial, &trial->members[i], &trial->members[at]))
			return false;
	}
	return true;
}

static bool try_from(struct trial *trial, unsigned at);

static bool try_request(struct trial *trial, unsigned at, const struct lock_request *request)
{
	unsigned count = trial->demand == DEMAND_ORDER ? request->instance_count : 1;

	for (unsigned i = 0; i < count; i++) {
		trial->members[at] =
			(struct lockorder_member){ .request = request,
						   .instance = &request->instances[i] };
		if (fits_all(trial, at) && try_from(trial, at + 1))
			return true;
	}
	return false;
}

/* Find members for the requests from at on that fit those before it. */
static bool try_from(struct trial *trial, unsigned at)
{
	if (at == trial->cycle->length)
		return true;
	for (unsigned i = 0; i < trial->cycle->request_counts[at] && trial->budget; i++)
		if (try_request(trial, at, trial->cycle->requests[at][i]))
			return true;
	return false;
}

/* One request of each thread, as many as could ever be needed. */
static unsigned pick_threads(const struct lockcycle *cycle, unsigned at,
			     const struct lock_request **picked)
{
	unsigned count = 0;

	for (unsigned i = 0; i < cycle->request_counts[at] && count < LOCKCYCLE_MAX; i++) {
		const struct lock_request *request = cycle->requests[at][i];
		unsigned j = 0;

		while (j < count && picked[j]->thread != request->thread)
			j++;
		if (j == count)
			picked[count++] = request;
	}
	return count;
}

static bool have_threads(struct trial *trial)
{
	const struct lockcycle *all = trial->cycle;
	const struct lock_request *picked[LOCKCYCLE_MAX][LOCKCYCLE_MAX];
	struct lockcycle some = *all;

	for (unsigned i = 0; i < all->length; i++) {
		some.request_counts[i] = pick_threads(all, i, picked[i]);
		some.requests[i] = picked[i];
	}
	trial->cycle = &some;
	trial->demand = DEMAND_THREADS;
	bool is_found = try_from(trial, 0);
	trial->cycle = all;
	return is_found;
}

enum lockorder_judgement lockorder_judge(const struct lockcycle *cycle, struct segments *segments,
					 uint64_t *budget, struct lockorder_member *members)
{
	uint64_t start = MIN(*budget, BUDGET_PER_CYCLE);
	struct trial trial = {
		.cycle = cycle, .segments = segments, .members = members, .budget = start
	};
	struct lockorder_member kept[LOCKCYCLE_MAX];
	enum lockorder_judgement judgement;

	if (!have_threads(&trial)) {
		judgement = trial.budget ? LOCKORDER_ONE_THREAD : LOCKORDER_LIMIT;
		goto out;
	}
	for (unsigned i = 0; i < cycle->length; i++)
		kept[i] = members[i];
	trial.demand = DEMAND_ORDER;
	judgement = LOCKORDER_POSSIBLE;
	if (try_from(&trial, 0))
		goto out;
	trial.demand = DEMAND_GATE;
	judgement = LOCKORDER_ORDERED;
	if (trial.budget && try_from(&trial, 0))
		goto out;
	judgement = trial.budget ? LOCKORDER_GATE : LOCKORDER_LIMIT;
	for (unsigned i = 0; i < cycle->length; i++)
		members[i] = kept[i];
out:
	*budget -= start - trial.budget;
	return judgement;
}
