/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Babeltrace's event objects as struct event, or as what tells of packed ones. For the reader only.
 */
#ifndef LIBTRACE_READER_DECODE_H
#define LIBTRACE_READER_DECODE_H

#include <babeltrace2/babeltrace.h>

#include "libtrace/event.h"
#include "libtrace/reader_message.h"

struct decoder;

/* NULL without memory. */
struct decoder *decoder_new(void);

/* NULL is allowed. Must be called while the graph still exists. */
void decoder_free(struct decoder *decoder);

enum decoded { DECODED_NOTHING, DECODED_EVENT, DECODED_MESSAGE };

/*
 * Turn source into event, or tell in *message what it says of packed ones: enum decoded, NOTHING
 * where it is not heddle's, or -ENOMEM. time_ns is left alone; pid must hold what to say where the
 * event has none. Strings are source's, frames and *message with its words the decoder's until the
 * next call.
 */
int decoder_event(struct decoder *decoder, const bt_event *source, struct event *event,
		  const struct packed_message **message, struct error *err) MUST_CHECK;

#endif
