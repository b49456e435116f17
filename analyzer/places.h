/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames and words for addresses of a process. Used by names.c alone, through which the analyses
 * ask. Results live as long as the report given to places_new().
 */
#ifndef ANALYZER_PLACES_H
#define ANALYZER_PLACES_H

#include "analyzer/model.h"
#include "analyzer/report.h"
#include "analyzer/symbols.h"

struct places;

/* report must outlive the result. */
struct places *places_new(struct report *report);
void places_free(struct places *places); /* NULL is allowed */

/*
 * The frames of a place, innermost first. Not in it: heddle's own libraries, and what the C
 * library does before main() and before a thread's routine. At least one frame where site
 * is known.
 */
struct stack places_stack(struct places *places, struct place place);

/*
 * The frame that people mean by a place: the innermost that is not in a header of
 * the C++ library or the like. NULL for an unknown place.
 */
const struct frame *places_frame(struct places *places, struct place place);

/* "bank.c:41", "transfer", "libfoo.so+0x1234" or "0x1234", the first that is known. */
const char *places_line(struct places *places, const struct frame *frame);

/* The base name of frame's module, or NULL. */
const char *places_module(const struct frame *frame);

/* The name of a thread's routine; NULL where it is unknown, or a library's that threads share. */
const char *places_routine(struct places *places, const struct process *process, uint64_t routine);

/* What lies at address, false where it is no static variable. Strings live until places_free(). */
bool places_data(struct places *places, const struct process *process, uint64_t address,
		 struct symbol_data *ret);

#endif
