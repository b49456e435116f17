/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Livelocks in words. */
#include "analyzer/analyses/livelock.h"

#include <inttypes.h>
#include <string.h>

#define NAMES_MAX 6

static const struct livelock_streak *streak_of(const struct livelock_ring *ring, unsigned at)
{
	return &ring->members[at % ring->count].streak;
}

/* Where the telling begins: the same in every run, as far as names allow. */
static unsigned first_of(const struct wording *wording, const struct livelock_ring *ring)
{
	unsigned first = 0;

	for (unsigned i = 1; i < ring->count; i++)
		if (strcmp(names_thread(wording->names, ring->members[i].thread),
			   names_thread(wording->names, ring->members[first].thread)) < 0)
			first = i;
	return first;
}

static void add_member(const struct wording *wording, const struct livelock_ring *ring, unsigned at,
		       struct finding *finding)
{
	const struct thread *thread = ring->members[at].thread;
	const struct livelock_streak *streak = &ring->members[at].streak;
	/* What the one before it is after. */
	const struct object *own = streak_of(ring, at + ring->count - 1)->target;
	const char *target = names_object(wording->names, streak->target);
	struct wording_step failed = { .thread = thread,
				       .action = wording_action(WORDING_FAILS, streak->target,
								streak->is_read),
				       .object = target,
				       .place = streak->place,
				       .time_ns = streak->latest_ns };

	for (unsigned i = 0; i < streak->hold_count; i++) {
		struct wording_step held = { .thread = thread,
					     .action = "acquired",
					     .object = names_object(wording->names, own),
					     .place = streak->holds[i].place,
					     .time_ns = streak->holds[i].since_ns };
		if (streak->holds[i].object == own)
			wording_add_step(wording, finding, &held);
	}
	wording_add_step(wording, finding, &failed);
	g_ptr_array_add(finding->threads, (char *)names_thread(wording->names, thread));
	g_ptr_array_add(finding->objects, (char *)target);
}

static const char *message(const struct wording *wording, const struct livelock_ring *ring,
			   const struct finding *finding)
{
	uint64_t failures = 0;

	for (unsigned i = 0; i < ring->count; i++)
		failures += ring->members[i].streak.failures;
	const char *got_on = ring->ended_by
				     ? report_format(wording->report, " before %s got on",
						     names_thread(wording->names, ring->ended_by))
				     : ", and none of them got on";
	return report_format(
		wording->report,
		"%s keep failing to take %s from each other: %" PRIu64 " failed attempts in %s%s.",
		wording_list(wording, finding->threads, NAMES_MAX),
		wording_list(wording, finding->objects, NAMES_MAX), failures,
		names_duration(wording->names, elapsed_ns(ring->start_ns, ring->end_ns)), got_on);
}

void livelock_report(const struct wording *wording, const struct livelock_ring *ring)
{
	struct names *names = wording->names;
	struct finding *finding =
		wording_finding(wording, "livelock", LEVEL_WARNING,
				model_lost(wording->model) ? CERTAINTY_POSSIBLE : CERTAINTY_ACTUAL,
				ring->members[0].thread->process);
	GPtrArray *identity = g_ptr_array_new();
	unsigned first = first_of(wording, ring);

	for (unsigned i = first; i < first + ring->count; i++) {
		unsigned at = i % ring->count;

		add_member(wording, ring, at, finding);
		g_ptr_array_add(identity,
				(char *)report_format(
					wording->report, "%s|%s|%s",
					names_thread_stable(names, ring->members[at].thread),
					names_object_stable(names, streak_of(ring, at)->target),
					names_place_stable(names, streak_of(ring, at)->place)));
	}
	wording_set_identity(wording, finding, identity);
	finding->message = message(wording, ring, finding);
}
