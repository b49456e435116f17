/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON report: what several of its parts have. */
#include "analyzer/formats/json_parts.h"

void json_part_strings(struct json *json, const char *key, const GPtrArray *strings)
{
	json_array_begin(json, key);
	for (guint i = 0; strings && i < strings->len; i++)
		json_string(json, NULL, g_ptr_array_index(strings, i));
	json_array_end(json);
}

void json_part_object(struct json *json, const struct report_object *object)
{
	json_object_begin(json, "object");
	json_unsigned(json, "id", object->id);
	json_string(json, "kind", object->kind);
	json_string(json, "name", object->name);
	json_object_end(json);
}

void json_part_mode(struct json *json, const char *mode)
{
	if (mode)
		json_string(json, "mode", mode);
}

void json_part_known(struct json *json, const char *key, int64_t number)
{
	if (number < 0)
		json_null(json, key);
	else
		json_signed(json, key, number);
}

static void write_frame(struct json *json, const struct frame *frame)
{
	json_object_begin(json, NULL);
	json_string(json, "function", frame->function);
	json_string(json, "file", frame->file);
	json_signed(json, "line", frame->line);
	json_string(json, "module", frame->module);
	json_unsigned(json, "offset", frame->offset);
	json_boolean(json, "inlined", frame->is_inlined);
	json_object_end(json);
}

void json_part_stack(struct json *json, const struct stack *stack)
{
	json_array_begin(json, "stack");
	for (unsigned i = 0; i < stack->count; i++)
		write_frame(json, &stack->frames[i]);
	json_array_end(json);
}
