/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON report: what threads hold and wait for at a moment. */
#include "analyzer/formats/json_parts.h"

static void write_wait(struct json *json, const struct state_wait *wait)
{
	if (!wait) {
		json_null(json, "wait");
		return;
	}
	json_object_begin(json, "wait");
	json_string(json, "kind", blocked_kind_name(wait->kind));
	json_string(json, "action", wait->action);
	json_string(json, "awaited", wait->awaited);
	if (wait->object.name)
		json_part_object(json, &wait->object);
	else
		json_null(json, "object");
	json_part_mode(json, wait->mode);
	json_string(json, "mutex", wait->mutex);
	json_string(json, "waker", wait->waker);
	json_part_strings(json, "holders", wait->holders);
	json_boolean(json, "timed", wait->is_timed);
	json_signed(json, "time_ns", wait->time_ns);
	json_signed(json, "since_ns", wait->since_ns);
	json_part_known(json, "ended_in_ns", wait->ended_in_ns);
	json_part_stack(json, &wait->stack);
	json_object_end(json);
}

static void write_hold(struct json *json, const struct state_hold *hold)
{
	json_object_begin(json, NULL);
	json_part_object(json, &hold->object);
	json_part_mode(json, hold->mode);
	json_unsigned(json, "depth", hold->depth);
	json_signed(json, "time_ns", hold->time_ns);
	json_signed(json, "since_ns", hold->since_ns);
	json_part_stack(json, &hold->stack);
	json_object_end(json);
}

static void write_thread(struct json *json, const struct state_thread *thread)
{
	json_object_begin(json, NULL);
	json_signed(json, "pid", thread->pid);
	json_signed(json, "tid", thread->tid);
	json_string(json, "name", thread->name);
	json_string(json, "process", thread->process);
	json_string(json, "state", thread->state);
	write_wait(json, thread->wait);
	json_array_begin(json, "holds");
	for (guint i = 0; i < thread->holds->len; i++)
		write_hold(json, &g_array_index(thread->holds, struct state_hold, i));
	json_array_end(json);
	json_object_end(json);
}

static void write_object(struct json *json, const struct state_object *row)
{
	json_object_begin(json, NULL);
	json_part_object(json, &row->object);
	json_part_strings(json, "holders", row->holders);
	json_part_strings(json, "waiters", row->waiters);
	json_object_end(json);
}

void json_part_state(struct json *json, const struct state *state)
{
	if (!state) {
		json_null(json, "state");
		return;
	}
	json_object_begin(json, "state");
	json_signed(json, "at_ns", state->at_ns);
	json_array_begin(json, "threads");
	for (guint i = 0; i < state->threads->len; i++)
		write_thread(json, &g_array_index(state->threads, struct state_thread, i));
	json_array_end(json);
	json_array_begin(json, "objects");
	for (guint i = 0; i < state->objects->len; i++)
		write_object(json, &g_array_index(state->objects, struct state_object, i));
	json_array_end(json);
	json_object_end(json);
}
