/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All analyses and all formats of this build. */
#ifndef ANALYZER_REGISTRY_H
#define ANALYZER_REGISTRY_H

#include "analyzer/analysis.h"
#include "analyzer/format.h"

/* In the order in which they run and are listed; NULL ends the list. Static. */
const struct analysis *const *registry_analyses(void);

/* The first one is the default; NULL ends the list. Static. */
const struct format *const *registry_formats(void);

#endif
