/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlocks that traced threads find while COMMAND runs: whether they last. */
#include "analyzer/live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/clock.h"

#define CONFIRM_NS (SECOND_NS * 3 / 10)

/* It was looked at. */
#define DONE LIVE_NEVER

void live_init(struct live *live, enum live_answer answer, void (*say)(const char *sentence),
	       const struct arena *arena)
{
	*live = (struct live){
		.answer = answer,
		.say = say,
		.arena = answer == LIVE_IGNORE ? NULL : arena,
		.next_ns = LIVE_NEVER,
	};
}

static const struct waits *waits_of(const struct live *live)
{
	return arena_waits((struct arena *)live->arena);
}

static void find_next(struct live *live)
{
	live->next_ns = LIVE_NEVER;
	for (size_t i = 0; i < WAITS_RINGS; i++)
		if (live->due_ns[i] && live->due_ns[i] < live->next_ns)
			live->next_ns = live->due_ns[i];
}

void live_hear(struct live *live, int64_t now_ns)
{
	if (!live->arena)
		return;
	for (size_t i = 0; i < WAITS_RINGS; i++) {
		const struct waits_ring *ring = &waits_of(live)->rings[i];

		if (!live->due_ns[i] && atomic_load_explicit(&ring->count, memory_order_acquire))
			live->due_ns[i] = now_ns + CONFIRM_NS;
	}
	find_next(live);
}

/* Numbers of another pid namespace mean nothing here. */
static bool is_alive(const struct waits_seen *seen)
{
	return seen->is_elsewhere || syscall(SYS_tgkill, seen->pid, seen->tid, 0) == 0 ||
	       errno != ESRCH;
}

/* Who is in it, as far as that was told; 0: somebody got on. */
static uint32_t see_members(const struct waits *waits, const struct waits_ring *ring,
			    struct waits_seen *members)
{
	uint32_t count = atomic_load_explicit(&ring->count, memory_order_acquire);

	if (count > WAITS_MEMBERS)
		count = WAITS_MEMBERS;
	for (uint32_t i = 0; i < count; i++) {
		if (!waits_see(waits, ring->members[i].entry, &members[i]) ||
		    members[i].version != ring->members[i].version || !is_alive(&members[i]))
			return 0;
	}
	return count;
}

/* True: it lasts. */
static bool look_at(const struct live *live, const struct waits_ring *ring)
{
	struct waits_seen members[WAITS_MEMBERS];
	uint32_t known = see_members(waits_of(live), ring, members);

	if (!known)
		return false;
	char *sentence =
		live_sentence(members, known, atomic_load(&ring->count), live->answer == LIVE_KILL);
	if (sentence && live->say)
		live->say(sentence);
	free(sentence);
	return true;
}

bool live_step(struct live *live, int64_t now_ns)
{
	bool is_deadlocked = false;

	if (now_ns < live->next_ns)
		return false;
	for (size_t i = 0; i < WAITS_RINGS; i++) {
		if (!live->due_ns[i] || live->due_ns[i] > now_ns)
			continue;
		live->due_ns[i] = DONE;
		is_deadlocked = look_at(live, &waits_of(live)->rings[i]) || is_deadlocked;
	}
	find_next(live);
	return is_deadlocked && live->answer == LIVE_KILL;
}
