/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/match.h"

#include <string.h>

static struct action *latest(struct record *record, unsigned thread)
{
	return &record->actions[thread][record->counts[thread] - 1];
}

void match_init(struct match *match, struct record *record)
{
	memset(match, 0, sizeof(*match));
	for (unsigned i = 0; i < WORLD_OBJECTS; i++) {
		match->semaphores[i].owner = -1;
		record->things[i].is_lock = record->things[i].count == 1;
	}
}

void match_signal(struct record *record, const struct world *world, unsigned thread)
{
	struct action *signal = latest(record, thread);

	for (unsigned i = 0; i < world->queued; i++) {
		struct action *wait = latest(record, world->queue[i]);

		if (wait->object != signal->object ||
		    (signal->kind == ACTION_SIGNAL && signal->woken))
			continue;
		wait->waker = signal->site;
		signal->woken++;
	}
}

void match_post(struct match *match, struct record *record, unsigned thread)
{
	unsigned object = latest(record, thread)->object;
	unsigned place = match->semaphores[object].posted++;

	match->semaphores[object].posters[place] = (uint8_t)thread;
	match->semaphores[object].posts[place] = (uint8_t)(record->counts[thread] - 1);
	if (match->semaphores[object].owner != (int)thread)
		record->things[object].is_lock = false;
	match->semaphores[object].owner = -1;
}

void match_take(struct match *match, struct record *record, unsigned thread)
{
	struct action *take = latest(record, thread);
	unsigned number = match->semaphores[take->object].taken++;
	unsigned count = record->things[take->object].count;

	take->has_taken = true;
	match->semaphores[take->object].owner = (int)thread;
	if (number < count)
		return;
	take->has_post = true;
	take->poster = match->semaphores[take->object].posters[number - count];
	take->post = match->semaphores[take->object].posts[number - count];
}
