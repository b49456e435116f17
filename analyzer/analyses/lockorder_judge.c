/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can the requests of a cycle meet? They need different threads, a writer at each lock, no lock
 * held by two of them, and no order by creation or join; tried in this order, from weak to strong.
 */
#include "analyzer/analyses/lockorder.h"

#define BUDGET_PER_CYCLE 50000
#define NO_OBJECT UINT32_MAX

enum demand { DEMAND_THREADS, DEMAND_CONFLICT, DEMAND_GATE, DEMAND_ORDER };

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
	    lock_set_gate(one->request->held, other->request->held) != NO_OBJECT)
		return false;
	return trial->demand < DEMAND_ORDER ||
	       !segments_are_ordered(trial->segments, one->instance->segment,
				     other->instance->segment);
}

bool lockorder_conflict(const struct lockorder_member *requester,
			const struct lockorder_member *holder)
{
	const struct lock_held *held =
		lock_set_find(holder->request->held, requester->request->object);

	return !(requester->request->is_read && held->is_read);
}

/* Members requests the lock of the one after it, which is there already for the last one. */
static bool conflicts_around(const struct trial *trial, unsigned at)
{
	if (trial->demand < DEMAND_CONFLICT)
		return true;
	if (at > 0 && !lockorder_conflict(&trial->members[at - 1], &trial->members[at]))
		return false;
	return at + 1 < trial->cycle->length ||
	       lockorder_conflict(&trial->members[at], &trial->members[0]);
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
	return conflicts_around(trial, at);
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
	enum lockorder_judgement judgement;

	if (!have_threads(&trial)) {
		judgement = trial.budget ? LOCKORDER_ONE_THREAD : LOCKORDER_LIMIT;
		goto out;
	}
	trial.demand = DEMAND_ORDER;
	judgement = LOCKORDER_POSSIBLE;
	if (try_from(&trial, 0))
		goto out;
	trial.demand = DEMAND_GATE;
	judgement = LOCKORDER_ORDERED;
	if (trial.budget && try_from(&trial, 0))
		goto out;
	trial.demand = DEMAND_CONFLICT;
	judgement = LOCKORDER_GATE;
	if (trial.budget && try_from(&trial, 0))
		goto out;
	judgement = trial.budget && have_threads(&trial) ? LOCKORDER_READERS : LOCKORDER_LIMIT;
out:
	*budget -= start - trial.budget;
	return judgement;
}
