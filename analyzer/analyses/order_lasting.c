/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All locks that are wanted under each other, less those under which nothing is waited for but
 * locks that are out already: what is left may be a ring.
 */
#include "analyzer/analyses/order_lasting.h"

#include <string.h>

#include "analyzer/address_table.h"

/* Locks that a thread has at a time, and rounds: with fewer rounds more is left. */
#define HELD_MOST 64
#define ROUNDS_MOST 64

struct nesting {
	uint32_t outer, inner;
};

struct survey {
	struct order_lasting *lasting;
	bool *are_kept;	  /* by object: under it something else than a lock is waited for */
	GArray *nestings; /* struct nesting */
	struct address_table known; /* those */
	uint32_t held[HELD_MOST];
	unsigned count;
};

static bool is_hold(const struct order_event *event)
{
	return event->act == ORDER_ACT_HOLD || event->act == ORDER_ACT_HOLD_READ;
}

static bool may_lack(const struct order_event *event)
{
	return event->is_patient &&
	       (event->act == ORDER_ACT_TAKE || event->act == ORDER_ACT_DEPART);
}

static void nest(struct survey *survey, uint32_t outer, uint32_t inner)
{
	uint64_t key = ((uint64_t)outer << 32 | inner) + 1;
	struct nesting nesting = { outer, inner };

	if (address_table_get(&survey->known, key))
		return;
	address_table_set(&survey->known, key, survey);
	g_array_append_val(survey->nestings, nesting);
}

static unsigned place_of(const struct survey *survey, uint32_t object)
{
	unsigned place = 0;

	while (place < survey->count && survey->held[place] != object)
		place++;
	return place;
}

static void hold(struct survey *survey, uint32_t object)
{
	unsigned place = place_of(survey, object);

	if (place == HELD_MOST)
		survey->lasting->is_vague = true;
	else if (place == survey->count)
		survey->held[survey->count++] = object;
}

static void release(struct survey *survey, uint32_t object)
{
	unsigned place = place_of(survey, object);

	if (place < survey->count)
		survey->held[place] = survey->held[--survey->count];
}

static void look(struct survey *survey, const struct order_event *event)
{
	for (unsigned i = 0; i < survey->count; i++) {
		if (event->has_link || may_lack(event))
			survey->are_kept[survey->held[i]] = true;
		else if (is_hold(event) && event->is_patient)
			nest(survey, survey->held[i], event->object);
	}
	if (is_hold(event))
		hold(survey, event->object);
	else if (event->act == ORDER_ACT_RELEASE)
		release(survey, event->object);
}

static void survey_all(struct survey *survey, const struct order_trace *trace)
{
	for (unsigned i = 0; i < trace->thread_count; i++) {
		const struct order_thread *own = &trace->threads[i];

		survey->count = 0;
		for (uint32_t at = 0; at < own->count && !survey->lasting->is_vague; at++)
			look(survey, &own->events[at]);
	}
}

/* Leave those under which one of the set is wanted, or more; returns whether it has become smaller. */
static bool reduce(const struct survey *survey, unsigned count, bool *locks, bool *next)
{
	memcpy(next, survey->are_kept, count * sizeof(*next));
	for (unsigned i = 0; i < survey->nestings->len; i++) {
		const struct nesting *nesting = &g_array_index(survey->nestings, struct nesting, i);

		next[nesting->outer] = next[nesting->outer] || locks[nesting->inner];
	}
	if (!memcmp(next, locks, count * sizeof(*next)))
		return false;
	memcpy(locks, next, count * sizeof(*next));
	return true;
}

static bool is_kept(const struct order_lasting *lasting, const struct order_event *event)
{
	return may_lack(event) ||
	       (is_hold(event) && event->is_patient && lasting->locks[event->object]);
}

static void measure(struct order_lasting *lasting, const struct order_trace *trace)
{
	for (unsigned i = 0; i < trace->thread_count; i++) {
		const struct order_thread *own = &trace->threads[i];
		struct order_span *span = &lasting->spans[i];

		for (uint32_t at = 0; at < own->count; at++) {
			if (!is_kept(lasting, &own->events[at]))
				continue;
			span->begin = span->end ? span->begin : at;
			span->end = at + 1;
		}
	}
}

void order_lasting_find(struct order_lasting *lasting, const struct order_trace *trace)
{
	unsigned count = trace->object_count + 1;

	if (lasting->locks)
		return;
	struct survey survey = { .lasting = lasting,
				 .are_kept = g_new0(bool, count),
				 .nestings = g_array_new(FALSE, FALSE, sizeof(struct nesting)) };
	g_autofree bool *next = g_new(bool, count);

	lasting->locks = g_new(bool, count);
	lasting->spans = g_new0(struct order_span, trace->thread_count + 1);
	memset(lasting->locks, true, count * sizeof(bool));
	survey_all(&survey, trace);
	for (unsigned i = 0; i < ROUNDS_MOST; i++)
		if (!reduce(&survey, count, lasting->locks, next))
			break;
	measure(lasting, trace);
	g_free(survey.are_kept);
	g_array_unref(survey.nestings);
	address_table_done(&survey.known);
}

void order_lasting_done(struct order_lasting *lasting)
{
	g_free(lasting->locks);
	g_free(lasting->spans);
}

bool order_lasting_keeps(const struct order_lasting *lasting, const struct order_trace *trace,
			 uint32_t thread, uint32_t begin, uint32_t end, uint64_t *budget)
{
	const struct order_event *events = trace->threads[thread].events;
	const struct order_span *span = &lasting->spans[thread];

	if (lasting->is_vague)
		return true;
	begin = MAX(begin, span->begin);
	end = MIN(end, span->end);
	for (uint32_t at = begin; at < end && *budget; at++, --*budget)
		if (is_kept(lasting, &events[at]))
			return true;
	return !*budget;
}
