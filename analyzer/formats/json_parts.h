/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the JSON report share; names and forms as in doc/heddle-report-1.schema.json. */
#ifndef ANALYZER_FORMATS_JSON_PARTS_H
#define ANALYZER_FORMATS_JSON_PARTS_H

#include "analyzer/json.h"
#include "analyzer/report.h"

/* NULL: a list of nothing. */
void json_part_strings(struct json *json, const char *key, const GPtrArray *strings);

/* "object" */
void json_part_object(struct json *json, const struct report_object *object);

/* "mode", which only rwlocks have; nothing where it is NULL. */
void json_part_mode(struct json *json, const char *mode);

/* A number; null below 0, which is not known. */
void json_part_known(struct json *json, const char *key, int64_t number);

/* "state"; null where state is NULL. In json_state.c. */
void json_part_state(struct json *json, const struct state *state);

/* "hang"; null where hang is NULL. In json_hang.c. */
void json_part_hang(struct json *json, const struct hang *hang);

/* "stack" */
void json_part_stack(struct json *json, const struct stack *stack);

#endif
