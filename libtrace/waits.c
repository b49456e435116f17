/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who waits for what: the table as the tool reads it. */
#include "libtrace/waits.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An entry that is being written is so for a moment, unless its thread was killed then. */
#define TRIES 1000

enum limit { NO_WAIT, UNTIMED, TIMED };

static enum limit limit_of(uint32_t type)
{
	static const unsigned char limits[OPERATION_COUNT] = {
		[OPERATION_JOIN_BEGIN] = UNTIMED,
		[OPERATION_TIMED_JOIN_BEGIN] = TIMED,
		[OPERATION_ACQUIRE_BEGIN] = UNTIMED,
		[OPERATION_TIMED_ACQUIRE_BEGIN] = TIMED,
		[OPERATION_READ_ACQUIRE_BEGIN] = UNTIMED,
		[OPERATION_TIMED_READ_ACQUIRE_BEGIN] = TIMED,
		[OPERATION_WAIT_BEGIN] = UNTIMED,
		[OPERATION_TIMED_WAIT_BEGIN] = TIMED,
		[OPERATION_TAKE_BEGIN] = UNTIMED,
		[OPERATION_TIMED_TAKE_BEGIN] = TIMED,
		[OPERATION_ARRIVE] = UNTIMED,
		[OPERATION_TIMED_ARRIVE] = TIMED,
		[OPERATION_FUTEX_WAIT_BEGIN] = UNTIMED,
		[OPERATION_FUTEX_TIMED_WAIT_BEGIN] = TIMED,
		[OPERATION_IO_BEGIN] = UNTIMED,
		[OPERATION_SLEEP_BEGIN] = UNTIMED,
	};
	static const unsigned char operations[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) [EVENT_##name] = OPERATION_##operation,
#define TOOL_EVENT(name, shape, object, operation, meaning) [EVENT_##name] = OPERATION_##operation,
#include "libtrace/events.def"
	};

	return type < EVENT_COUNT ? (enum limit)limits[operations[type]] : NO_WAIT;
}

/* A process stays in its namespace. */
static uint32_t own_space(void)
{
	static uint32_t space;

	if (!space)
		space = waits_space();
	return space;
}

/* Everything but what the owner says. False: it was being written all the time. */
static bool copy(const struct waits_entry *entry, struct waits_seen *seen)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t version = atomic_load_explicit(&entry->version, memory_order_acquire);

		seen->type =
			(enum event_type)atomic_load_explicit(&entry->type, memory_order_relaxed);
		seen->awaited =
			(int32_t)atomic_load_explicit(&entry->awaited, memory_order_relaxed);
		seen->object = atomic_load_explicit(&entry->object, memory_order_relaxed);
		seen->ticks = atomic_load_explicit(&entry->ticks, memory_order_relaxed);
		memcpy(seen->name, entry->name, WAITS_NAME_SIZE);
		seen->name[WAITS_NAME_SIZE] = '\0';
		atomic_thread_fence(memory_order_acquire);
		seen->version = version;
		if (version % 2 == 0 &&
		    version == atomic_load_explicit(&entry->version, memory_order_relaxed))
			return true;
	}
	return false;
}

bool waits_see(const struct waits *waits, uint32_t entry, struct waits_seen *seen)
{
	if (entry >= WAITS_COUNT)
		return false;
	uint64_t owner = atomic_load(&waits->owners[entry]);
	if (!owner || !copy(&waits->entries[entry], seen))
		return false;
	enum limit limit = limit_of(seen->type);
	if (limit == NO_WAIT || atomic_load(&waits->owners[entry]) != owner)
		return false;
	seen->pid = waits_owner_pid(owner);
	seen->tid = waits_owner_tid(owner);
	seen->is_elsewhere = waits_owner_space(owner) != own_space();
	seen->is_timed = limit == TIMED;
	seen->entry = entry;
	return true;
}

bool waits_next(const struct waits *waits, uint32_t *entry, struct waits_seen *seen)
{
	while (*entry < WAITS_COUNT) {
		if (waits_see(waits, (*entry)++, seen))
			return true;
	}
	return false;
}

bool waits_lasts(const struct waits *waits, const struct waits_seen *seen)
{
	struct waits_seen now;

	return waits_see(waits, seen->entry, &now) && now.version == seen->version &&
	       now.pid == seen->pid && now.tid == seen->tid;
}

uint32_t waits_rings(const struct waits *waits)
{
	uint32_t told = 0;

	for (uint32_t i = 0; i < WAITS_RINGS; i++)
		told += atomic_load_explicit(&waits->rings[i].count, memory_order_acquire) != 0;
	return told;
}

/* The thread may be there again under the same id: it looks at its owner with each wait. */
static void free_entry(struct waits *waits, uint32_t number, uint64_t owner)
{
	struct waits_entry *entry = &waits->entries[number];

	atomic_store(&entry->type, 0);
	/* One that died while it wrote leaves an odd one. */
	uint64_t version = atomic_load(&entry->version);
	atomic_store(&entry->version, (version | 1) + 1);
	atomic_compare_exchange_strong(&waits->owners[number], &owner, 0);
}

void waits_reclaim(struct waits *waits)
{
	uint32_t here = own_space();

	for (uint32_t i = 0; i < WAITS_COUNT; i++) {
		uint64_t owner = atomic_load_explicit(&waits->owners[i], memory_order_relaxed);

		/* Ids of another namespace say nothing here. */
		if (!owner || waits_owner_space(owner) != here)
			continue;
		if (syscall(SYS_tgkill, waits_owner_pid(owner), waits_owner_tid(owner), 0) < 0 &&
		    errno == ESRCH)
			free_entry(waits, i, owner);
	}
}
