/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What emit.c puts into the events of a stored trace, and test_reader.c finds there. */
#ifndef TESTS_DATA_PATTERN_H
#define TESTS_DATA_PATTERN_H

#include <stdio.h>

#include "libtrace/event.h"

struct pattern {
	struct event event; /* without time, pid and tid */
	char text[64];
	uint64_t frames[3];
};

/* From the name alone: the numbers of types change when events.def grows. */
static inline void pattern_fill(struct pattern *pattern, enum event_type type)
{
	const struct event_fields *has = event_fields(type);
	const char *name = event_info(type)->name;
	uint64_t sum = 0;

	for (const char *c = name; *c; c++)
		sum = 31 * sum + (unsigned char)*c;
	snprintf(pattern->text, sizeof(pattern->text), "\"%s\"\n\xc3\xa9", name);
	for (int i = 0; i < 3; i++)
		pattern->frames[i] = sum << i;
	pattern->event = (struct event){
		.type = type,
		.site = sum + 1,
		.object = has->object ? sum + 2 : 0,
		.other = has->other ? sum + 3 : 0,
		.value = has->value ? -(int64_t)(sum >> 1) : 0,
		.stack = has->stack ? sum + 4 : 0,
		.text = has->text ? pattern->text : NULL,
		.build_id = has->build_id ? "00ff" : NULL,
		.frames = has->frames ? pattern->frames : NULL,
		.frame_count = has->frames ? 3 : 0,
	};
}

#endif
