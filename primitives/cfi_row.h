/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the instructions of call-frame information up to one place of a function. */
#ifndef PRIMITIVES_CFI_ROW_H
#define PRIMITIVES_CFI_ROW_H

#include "primitives/cfi.h"
#include "primitives/cursor.h"

/* What the instructions count code and data in. */
struct cfi_factors {
	uint64_t code;
	int64_t data;
};

/*
 * The rule at address in the function that starts at start. common: what describes all
 * functions of a kind; own: this one. What cannot be told is CFI_UNKNOWN.
 */
struct cfi_rule cfi_row_find(struct cfi_factors factors, struct cursor common, struct cursor own,
			     uint64_t start, uint64_t address);

#endif
