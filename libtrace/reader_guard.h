/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A check of a trace's files before Babeltrace believes them. For the reader only. */
#ifndef LIBTRACE_READER_GUARD_H
#define LIBTRACE_READER_GUARD_H

#include <stdbool.h>

#include "libtrace/error.h"

/*
 * Fails where Babeltrace 2.0 would abort the process or never end over a trace: an
 * index that points outside of its stream, or packets that do not lie within
 * their file. Packets are looked at only where is_lttng says that they begin as
 * LTTng's do. All other damage Babeltrace finds itself.
 */
int reader_guard(const char *trace, bool is_lttng, struct error *err) MUST_CHECK;

#endif
