/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a ring that is found is certain: it is followed twice, and each time the same threads are in the same
 * waits, by the versions of their entries. So at the moment between all of them were in these waits at
 * once. Who holds something in a wait has held it since before that began; libc forgets the owner
 * before it lets go. So nobody in the ring can get what it waits for, unless somebody
 * else lets it go for them, or they leave their waits by cancellation or a jump.
 *
 * What others wait for is read by the kernel: their wait may be over meanwhile, and the memory gone, or
 * it is memory of another process, which shares the lock. Where the kernel refuses, nothing is told. What
 * the calling thread waits for is in use: it is about to lock it. A process that filters its own system
 * calls is not looked at, since the filter may end it.
 */
#include "primitives/ring.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "primitives/sandbox.h"
#include "primitives/wrap.h"

#define RING_MAX 256

/* A wait on the way round. */
struct link {
	uint64_t owner; /* who waits, of waits_owner() */
	uint64_t version, object;
	uint32_t entry, type, awaited;
};

/* Who ends a wait. */
struct holder {
	int32_t tid;	/* 0: not to be known, or nobody */
	bool is_shared; /* perhaps of another process */
	int kind;	/* of a mutex: enum mutex_kind */
};

enum sort { NONE, OF_MUTEX, OF_RWLOCK, OF_THREAD };

static enum sort sort_of(uint32_t type)
{
	switch (type) {
	case EVENT_mutex_lock_begin:
		return OF_MUTEX;
	case EVENT_rwlock_rdlock_begin:
	case EVENT_rwlock_wrlock_begin:
		return OF_RWLOCK;
	case EVENT_thread_join_begin:
		return OF_THREAD;
	default:
		return NONE;
	}
}

