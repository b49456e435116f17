/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that may block: input and output, and sleeps. */
#include <string.h>

#include "analyzer/model_private.h"

/* Longer names, and more of them, come from no library. */
#define NAME_MAX_BYTES 64
#define NAMES_MAX 4096

/* The one copy of name. */
static const char *intern(struct model *model, const char *name)
{
	char key[NAME_MAX_BYTES];
	void *known;

	g_strlcpy(key, name ? name : "", sizeof(key));
	if (g_hash_table_lookup_extended(model->calls, key, &known, NULL))
		return known;
	if (g_hash_table_size(model->calls) >= NAMES_MAX)
		return "";
	known = g_strdup(key);
	g_hash_table_add(model->calls, known);
	return known;
}

static void begin(struct model *model, struct thread *thread, const struct event *event,
		  enum wait_kind kind)
{
	struct wait wait = { .kind = kind,
			     .handle = event->object,
			     .call = intern(model, event->text) };

	model_wait_begin(model, thread, event, &wait);
	struct step step = model_step(STEP_CALL_BEGIN, thread, event);
	step.wait = &thread->wait;
	model_emit(model, &step);
}

void model_call_io(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, WAIT_IO);
}

void model_call_sleep(struct model *model, struct thread *thread, const struct event *event)
{
	begin(model, thread, event, WAIT_SLEEP);
}

void model_call_end(struct model *model, struct thread *thread, const struct event *event)
{
	if (!model_wait_reach(model, thread, event, WAIT_BIT(WAIT_IO) | WAIT_BIT(WAIT_SLEEP)))
		return;
	struct wait wait = model_wait_end(thread);
	struct step step = model_step(STEP_CALL_END, thread, event);
	step.wait = &wait;
	step.result = event->value;
	model_emit(model, &step);
}
