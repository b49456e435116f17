/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who of a cycle could meet? They need different threads, a writer at each lock and no lock held by
 * two of them; where nobody fits, weaker demands tell why.
 */
#include "analyzer/analyses/lockorder.h"

#define BUDGET_PER_CYCLE 50000
#define NO_OBJECT UINT32_MAX

enum demand { DEMAND_THREADS, DEMAND_CONFLICT, DEMAND_GATE, DEMAND_POLICY };

struct trial {
	const struct lockcycle *cycle;
	struct lockorder_members *members;
	enum demand demand;
	const bool *prefers_writers;
	uint64_t budget;
	lockorder_meet_fn meet; /* NULL: one example will do */
	void *context;
	bool has_met, is_over;
};

static bool fits(const struct trial *trial, const struct lock_request *one,
		 const struct lock_request *other)
{
	if (one->thread == other->thread)
		return false;
	return trial->demand < DEMAND_GATE || lock_set_gate(one->held, other->held) == NO_OBJECT;
}

bool lockorder_conflict(const struct lock_request *requester, const struct lock_request *holder)
{
	const struct lock_held *held;

	if (requester->kind != LOCK_REQUEST_LOCK)
		return true;
	held = lock_set_find(holder->held, requester->object);
	return !(held && requester->is_read && held->is_read);
}

static bool conflict(const struct trial *trial, const struct lock_request *requester,
		     const struct lock_request *holder)
{
	if (lockorder_conflict(requester, holder))
		return true;
	return trial->demand == DEMAND_POLICY && trial->prefers_writers[requester->object];
}

/* A member requests what the one after it has, which is there already for the last one. */
static bool conflicts_around(const struct trial *trial, unsigned at)
{
	const struct lock_request *const *requests = trial->members->requests;

	if (trial->demand < DEMAND_CONFLICT)
		return true;
	if (at > 0 && !conflict(trial, requests[at - 1], requests[at]))
		return false;
	return at + 1 < trial->cycle->length || conflict(trial, requests[at], requests[0]);
}

static bool fits_all(struct trial *trial, unsigned at)
{
	const struct lock_request *const *requests = trial->members->requests;

	for (unsigned i = 0; i < at; i++) {
		if (!trial->budget)
			return false;
		trial->budget--;
		if (!fits(trial, requests[i], requests[at]))
			return false;
	}
	return conflicts_around(trial, at);
}

/* All of them fit. */
static void met(struct trial *trial)
{
	trial->has_met = true;
	trial->is_over = !trial->meet || !trial->meet(trial->context, trial->cycle, trial->members);
}

/* Find members from at on that fit those before it. */
static void try_from(struct trial *trial, unsigned at)
{
	if (at == trial->cycle->length) {
		met(trial);
		return;
	}
	for (unsigned i = 0; i < trial->cycle->request_counts[at]; i++) {
		if (!trial->budget || trial->is_over)
			return;
		trial->members->requests[at] = trial->cycle->requests[at][i];
		if (fits_all(trial, at))
			try_from(trial, at + 1);
	}
}

static bool try(struct trial *trial, enum demand demand)
{
	trial->demand = demand;
	trial->members->is_by_policy = demand == DEMAND_POLICY;
	trial->has_met = trial->is_over = false;
	try_from(trial, 0);
	return trial->has_met;
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
	bool is_found = try(trial, DEMAND_THREADS);
	trial->cycle = all;
	return is_found;
}

/* Those who meet, and if there are none those who do where a writer waits in between. */
static bool have_meeting(struct trial *trial, lockorder_meet_fn meet, void *context)
{
	trial->meet = meet;
	trial->context = context;
	bool has_met = try(trial, DEMAND_GATE) || try(trial, DEMAND_POLICY);
	trial->meet = NULL;
	return has_met;
}

enum lockorder_judgement lockorder_judge(const struct lockcycle *cycle, const bool *prefers_writers,
					 uint64_t *budget, lockorder_meet_fn meet, void *context,
					 struct lockorder_members *members)
{
	uint64_t start = MIN(*budget, BUDGET_PER_CYCLE);
	struct trial trial = { .cycle = cycle,
			       .members = members,
			       .prefers_writers = prefers_writers,
			       .budget = start };
	enum lockorder_judgement judgement = LOCKORDER_LIMIT;

	if (!have_threads(&trial))
		judgement = trial.budget ? LOCKORDER_ONE_THREAD : LOCKORDER_LIMIT;
	else if (have_meeting(&trial, meet, context))
		judgement = LOCKORDER_WITNESSED;
	else if (trial.budget && try(&trial, DEMAND_CONFLICT))
		judgement = LOCKORDER_GATE;
	else if (trial.budget && have_threads(&trial))
		judgement = LOCKORDER_READERS;
	*budget -= start - trial.budget;
	return judgement;
}
