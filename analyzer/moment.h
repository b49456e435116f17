/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A moment in the midst of a trace. The model of the report stops there; what comes later is followed
 * by a model of its own, for one thing only: which of the waits at that moment ended after all.
 */
#ifndef ANALYZER_MOMENT_H
#define ANALYZER_MOMENT_H

#include "analyzer/model.h"
#include "libtrace/error.h"

/* Which moment: as --at tells it. */
struct moment_time {
	bool is_given;
	bool is_absolute; /* as events are stamped; else from the start of the trace */
	int64_t ns;
};

/*
 * "1.5" (seconds), "17.2 ms", "+2 min 5 s"; units are ns, us, ms, s, min and h, the blank before one
 * may be left out. "@12.000000345": as events are stamped. Errors: a sentence, -EINVAL.
 */
int moment_parse(const char *text, struct moment_time *ret, struct error *err) MUST_CHECK;

struct moment;

/* model, which is new, is what stops at time; it must outlive the result. */
struct moment *moment_new(struct model *model, const struct moment_time *time);
void moment_free(struct moment *moment); /* NULL is allowed */

/* Is event not later than the moment? Then the caller applies it to model, before moment_follow(). */
bool moment_includes(struct moment *moment, const struct event *event);
void moment_follow(struct moment *moment, const struct event *event);

/*
 * After the last event and before model_finish(): the waits of model are told which of them ended later, and
 * the model how long they have lasted. Error: the moment is not in the trace, -ERANGE.
 */
int moment_finish(struct moment *moment, struct error *err) MUST_CHECK;

/* The model of the whole trace, after moment_finish(). */
const struct model *moment_whole(const struct moment *moment);
/* From the start of the trace. */
int64_t moment_since_start_ns(const struct moment *moment);

#endif
