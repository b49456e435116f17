/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events for timers. */
#ifndef NATIVE_EVENT_H
#define NATIVE_EVENT_H

#include <heddle/event.h>

#include "native/tell.h"

/* heddle_event_init() of the event of a timer, called by the program at that place. */
void event_init_timer(struct heddle_event *event, const char *name, struct native_site at);

/* As the functions of the same name, called at that place; deadline NULL: none. */
int event_wait(struct heddle_event *event, const struct timespec *deadline, struct native_site at);
int event_set(struct heddle_event *event, struct native_site at);

/* Set, and not told. */
int event_set_quietly(struct heddle_event *event);

#endif
