/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The critical path as JSON. */
#include "analyzer/formats/json_parts.h"
#include "analyzer/formats/json_time.h"

static void write_words(struct json *json, const struct path_segment *segment)
{
	json_object_begin(json, NULL);
	json_string(json, "thread", segment->thread);
	json_string(json, "action", segment->action);
	json_string(json, "object", segment->object);
	json_string(json, "then", segment->then);
	json_string(json, "next", segment->next);
	json_string(json, "place", segment->place);
	json_signed(json, "ns", segment->ns);
}

static void write_segment(struct json *json, const struct path_segment *segment)
{
	write_words(json, segment);
	json_signed(json, "start_ns", segment->start_ns);
	json_part_stack(json, &segment->stack);
	json_object_end(json);
}

static void write_sum(struct json *json, const struct path_segment *sum)
{
	write_words(json, sum);
	json_unsigned(json, "count", sum->count);
	json_object_end(json);
}

static void write_lock(struct json *json, const struct path_lock_share *lock)
{
	json_object_begin(json, NULL);
	json_part_object(json, &lock->object);
	json_unsigned(json, "waits", lock->waits);
	json_signed(json, "wait_ns", lock->wait_ns);
	json_part_known(json, "hold_ns", lock->hold_ns);
	json_part_known(json, "free_ns", lock->free_ns);
	json_object_end(json);
}

void json_time_path(struct json *json, const struct critical_path *path)
{
	if (!path->thread_count) {
		json_null(json, "critical_path");
		return;
	}
	json_object_begin(json, "critical_path");
	json_signed(json, "pid", path->pid);
	json_string(json, "process", path->process);
	json_signed(json, "start_ns", path->start_ns);
	json_signed(json, "ns", path->ns);
	json_signed(json, "running_ns", path->running_ns);
	json_signed(json, "waking_ns", path->waking_ns);
	json_signed(json, "blocked_ns", path->blocked_ns);
	json_signed(json, "unknown_ns", path->unknown_ns);
	json_signed(json, "endless_ns", path->endless_ns);
	json_string(json, "ending", path->ending);
	json_boolean(json, "cut", path->is_cut);
	json_unsigned(json, "segment_count", path->segment_count);
	json_array_begin(json, "segments");
	for (guint i = 0; i < path->segments->len; i++)
		write_segment(json, &g_array_index(path->segments, struct path_segment, i));
	json_array_end(json);
	json_array_begin(json, "sums");
	for (guint i = 0; i < path->sums->len; i++)
		write_sum(json, &g_array_index(path->sums, struct path_segment, i));
	json_array_end(json);
	json_unsigned(json, "lock_count", path->lock_count);
	json_array_begin(json, "locks");
	for (guint i = 0; i < path->locks->len; i++)
		write_lock(json, &g_array_index(path->locks, struct path_lock_share, i));
	json_array_end(json);
	json_object_end(json);
}
