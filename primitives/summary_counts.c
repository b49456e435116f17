/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The counts of a summary: where they lie, and how they are told. */
#include "primitives/summary_counts.h"

#include "primitives/packer.h"
#include "primitives/summary_quick.h"

/* The event that tells the count of acquisitions of that type; of other types 0. */
static const enum event_type count_types[EVENT_COUNT] = {
	[EVENT_mutex_lock] = EVENT_mutex_count,
	[EVENT_mutex_trylock] = EVENT_mutex_count,
	[EVENT_lock_acquire] = EVENT_lock_count,
	[EVENT_lock_tryacquire] = EVENT_lock_count,
	[EVENT_spin_lock] = EVENT_spin_count,
	[EVENT_spin_trylock] = EVENT_spin_count,
	[EVENT_rwlock_rdlock] = EVENT_rwlock_rdlock_count,
	[EVENT_rwlock_tryrdlock] = EVENT_rwlock_rdlock_count,
	[EVENT_rwlock_wrlock] = EVENT_rwlock_wrlock_count,
	[EVENT_rwlock_trywrlock] = EVENT_rwlock_wrlock_count,
	[EVENT_sem_wait] = EVENT_sem_count,
	[EVENT_sem_trywait] = EVENT_sem_count,
};

/* Ticks as ns, of the clocks since the recording began. */
static int64_t ticks_ns(uint64_t ticks)
{
	const struct arena *arena = packer_arena;

	if (!arena->uses_tsc)
		return (int64_t)ticks;
	double elapsed_ns = (double)(packer_ns() - arena->start.ns);
	return (int64_t)((double)ticks * elapsed_ns / (double)(packer_tsc() - arena->start.ticks));
}

void summary_tell_count(struct summary_slot *slot, struct packer *to)
{
	bool is_timed = slot->hold_ticks && !summary_is_semaphore((enum event_type)slot->type);
	struct event event = {
		.type = count_types[slot->type],
		.site = slot->site,
		.object = slot->object,
		.other = *slot->count,
		.value = is_timed ? ticks_ns(slot->hold_ticks) : -1,
		.stack = slot->stack,
	};

	slot->hold_ticks = 0;
	packer_write(to, &event, 0, NULL);
	/* After it: who is killed in between is counted twice rather than not at all. */
	*slot->count = 0;
}

bool summary_has_count(const struct summary_slot *slot)
{
	return slot->type && *slot->count;
}

/* Where slot counts: in the buffers, which outlive the program, as far as there is place. */
void summary_bind(struct packer *packer, struct summary_slot *slot)
{
	struct summary *summary = packer_summary(packer);
	uint32_t index = (uint32_t)(slot - summary->slots);

	if (!summary->counts)
		summary->counts = packer_claim_counts(packer, &summary->counts_number);
	slot->own_count = 0;
	slot->count = &slot->own_count;
	if (!summary->counts || index >= ARENA_COUNTS_MAX)
		return;
	struct arena_count *list = summary->counts->list;
	uint32_t tail = atomic_load_explicit(&summary->counts->tail, memory_order_relaxed);
	for (uint32_t i = tail; i <= index; i++)
		list[i].count = 0;
	slot->count = &list[index].count;
	list[index] = (struct arena_count){
		.object = slot->object,
		.site = slot->site,
		.stack = slot->stack,
		.type = count_types[slot->type],
	};
	if (index >= tail)
		atomic_store_explicit(&summary->counts->tail, index + 1, memory_order_release);
}

void summary_close(struct packer *packer)
{
	struct summary *summary = packer_summary(packer);

	if (summary->counts)
		packer_free_counts(summary->counts_number);
	summary->counts = NULL;
}
