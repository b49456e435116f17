/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made whom wait: sums, and the turns of a lock while it is waited for. */
#include "analyzer/analyses/blame.h"

#include <string.h>

#include "analyzer/report.h"

/* More turns are not told apart, and are kept no longer. */
#define TURNS_MAX 4096
#define FIRST_SIZE 16
#define FIRST_PARTS 2

/* Good enough to stand for the key: 64 bits of a mixture never meet by chance. */
static uint64_t key_hash(struct blame_key key)
{
	uint64_t pair = (uint64_t)key.waiter << 32 | key.object;

	return address_table_mix(pair) ^ key.is_read;
}

static void row_free(void *pointer)
{
	struct blame_row *row = pointer;

	g_free(row->parts);
	g_free(row);
}

void blame_table_init(struct blame_table *table)
{
	*table = (struct blame_table){ 0 };
	table->rows = g_ptr_array_new_with_free_func(row_free);
}

void blame_table_done(struct blame_table *table)
{
	address_table_done(&table->by_key);
	g_ptr_array_unref(table->rows);
}

struct blame_row *blame_row_find(const struct blame_table *table, struct blame_key key)
{
	return address_table_get(&table->by_key, key_hash(key));
}

struct blame_row *blame_row_of(struct blame_table *table, struct blame_key key)
{
	struct blame_row *row = blame_row_find(table, key);

	if (row)
		return row;
	row = g_new0(struct blame_row, 1);
	row->key = key;
	g_ptr_array_add(table->rows, row);
	address_table_set(&table->by_key, key_hash(key), row);
	return row;
}

void blame_row_wait(struct blame_row *row, int64_t ns)
{
	row->count++;
	row->ns = report_sum_ns(row->ns, ns);
}

/* The part of holder, or the empty one where it belongs. Ids are dense: they need no mixing. */
static inline struct blame_part *find_part(struct blame_part *parts, uint32_t size, uint32_t holder)
{
	uint32_t at = holder & (size - 1);

	while (parts[at].count && parts[at].holder != holder)
		at = (at + 1) & (size - 1);
	return &parts[at];
}

static void grow(struct blame_row *row)
{
	uint32_t size = row->size ? row->size * 2 : FIRST_PARTS;
	struct blame_part *parts = g_new0(struct blame_part, size);

	for (uint32_t i = 0; i < row->size; i++)
		if (row->parts[i].count)
			*find_part(parts, size, row->parts[i].holder) = row->parts[i];
	g_free(row->parts);
	row->parts = parts;
	row->size = size;
}

/* One is always empty. */
static struct blame_part *new_part(struct blame_row *row, uint32_t holder)
{
	if (row->used + 1 >= row->size - row->size / 4)
		grow(row);
	struct blame_part *part = find_part(row->parts, row->size, holder);
	part->holder = holder;
	row->used++;
	return part;
}

static inline struct blame_part *part_of(struct blame_row *row, uint32_t holder)
{
	struct blame_part *part = row->size ? find_part(row->parts, row->size, holder) : NULL;

	return part && part->count ? part : new_part(row, holder);
}

static inline void add_part(struct blame_row *row, uint32_t holder, int64_t ns)
{
	struct blame_part *part = part_of(row, holder);

	part->count += part->last_wait != row->count;
	part->last_wait = row->count;
	part->ns = report_sum_ns(part->ns, ns);
}

void blame_row_part(struct blame_row *row, uint32_t holder, int64_t ns)
{
	add_part(row, holder, ns);
}

void blame_row_sum(struct blame_row *row, const struct blame_part *part)
{
	struct blame_part *sum = part_of(row, part->holder);

	sum->count += part->count;
	sum->ns = report_sum_ns(sum->ns, part->ns);
}

void turns_done(struct turns *turns)
{
	g_free(turns->list);
	*turns = (struct turns){ 0 };
}

void turns_reset(struct turns *turns)
{
	turns->base += turns->count;
	turns->count = 0;
}

uint64_t turns_present(const struct turns *turns)
{
	return turns->base + (turns->count ? turns->count - 1 : 0);
}

static void make_room(struct turns *turns, uint64_t first_needed)
{
	size_t old = first_needed > turns->base
			     ? (size_t)MIN(first_needed - turns->base, turns->count)
			     : 0;

	if (turns->count >= TURNS_MAX)
		old = MAX(old, turns->count / 2 + 1);
	if (old >= turns->count / 2 + 1) {
		turns->count -= old;
		memmove(turns->list, turns->list + old, turns->count * sizeof(*turns->list));
		turns->base += old;
		return;
	}
	turns->size = turns->size ? turns->size * 2 : FIRST_SIZE;
	turns->list = g_renew(struct turn, turns->list, turns->size);
}

void turns_add(struct turns *turns, const struct turn *turn, uint64_t first_needed)
{
	const struct turn *last = turns->count ? &turns->list[turns->count - 1] : NULL;

	if (last && last->thread == turn->thread && last->spot == turn->spot)
		return;
	if (turns_are_full(turns))
		make_room(turns, first_needed);
	turns->list[turns->count++] = *turn;
}

static void charge(const struct blame_wait *wait, const struct turn *turn, int64_t ns)
{
	add_part(wait->row, turn->thread, ns);
	if (wait->placed && turn->spot != BLAME_NO_SPOT)
		add_part(wait->placed, turn->spot, ns);
}

void turns_charge(const struct turns *turns, const struct blame_wait *wait)
{
	size_t at = wait->first > turns->base ? (size_t)(wait->first - turns->base) : 0;
	int64_t from_ns = wait->since_ns;

	if (wait->first < turns->base && turns->count) {
		from_ns = CLAMP(turns->list[0].since_ns, wait->since_ns,
				MAX(wait->since_ns, wait->until_ns));
		add_part(wait->row, BLAME_OTHERS, elapsed_ns(wait->since_ns, from_ns));
	}
	for (; at < turns->count; at++) {
		bool is_last = at + 1 == turns->count;
		int64_t to_ns = is_last ? wait->until_ns : turns->list[at + 1].since_ns;

		charge(wait, &turns->list[at], elapsed_ns(from_ns, to_ns));
		from_ns = MAX(from_ns, to_ns);
	}
}

void begun_add(struct begun *begun, uint32_t object, uint64_t turn)
{
	if (begun->count == BEGUN_MAX) {
		begun->count--;
		memmove(begun->list, begun->list + 1, begun->count * sizeof(*begun->list));
	}
	begun->list[begun->count++] = (struct begun_wait){ .object = object, .turn = turn };
}

bool begun_find(const struct begun *begun, uint32_t object, uint64_t *turn)
{
	for (unsigned i = begun->count; i-- > 0;) {
		if (begun->list[i].object != object)
			continue;
		*turn = begun->list[i].turn;
		return true;
	}
	return false;
}

void begun_end(struct begun *begun, uint32_t object)
{
	for (unsigned i = begun->count; i-- > 0;) {
		if (begun->list[i].object != object)
			continue;
		begun->count = i;
		return;
	}
}
