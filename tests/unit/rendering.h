/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests of formats. What goes wrong fails the test. */
#ifndef TESTS_UNIT_RENDERING_H
#define TESTS_UNIT_RENDERING_H

#include "analyzer/format.h"

const struct format *rendering_find(const char *name);

/* report in the format of that name; free it. */
char *rendering_of(const char *name, const struct report *report,
		   const struct format_options *options);

/* The sample in a format is what the file in tests/data holds; GOLDEN_UPDATE=1 writes that anew. */
void rendering_check(const char *name, const char *file, const struct format_options *options);

#endif
