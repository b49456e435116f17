/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From entries of the log to events and their links; between the files of the order only. */
#ifndef ANALYZER_ANALYSES_ORDER_LINKS_H
#define ANALYZER_ANALYSES_ORDER_LINKS_H

#include "analyzer/analyses/order_trace.h"

/* Append the event of entry, for which there is room. id: of its object, or ORDER_NONE. */
void order_links_event(struct order_trace *trace, const struct order_entry *entry, uint32_t id,
		       bool is_read);
/* What the thread did last to the object of entry did not happen. */
void order_links_undo(struct order_trace *trace, const struct order_entry *entry);
/* All entries have been seen. */
void order_links_finish(struct order_trace *trace);

#endif
