/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places of who waited because of whom as JSON. */
#include "analyzer/formats/json_parts.h"
#include "analyzer/formats/json_time.h"

static void write_end(struct json *json, const char *key, const char *place,
		      const struct stack *stack)
{
	json_object_begin(json, key);
	json_string(json, "place", place);
	json_part_stack(json, stack);
	json_object_end(json);
}

void json_time_places(struct json *json, const GArray *places)
{
	json_array_begin(json, "places");
	for (guint i = 0; places && i < places->len; i++) {
		const struct blame_place *place = &g_array_index(places, struct blame_place, i);

		json_object_begin(json, NULL);
		write_end(json, "waiter", place->waiter_place, &place->waiter_stack);
		write_end(json, "holder", place->holder_place, &place->holder_stack);
		json_unsigned(json, "count", place->count);
		json_signed(json, "wait_ns", place->ns);
		json_object_end(json);
	}
	json_array_end(json);
}
