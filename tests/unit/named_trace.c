/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trace behind the tests of names. */
#include "tests/unit/named_trace.h"

#include <check.h>

struct named_trace named;

void named_trace_setup(void)
{
	named.model = model_new();
	named.report = report_new();
	named.names = names_new(named.report);
	named.self = landmark_module();
}

void named_trace_teardown(void)
{
	names_free(named.names);
	report_free(named.report);
	model_free(named.model);
}

static void ignore_step(void *context, const struct step *step)
{
	(void)context;
	(void)step;
}

void named_trace_apply(struct event event)
{
	static int64_t time_ns;

	event.time_ns = ++time_ns;
	event.pid = event.pid ? event.pid : 100;
	event.tid = event.tid ? event.tid : event.pid;
	model_apply(named.model, &event, ignore_step, NULL);
}

void named_trace_add_process(int32_t pid, const char *command)
{
	named_trace_apply(
		(struct event){ .type = EVENT_process_start, .pid = pid, .text = command });
	named_trace_apply((struct event){ .type = EVENT_process_module,
					  .pid = pid,
					  .object = named.self.start,
					  .other = named.self.size,
					  .text = named.self.path,
					  .build_id = named.self.build_id });
}

void named_trace_add_module(uint64_t start, const char *path)
{
	named_trace_apply((struct event){ .type = EVENT_process_module,
					  .object = start,
					  .other = 0x1000,
					  .text = path,
					  .build_id = "" });
}

void named_trace_add_thread(int32_t tid, const void *routine, const char *name)
{
	named_trace_apply((struct event){ .type = EVENT_thread_start,
					  .tid = tid,
					  .object = (uint64_t)tid,
					  .other = (uint64_t)tid << 12,
					  .value = (int64_t)(intptr_t)routine });
	if (name)
		named_trace_apply((struct event){ .type = EVENT_thread_name,
						  .tid = tid,
						  .object = (uint64_t)tid << 12,
						  .text = name });
}

const struct process *named_trace_process(guint i)
{
	const GPtrArray *processes = model_processes(named.model);

	ck_assert_uint_lt(i, processes->len);
	return g_ptr_array_index(processes, i);
}
