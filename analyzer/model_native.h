/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What objects of the native library have that others have not; a room of the model. */
#ifndef ANALYZER_MODEL_NATIVE_H
#define ANALYZER_MODEL_NATIVE_H

#include "analyzer/model.h"

void model_native_born(struct model *model, struct thread *thread, const struct event *event);
void model_native_refused(struct model *model, struct thread *thread, const struct event *event);
/* A condition: several are woken. */
void model_native_notify(struct model *model, struct thread *thread, const struct event *event);
/* An event. */
void model_native_set(struct model *model, struct thread *thread, const struct event *event);
void model_native_clear(struct model *model, struct thread *thread, const struct event *event);
void model_native_look(struct model *model, struct thread *thread, const struct event *event);
/* A barrier: those who wait go on. */
void model_native_break(struct model *model, struct thread *thread, const struct event *event);

#endif
