/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One report made by hand, with everything a format has to cope with. */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include "analyzer/report.h"

/* The caller frees it. */
struct report *sample_report(void);

#endif