/* The wait of the entry of that number; false: it is none to follow. */
static bool read_link(uint32_t number, struct link *link)
{
	struct waits *waits = arena_waits(packer_arena);
	const struct waits_entry *entry = &waits->entries[number];

	link->entry = number;
	link->version = atomic_load_explicit(&entry->version, memory_order_acquire);
	link->owner = atomic_load_explicit(&waits->owners[number], memory_order_relaxed);
	link->type = atomic_load_explicit(&entry->type, memory_order_relaxed);
	link->awaited = atomic_load_explicit(&entry->awaited, memory_order_relaxed);
	link->object = atomic_load_explicit(&entry->object, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	return link->version % 2 == 0 && sort_of(link->type) != NONE &&
	       link->version == atomic_load_explicit(&entry->version, memory_order_relaxed);
}

/* The part of a lock in which its holder is. */
#define MUTEX_AT offsetof(pthread_mutex_t, __data.__owner)
#define MUTEX_SIZE (offsetof(pthread_mutex_t, __data.__kind) + sizeof(int) - MUTEX_AT)
#define RWLOCK_AT offsetof(pthread_rwlock_t, __data.__cur_writer)
#define RWLOCK_SIZE (offsetof(pthread_rwlock_t, __data.__shared) + sizeof(int) - RWLOCK_AT)

static bool read_part(const struct link *link, bool is_own, size_t at, size_t size, void *part)
{
	struct iovec to = { part, size };
	struct iovec from = { (void *)(link->object + at), size };

	if (is_own) {
		memcpy(part, from.iov_base, size);
		return true;
	}
	return real.syscall(SYS_process_vm_readv, waits_owner_pid(link->owner), &to, 1, &from, 1,
			    0) == (long)size;
}

static struct holder mutex_holder(const struct link *link, bool is_own)
{
	char part[MUTEX_SIZE];
	struct holder holder = { 0 };

	if (!read_part(link, is_own, MUTEX_AT, sizeof(part), part))
		return holder;
	memcpy(&holder.tid, part, sizeof(holder.tid));
	memcpy(&holder.kind, part + sizeof(part) - sizeof(holder.kind), sizeof(holder.kind));
	holder.is_shared = holder.kind & MUTEX_SHARED;
	return holder;
}

static struct holder rwlock_holder(const struct link *link, bool is_own)
{
	char part[RWLOCK_SIZE];
	struct holder holder = { 0 };
	int is_shared;

	if (!read_part(link, is_own, RWLOCK_AT, sizeof(part), part))
		return holder;
	memcpy(&holder.tid, part, sizeof(holder.tid));
	memcpy(&is_shared, part + sizeof(part) - sizeof(is_shared), sizeof(is_shared));
	holder.is_shared = is_shared;
	return holder;
}

static struct holder holder_of(const struct link *link, bool is_own)
{
	switch (sort_of(link->type)) {
	case OF_MUTEX:
		return mutex_holder(link, is_own);
	case OF_RWLOCK:
		return rwlock_holder(link, is_own);
	default:
		return (struct holder){ .tid = (int32_t)link->awaited };
	}
}

/* The entry of the thread that holds what link waits for, or WAITS_COUNT. */
static uint32_t entry_of(const struct link *link, const struct holder *holder)
{
	const struct waits *waits = arena_waits(packer_arena);

	for (uint32_t way = 0; way < WAITS_WAYS; way++) {
		uint32_t number = waits_place(holder->tid, way);
		uint64_t owner = atomic_load_explicit(&waits->owners[number], memory_order_relaxed);

		if (owner && waits_owner_tid(owner) == holder->tid &&
		    waits_owner_space(owner) == waits_owner_space(link->owner) &&
		    (holder->is_shared || waits_owner_pid(owner) == waits_owner_pid(link->owner)))
			return number;
	}
	return WAITS_COUNT;
}

/* Who waits for itself does not everywhere: libc counts, or returns EDEADLK. */
static bool waits_for_itself(const struct link *link, const struct holder *holder)
{
	int type = holder->kind & MUTEX_TYPE_MASK;

	return sort_of(link->type) == OF_MUTEX && type != MUTEX_RECURSIVE &&
	       type != MUTEX_ERRORCHECK;
}

static uint64_t mix(const struct link *link)
{
	uint64_t hash = (link->version << 13 ^ link->entry) * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 29;
}

static void note_member(struct waits_ring *ring, uint32_t at, const struct link *link)
{
	if (ring && at < WAITS_MEMBERS)
		ring->members[at] = (struct waits_member){ link->version, link->entry, 0 };
}

/*
 * Once round from the calling thread's wait. Returns how many threads wait in a ring with it, 0: it is
 * none; *identity: of their waits. The members go into ring where that is not NULL.
 */
static uint32_t follow(uint32_t own, uint64_t *identity, struct waits_ring *ring)
{
	struct link link;

	*identity = 0;
	if (!read_link(own, &link))
		return 0;
	for (uint32_t count = 1; count <= RING_MAX; count++) {
		struct holder holder = holder_of(&link, link.entry == own);

		note_member(ring, count - 1, &link);
		*identity += mix(&link);
		uint32_t next = holder.tid > 0 ? entry_of(&link, &holder) : WAITS_COUNT;
		if (next == own)
			return count > 1 || waits_for_itself(&link, &holder) ? count : 0;
		if (next == WAITS_COUNT || next == link.entry || !read_link(next, &link))
			return 0;
	}
	return 0;
}

/* An entry may be that of a thread that was killed, and whose robust lock is to be had. */
static bool are_alive(const struct waits_ring *ring, uint32_t count)
{
	const struct waits *waits = arena_waits(packer_arena);

	for (uint32_t i = 0; i < count && i < WAITS_MEMBERS; i++) {
		uint64_t owner = atomic_load(&waits->owners[ring->members[i].entry]);

		if (real.syscall(SYS_tgkill, waits_owner_pid(owner), waits_owner_tid(owner), 0) < 0)
			return false;
	}
	return true;
}

/* Into the list. False: it is there already, or there is no more room. */
static bool tell(const struct waits_ring *found, uint32_t count)
{
	struct waits *waits = arena_waits(packer_arena);
	uint64_t identity = atomic_load_explicit(&found->identity, memory_order_relaxed);

	for (uint32_t i = 0; i < WAITS_RINGS; i++) {
		struct waits_ring *ring = &waits->rings[i];
		uint64_t known = 0;

		if (atomic_compare_exchange_strong(&ring->identity, &known, identity)) {
			memcpy(ring->members, found->members, sizeof(ring->members));
			atomic_store_explicit(&ring->count, count, memory_order_release);
			return true;
		}
		if (known == identity)
			return false;
	}
	return false;
}

uint32_t ring_find(const struct packer *packer, enum event_type type, uint64_t *holder)
{
	struct waits_ring ring = { 0 };
	uint64_t first, second;

	if (sort_of(type) == NONE || !packer->has_entry || !packer_arena->is_ring_wanted ||
	    sandbox_is_entered())
		return 0;
	/* Of two threads that both show a wait and then look, one at least sees the other's. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!follow(packer->entry, &first, NULL))
		return 0;
	uint32_t count = follow(packer->entry, &second, &ring);
	if (!count || first != second || !are_alive(&ring, count))
		return 0;
	atomic_store_explicit(&ring.identity, second ? second : 1, memory_order_relaxed);
	uint64_t next =
		atomic_load(&arena_waits(packer_arena)->owners[ring.members[count > 1].entry]);
	*holder = (uint64_t)waits_owner_pid(next) << 32 | (uint32_t)waits_owner_tid(next);
	return tell(&ring, count) ? count : 0;
}
