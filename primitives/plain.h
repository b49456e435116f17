/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plain recording: LTTng in this process, one tracepoint an event. Used by an LTTng session of the
 * user's own, and where the recorder is asked for it.
 */
#ifndef PRIMITIVES_PLAIN_H
#define PRIMITIVES_PLAIN_H

#include <signal.h>
#include <stdbool.h>

#include "libtrace/event.h"

/*
 * Load the provider; until then nothing is recorded. leave is called when the process ends and the
 * tracer with it; nothing is recorded afterwards. Sets wrap_enabled.
 */
void plain_load(void (*leave)(void));
void plain_unload(void);

/* Is the provider, and LTTng with it, in this process? Does it still record? */
bool plain_is_loaded(void);
bool plain_is_recording(void);

/* What an emission has to put back. */
struct plain_emission {
	int saved_errno, cancel_state;
	bool has_blocked;
	sigset_t signals;
};

/* Around plain_write(). is_safe: signals wait meanwhile. */
void plain_begin(struct plain_emission *emission, bool is_safe);
void plain_end(const struct plain_emission *emission);

void plain_write(const struct event *event);

#endif
