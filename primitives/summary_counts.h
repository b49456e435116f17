/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counts of a summary. They lie in the recording's buffers, where they outlive the program: what
 * a thread that was killed has not told of them the collector tells.
 */
#ifndef PRIMITIVES_SUMMARY_COUNTS_H
#define PRIMITIVES_SUMMARY_COUNTS_H

#include "primitives/summary.h"

/* A new slot counts from 0 on. From within an emission that has the packer. */
void summary_bind(struct packer *packer, struct summary_slot *slot);

bool summary_has_count(const struct summary_slot *slot);

/* Tell the count of slot by the packer to; it is 0 afterwards. */
void summary_tell_count(struct summary_slot *slot, struct packer *to);

#endif
