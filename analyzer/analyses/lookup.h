/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads and objects of a model by their ids, for when a trace is over. */
#ifndef ANALYZER_ANALYSES_LOOKUP_H
#define ANALYZER_ANALYSES_LOOKUP_H

#include "analyzer/model.h"

struct lookup {
	const struct thread **threads; /* Owned by this; NULL where there is none of that id */
	const struct object **objects; /* the same */
	unsigned thread_count, object_count;
};

void lookup_init(struct lookup *lookup, const struct model *model);
void lookup_done(struct lookup *lookup);

#endif
