/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON report: where threads stood when the command was ended. */
#include "analyzer/formats/json_parts.h"

static void write_thread(struct json *json, const struct hang_thread *thread)
{
	json_object_begin(json, NULL);
	json_signed(json, "pid", thread->pid);
	json_signed(json, "tid", thread->tid);
	json_string(json, "name", thread->name);
	json_string(json, "process", thread->process);
	json_string(json, "state", thread->state);
	json_string(json, "action", thread->action);
	json_string(json, "awaited", thread->awaited);
	json_part_known(json, "since_ns", thread->since_ns);
	json_signed(json, "cpu_ns", thread->cpu_ns);
	json_boolean(json, "in_finding", thread->is_found);
	json_part_stack(json, &thread->stack);
	json_object_end(json);
}

void json_part_hang(struct json *json, const struct hang *hang)
{
	if (!hang) {
		json_null(json, "hang");
		return;
	}
	json_object_begin(json, "hang");
	json_string(json, "reason", hang->reason);
	json_signed(json, "at_ns", hang->at_ns);
	json_part_known(json, "idle_ns", hang->idle_ns);
	json_array_begin(json, "threads");
	for (guint i = 0; i < hang->threads->len; i++)
		write_thread(json, &g_array_index(hang->threads, struct hang_thread, i));
	json_array_end(json);
	json_array_begin(json, "without_stack");
	for (guint i = 0; i < hang->gaps->len; i++) {
		const struct hang_gap *gap = &g_array_index(hang->gaps, struct hang_gap, i);

		json_object_begin(json, NULL);
		json_part_known(json, "threads", gap->count ? gap->count : -1);
		json_string(json, "reason", gap->why);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}
