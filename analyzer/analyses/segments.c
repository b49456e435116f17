/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Order by creation and join: a walk back through the segments, only when asked. */
#include "analyzer/analyses/segments.h"

#include <string.h>

#define NONE UINT32_MAX
/* Segments looked at in all, so that a trace of many threads ends in time. */
#define BUDGET 50000000

struct segment {
	uint32_t thread; /* id */
	uint32_t number; /* 1, 2, ... in its thread */
	uint32_t before; /* of the same thread, or NONE */
	uint32_t cause;	 /* of the creator or of the joined thread, or NONE */
};

void segments_init(struct segments *segments)
{
	*segments = (struct segments){ .budget = BUDGET };
	segments->list = g_array_new(FALSE, FALSE, sizeof(struct segment));
}

void segments_done(struct segments *segments)
{
	g_array_unref(segments->list);
	g_free(segments->present);
	g_free(segments->reached);
}

static struct segment *segment_at(const struct segments *segments, uint32_t at)
{
	return &g_array_index(segments->list, struct segment, at);
}

static uint32_t *present_of(struct segments *segments, uint32_t thread)
{
	if (thread >= segments->thread_count) {
		unsigned count = MAX(thread + 1, segments->thread_count * 2);
		segments->present = g_renew(uint32_t, segments->present, count);
		memset(segments->present + segments->thread_count, 0,
		       (count - segments->thread_count) * sizeof(uint32_t));
		segments->thread_count = count;
	}
	return &segments->present[thread];
}

static void add_segment(struct segments *segments, uint32_t thread, uint32_t cause)
{
	uint32_t *present = present_of(segments, thread);
	struct segment segment = { .thread = thread, .number = 1, .before = NONE, .cause = cause };

	if (*present) {
		segment.before = *present - 1;
		segment.number = segment_at(segments, segment.before)->number + 1;
	}
	g_array_append_val(segments->list, segment);
	*present = segments->list->len;
}

uint32_t segments_present(struct segments *segments, const struct thread *thread)
{
	if (!*present_of(segments, thread->id))
		add_segment(segments, thread->id, NONE);
	return *present_of(segments, thread->id) - 1;
}

void segments_step(struct segments *segments, const struct step *step)
{
	if (step->kind == STEP_THREAD_CREATE) {
		uint32_t creator = segments_present(segments, step->thread);
		add_segment(segments, step->other->id, creator);
		add_segment(segments, step->thread->id, NONE);
	} else if (step->kind == STEP_JOIN_END && step->other) {
		uint32_t joined = segments_present(segments, step->other);
		segments_present(segments, step->thread);
		add_segment(segments, step->thread->id, joined);
	}
}

/* Walk back from at through its own thread, as far as nobody has been, noting causes. */
static void walk_thread(struct segments *segments, uint32_t at, GArray *todo, GArray *touched)
{
	uint32_t thread = segment_at(segments, at)->thread;
	uint32_t number = segment_at(segments, at)->number;
	uint32_t reached = segments->reached[thread];

	if (reached >= number)
		return;
	if (!reached)
		g_array_append_val(touched, thread);
	segments->reached[thread] = number;
	for (; at != NONE && segment_at(segments, at)->number > reached && segments->budget;
	     at = segment_at(segments, at)->before) {
		segments->budget--;
		if (segment_at(segments, at)->cause != NONE)
			g_array_append_val(todo, segment_at(segments, at)->cause);
	}
}

static bool is_before(struct segments *segments, uint32_t one, uint32_t other)
{
	const struct segment *goal = segment_at(segments, one);
	g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	g_array_append_val(todo, other);
	while (todo->len && segments->budget && segments->reached[goal->thread] < goal->number) {
		uint32_t at = g_array_index(todo, uint32_t, todo->len - 1);
		g_array_set_size(todo, todo->len - 1);
		walk_thread(segments, at, todo, touched);
	}
	bool is_found = segments->reached[goal->thread] >= goal->number;
	for (unsigned i = 0; i < touched->len; i++)
		segments->reached[g_array_index(touched, uint32_t, i)] = 0;
	return is_found;
}

bool segments_are_ordered(struct segments *segments, uint32_t one, uint32_t other)
{
	if (!segments->reached)
		segments->reached = g_new0(uint32_t, segments->thread_count + 1);
	return is_before(segments, one, other) || is_before(segments, other, one);
}
