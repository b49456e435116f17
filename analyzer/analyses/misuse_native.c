/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Misuse of objects of the native library, which says no rather than do what is undefined. */
#include <errno.h>

#include "analyzer/analyses/misuse.h"

static void add(struct misuse *self, const struct step *step, enum misuse_case what)
{
	struct misuse_fault fault = { .what = what,
				      .object = step->object,
				      .after = misuse_act(step->thread, step),
				      .result = step->result };

	if (what == MISUSE_USE_AFTER_DESTROY)
		fault.before = misuse_object(self, step->object)->made;
	misuse_add(self, &fault);
}

static void refused(struct misuse *self, const struct step *step)
{
	if (step->result == EINVAL && step->object->is_destroyed)
		add(self, step, MISUSE_USE_AFTER_DESTROY);
	else if (step->result == EPERM && step->object->kind == OBJECT_COND)
		add(self, step, MISUSE_CONDITION_UNLOCKED);
}

void misuse_native(struct misuse *self, const struct step *step)
{
	if (step->object->native == NATIVE_NONE)
		return;
	if (step->kind == STEP_REFUSED)
		refused(self, step);
	else if (step->kind == STEP_POST_FAILED && step->result == EOVERFLOW)
		add(self, step, MISUSE_OVER_RELEASE);
	else if (step->kind == STEP_WAIT_END && step->object->kind == OBJECT_BARRIER)
		misuse_left_barrier(self, step);
}
