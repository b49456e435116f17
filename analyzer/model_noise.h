/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pauses that were made on purpose, as far as a trace tells of them. */
#ifndef ANALYZER_MODEL_NOISE_H
#define ANALYZER_MODEL_NOISE_H

#include "analyzer/model.h"

struct noise_told {
	int64_t seed; /* that they were drawn from; -1 not told */
	uint64_t pauses;
	int64_t paused_ns; /* all threads together */
};

const struct noise_told *model_noise(const struct model *model);

#endif
