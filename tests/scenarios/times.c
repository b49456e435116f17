/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a report says of where time went, as lines. */
#include "tests/scenarios/times.h"

#include <inttypes.h>

static void print_path(GString *out, const struct critical_path *path)
{
	g_string_append_printf(out,
			       "path: pid %d from %" PRId64 ", %" PRId64 " ns: running %" PRId64
			       ", waking %" PRId64 ", blocked %" PRId64 ", unknown %" PRId64 "%s\n",
			       path->pid, path->start_ns, path->ns, path->running_ns,
			       path->waking_ns, path->blocked_ns, path->unknown_ns,
			       path->is_cut ? ", cut" : "");
	if (path->ending)
		g_string_append_printf(out, "  endless %" PRId64 ": %s\n", path->endless_ns,
				       path->ending);
	for (unsigned i = 0; i < path->segments->len; i++) {
		const struct path_segment *part =
			&g_array_index(path->segments, struct path_segment, i);
		g_string_append_printf(out, "  %" PRId64 " +%" PRId64 " %s %s %s", part->start_ns,
				       part->ns, part->thread, part->action,
				       part->object ? part->object : "-");
		if (part->next)
			g_string_append_printf(out, ", %s for %s", part->then, part->next);
		g_string_append_printf(out, ", at %s\n", part->place ? part->place : "-");
	}
	for (unsigned i = 0; i < path->sums->len; i++) {
		const struct path_segment *sum = &g_array_index(path->sums, struct path_segment, i);

		if (sum->count > 1)
			g_string_append_printf(out, "  %" PRIu64 " times +%" PRId64 " %s %s\n",
					       sum->count, sum->ns, sum->thread, sum->action);
	}
	for (unsigned i = 0; i < path->locks->len; i++) {
		const struct path_lock_share *lock =
			&g_array_index(path->locks, struct path_lock_share, i);
		g_string_append_printf(out,
				       "  %s %s: waits %" PRIu64 ", wait %" PRId64 ", hold %" PRId64
				       ", free %" PRId64 "\n",
				       lock->object.kind, lock->object.name, lock->waits,
				       lock->wait_ns, lock->hold_ns, lock->free_ns);
	}
}

static void print_serialisation(GString *out, const struct serialisation *told)
{
	g_string_append_printf(out,
			       "serialisation: running %" PRId64 ", alone %" PRId64
			       ", idle %" PRId64 "\n",
			       told->running_ns, told->alone_ns, told->idle_ns);
	for (unsigned i = 0; i < told->rows->len; i++) {
		const struct serial_row *row = &g_array_index(told->rows, struct serial_row, i);
		g_string_append_printf(out, "  %" PRId64 ", alone %" PRId64 ": %s after %s\n",
				       row->share_ns, row->alone_ns, row->thread, row->place);
	}
}

static void print_places(GString *out, const struct report *report)
{
	for (unsigned i = 0; i < report->blame->len; i++) {
		const struct blame *row = &g_array_index(report->blame, struct blame, i);

		for (unsigned j = 0; row->places && j < row->places->len; j++) {
			const struct blame_place *place =
				&g_array_index(row->places, struct blame_place, j);
			g_string_append_printf(
				out,
				"place: %s at %s, %s at %s: %" PRIu64 " times, %" PRId64 " ns\n",
				row->waiter, place->waiter_place ? place->waiter_place : "-",
				row->holder, place->holder_place ? place->holder_place : "-",
				place->count, place->ns);
		}
	}
}

void times_print(GString *out, const char *name, const struct report *report)
{
	if (g_str_has_prefix(name, "contention-places"))
		print_places(out, report);
	if (g_str_has_prefix(name, "critical-path-"))
		print_path(out, &report->critical_path);
	if (g_str_has_prefix(name, "serialisation-"))
		print_serialisation(out, &report->serialisation);
}
