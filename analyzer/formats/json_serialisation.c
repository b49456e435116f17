/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialisation as JSON. */
#include "analyzer/formats/json_time.h"

static void write_row(struct json *json, const struct serial_row *row)
{
	json_object_begin(json, NULL);
	json_string(json, "thread", row->thread);
	json_string(json, "place", row->place);
	json_signed(json, "share_ns", row->share_ns);
	json_signed(json, "alone_ns", row->alone_ns);
	json_object_end(json);
}

void json_time_serialisation(struct json *json, const struct serialisation *serialisation)
{
	json_object_begin(json, "serialisation");
	json_signed(json, "running_ns", serialisation->running_ns);
	json_signed(json, "alone_ns", serialisation->alone_ns);
	json_signed(json, "idle_ns", serialisation->idle_ns);
	json_array_begin(json, "rows");
	for (guint i = 0; i < serialisation->rows->len; i++)
		write_row(json, &g_array_index(serialisation->rows, struct serial_row, i));
	json_array_end(json);
	json_object_end(json);
}
