/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the JSON report about where time went that have files of their own. */
#ifndef ANALYZER_FORMATS_JSON_TIME_H
#define ANALYZER_FORMATS_JSON_TIME_H

#include "analyzer/json.h"
#include "analyzer/report.h"

/* "places" of a row of blame: struct blame_place, NULL none */
void json_time_places(struct json *json, const GArray *places);

/* "critical_path", null where there is none. */
void json_time_path(struct json *json, const struct critical_path *path);

/* "serialisation" */
void json_time_serialisation(struct json *json, const struct serialisation *serialisation);

#endif
