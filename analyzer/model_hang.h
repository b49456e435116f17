/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the recorder saw when it was about to end the command; a room of the model. */
#ifndef ANALYZER_MODEL_HANG_H
#define ANALYZER_MODEL_HANG_H

#include "analyzer/model.h"

void model_recording_hang(struct model *model, const struct event *event);
void model_thread_seen(struct model *model, const struct event *event);
void model_thread_unseen(struct model *model, const struct event *event);
void model_hang_free(struct model_hang *hang); /* NULL is allowed */

#endif
