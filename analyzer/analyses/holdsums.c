/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a thread has held which locks since some moment. */
#include "analyzer/analyses/holdsums.h"

#include <glib.h>

#define FIRST_SIZE 8
#define LARGE_SIZE 64
/* Of the locks that a thread holds at once: the rest counts only when released. */
#define HELD_MAX 64

void holdsums_done(struct holdsums *sums)
{
	g_free(sums->slots);
	*sums = (struct holdsums){ 0 };
}

void holdsums_forget(struct holdsums *sums)
{
	g_free(sums->slots);
	sums->slots = NULL;
	sums->size = sums->used = 0;
}

/* The slot of key, or the empty one where it belongs. Ids are dense: they need no mixing. */
static struct holdsum *find(struct holdsum *slots, uint32_t size, uint32_t key)
{
	uint32_t at = key & (size - 1);

	while (slots[at].key && slots[at].key != key)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static void grow(struct holdsums *sums)
{
	uint32_t size = sums->size ? sums->size * 2 : FIRST_SIZE;
	struct holdsum *slots = g_new0(struct holdsum, size);

	for (uint32_t i = 0; i < sums->size; i++)
		if (sums->slots[i].key)
			*find(slots, size, sums->slots[i].key) = sums->slots[i];
	g_free(sums->slots);
	sums->slots = slots;
	sums->size = size;
}

void holdsums_add_new(struct holdsums *sums, uint32_t object, int64_t ns)
{
	if (sums->used * 2 >= sums->size && sums->size < 2 * HOLDSUMS_MAX)
		grow(sums);
	struct holdsum *slot = find(sums->slots, sums->size, object + 1);
	if (!slot->key && sums->used == HOLDSUMS_MAX)
		return;
	sums->used += !slot->key;
	slot->key = object + 1;
	slot->ns = report_sum_ns(slot->ns, ns);
}

void holdsums_undo(struct holdsums *sums, const struct object *object)
{
	struct holdsum *slot = sums->size ? find(sums->slots, sums->size, object->id + 1) : NULL;

	if (slot && slot->key && sums->last_object == object->id)
		slot->ns -= MIN(slot->ns, sums->last_ns);
	sums->last_ns = 0;
}

unsigned holdsums_take(struct holdsums *sums, const struct thread *thread, int64_t time_ns,
		       uint64_t *words)
{
	unsigned count = 0, held = 0;

	for (const struct hold *hold = thread->held; hold && held < HELD_MAX; hold = hold->next) {
		holdsums_add(sums, hold, time_ns);
		held++;
	}
	for (uint32_t i = 0; i < sums->size && sums->used; i++) {
		struct holdsum *slot = &sums->slots[i];

		if (!slot->key)
			continue;
		if (slot->ns) {
			words[2 * count] = slot->key - 1;
			words[2 * count++ + 1] = (uint64_t)slot->ns;
		}
		*slot = (struct holdsum){ 0 };
		sums->used--;
	}
	/* The walk above is to stay short where few locks are used again. */
	if (sums->size > LARGE_SIZE && count < sums->size / 8)
		holdsums_forget(sums);
	sums->since_ns = MAX(sums->since_ns, time_ns);
	sums->last_ns = 0;
	return count;
}
