/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several traces show together: orders of locks that contradict each other across them. */
#ifndef ANALYZER_JOINED_H
#define ANALYZER_JOINED_H

#include "analyzer/lists.h"
#include "analyzer/report.h"

/*
 * reports: struct report *, finished, whose orders were kept; unread: how many more there were to
 * be. The result has findings that no trace shows alone, the verdict of all, and no tables; it
 * points into reports, which must outlive it. lists set findings aside; NULL: none. Free it with
 * report_free().
 */
struct report *joined_report(const GPtrArray *reports, unsigned unread, struct lists *lists,
			     enum level fail_on);

#endif
