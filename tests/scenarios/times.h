/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a report says of where time went, as lines. */
#ifndef TESTS_SCENARIOS_TIMES_H
#define TESTS_SCENARIOS_TIMES_H

#include "analyzer/report.h"

/* That of it which the scenario of this name is about. */
void times_print(GString *out, const char *name, const struct report *report);

#endif
