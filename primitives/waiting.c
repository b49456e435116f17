/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calling thread's wait, for others to see. */
#include "primitives/waiting.h"

#include <string.h>

#include "primitives/ring.h"

/*
 * Is this one to be had by owner? A thread of the same id is no more, whether it was of this process,
 * before an exec say, or of another one.
 */
static bool is_of_late(uint64_t known, uint64_t owner)
{
	return waits_owner_tid(known) == waits_owner_tid(owner) &&
	       waits_owner_space(known) == waits_owner_space(owner);
}

static bool take(struct packer *packer, uint32_t number, uint64_t known, uint64_t owner)
{
	struct waits *waits = arena_waits(packer_arena);

	if (known != owner &&
	    !atomic_compare_exchange_strong(&waits->owners[number], &known, owner))
		return false;
	packer->entry = number;
	packer->entry_owner = owner;
	packer->has_entry = true;
	return true;
}

static bool claim(struct packer *packer)
{
	struct waits *waits = arena_waits(packer_arena);
	int32_t pid = wrap_pid();
	int32_t tid = wrap_thread.tid;
	uint64_t owner = waits_owner(pid, tid, waits_space());

	/* An older one first: nobody looks further than the first that bears an id. */
	for (uint32_t way = 0; way < WAITS_WAYS; way++) {
		uint32_t number = waits_place(tid, way);
		uint64_t known = atomic_load_explicit(&waits->owners[number], memory_order_relaxed);

		if (known && is_of_late(known, owner) && take(packer, number, known, owner))
			return true;
	}
	for (uint32_t way = 0; way < WAITS_WAYS; way++) {
		uint32_t number = waits_place(tid, way);
		uint64_t known = atomic_load_explicit(&waits->owners[number], memory_order_relaxed);

		if (!known && take(packer, number, 0, owner))
			return true;
	}
	if (!packer->is_unplaced)
		atomic_fetch_add(&waits->unplaced, 1);
	packer->is_unplaced = true;
	return false;
}

/* The collector may have taken it for that of an older thread. */
static struct waits_entry *own_entry(struct packer *packer)
{
	struct waits *waits = arena_waits(packer_arena);

	if (packer->has_entry && atomic_load_explicit(&waits->owners[packer->entry],
						      memory_order_relaxed) != packer->entry_owner)
		packer->has_entry = false;
	return packer->has_entry || claim(packer) ? &waits->entries[packer->entry] : NULL;
}

static void fill(struct waits_entry *entry, const struct frames_wait *wait)
{
	atomic_store_explicit(&entry->type, wait ? wait->type : 0, memory_order_relaxed);
	if (!wait)
		return;
	atomic_store_explicit(&entry->awaited, wait->awaited, memory_order_relaxed);
	atomic_store_explicit(&entry->object, wait->object, memory_order_relaxed);
	atomic_store_explicit(&entry->ticks, wait->ticks, memory_order_relaxed);
	if (wait->name || entry->name[0])
		strncpy(entry->name, wait->name ? wait->name : "", sizeof(entry->name));
}

void waiting_show(struct packer *packer, const struct frames_wait *wait)
{
	if (!wait && !packer->has_entry)
		return;
	struct waits_entry *entry = own_entry(packer);
	if (!entry)
		return;
	/* Odd where it was left in the midst of this. */
	uint64_t version = atomic_load_explicit(&entry->version, memory_order_relaxed) | 1;
	atomic_store_explicit(&entry->version, version, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	fill(entry, wait);
	atomic_store_explicit(&entry->version, version + 1, memory_order_release);
}

void waiting_close(struct packer *packer)
{
	if (!packer->has_entry)
		return;
	waiting_show(packer, NULL);
	if (packer->has_entry)
		atomic_store(&arena_waits(packer_arena)->owners[packer->entry], 0);
	packer->has_entry = false;
}

/*
 * The id of the thread that a join waits for; 0: it is no join, or not to be known. libc tells which
 * clock counts its time, and Linux puts the id into the number of that clock.
 */
static uint32_t awaited_by(const struct event *event)
{
	clockid_t clock;

	if (event->type != EVENT_thread_join_begin ||
	    pthread_getcpuclockid((pthread_t)event->object, &clock) != 0)
		return 0;
	return ~((uint32_t)clock >> 3) & WAITS_ID_MASK;
}

void waiting_begin(const struct call *call, const struct event *event)
{
	struct packer *packer = wrap_thread.own;
	const struct frames_wait wait = {
		.frame = call->frame,
		.type = event->type,
		.awaited = awaited_by(event),
		.object = event->object,
		.ticks = packer ? packer->ticks : 0,
		.name = event->text,
	};

	frames_begin_wait(&wrap_thread.frames, &wait);
	if (packer)
		waiting_show(packer, &wait);
}

void waiting_end(const struct call *call)
{
	frames_end_wait(&wrap_thread.frames, call->frame);
	if (wrap_thread.own)
		waiting_show(wrap_thread.own, frames_wait(&wrap_thread.frames));
}

void waiting_look(struct packer *packer, const struct event *wait, uintptr_t frame)
{
	struct event found = { .type = EVENT_deadlock_found,
			       .site = wait->site,
			       .object = wait->object };

	found.value = ring_find(packer, wait->type, &found.other);
	if (!found.value)
		return;
	packer_write(packer, &found, frame, NULL);
	packer_wake_collector();
}
