/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A trace about the test runner's own code and data, for tests of names and places. */
#ifndef TESTS_UNIT_NAMED_TRACE_H
#define TESTS_UNIT_NAMED_TRACE_H

#include "analyzer/model.h"
#include "analyzer/names.h"
#include "tests/unit/landmarks.h"

#define FOREIGN 0x500000000000 /* no module is here */

struct named_trace {
	struct model *model;
	struct report *report;
	struct names *names;
	struct module self; /* the runner */
};

extern struct named_trace named;

/* A checked fixture. */
void named_trace_setup(void);
void named_trace_teardown(void);

/* An event of process 100 and its main thread, where it does not say others. */
void named_trace_apply(struct event event);
/* A process that runs the runner's file. */
void named_trace_add_process(int32_t pid, const char *command);
void named_trace_add_module(uint64_t start, const char *path);
/* Of process 100; name NULL: none is given. */
void named_trace_add_thread(int32_t tid, const void *routine, const char *name);

/* The process of that number, in order of appearance. */
const struct process *named_trace_process(guint i);

#endif
