/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two tables, made from analyses.def and formats.def. */
#include "analyzer/registry.h"

#include <stddef.h>

#define ANALYSIS(name) extern const struct analysis analysis_##name;
#include "analyzer/analyses.def"
#undef ANALYSIS

#define FORMAT(name) extern const struct format format_##name;
#include "analyzer/formats.def"
#undef FORMAT

static const struct analysis *const analyses[] = {
#define ANALYSIS(name) &analysis_##name,
#include "analyzer/analyses.def"
#undef ANALYSIS
	NULL
};

static const struct format *const formats[] = {
#define FORMAT(name) &format_##name,
#include "analyzer/formats.def"
#undef FORMAT
	NULL
};

const struct analysis *const *registry_analyses(void)
{
	return analyses;
}

const struct format *const *registry_formats(void)
{
	return formats;
}
