/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a report says, as the .expected files have it. */
#ifndef TESTS_SCENARIOS_TELL_H
#define TESTS_SCENARIOS_TELL_H

#include <glib.h>

#include "analyzer/model.h"
#include "analyzer/report.h"

/* name: of the scenario; its first word chooses which tables are told. */
void tell_report(GString *out, const char *name, const struct report *report,
		 const struct model *model);

#endif
