/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call-frame information: how the caller's registers follow from those at an address in a
 * function. What is known here is x86-64, and of its registers those that a walk of the stack
 * needs.
 *
 * Sources: DWARF 5, section 6.4 (the instructions); Linux Standard Base Core, chapter
 * 10.6 "Exception Frames" (.eh_frame, .eh_frame_hdr); System V ABI for AMD64, figure 3.36 (the
 * register numbers).
 *
 * Takes no lock, allocates nothing, calls nothing of the system, and may be called in signal
 * handlers. Does not read beyond the object, whatever the information says.
 */
#ifndef PRIMITIVES_CFI_H
#define PRIMITIVES_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* The canonical frame address: rsp as the caller has it after the return. */
enum cfi_cfa {
	CFI_UNKNOWN = 0, /* nothing describes the function, or nothing that is known here */
	CFI_END,	 /* there is no caller */
	CFI_SIGNAL,	 /* a signal handler's return: rsp points to the ucontext_t */
	CFI_FROM_RSP,	 /* rsp + cfa_offset */
	CFI_FROM_RBP,	 /* rbp + cfa_offset */
	CFI_AT_RBP,	 /* what is stored at rbp + cfa_offset */
};

/* The caller's rbp. */
enum cfi_rbp {
	CFI_RBP_SAME,	/* as it is */
	CFI_RBP_SAVED,	/* stored at the canonical frame address + rbp_offset */
	CFI_RBP_AT_RBP, /* stored at rbp + rbp_offset */
	CFI_RBP_LOST,	/* cannot be told */
};

/* The return address is always stored at the canonical frame address - 8. */
struct cfi_rule {
	int32_t cfa_offset;
	int16_t rbp_offset;
	uint8_t cfa; /* enum cfi_cfa */
	uint8_t rbp; /* enum cfi_rbp */
};

/* A program or library in memory. */
struct cfi_object {
	uint64_t start, end;
	const uint8_t *header; /* .eh_frame_hdr, or NULL */

	/* Differs for what was loaded to the same addresses one after the other. */
	uint64_t identity;
};

/* The object that has address; false: none. */
bool cfi_find_object(uint64_t address, struct cfi_object *object);

/* address: within the object. */
struct cfi_rule cfi_find_rule(const struct cfi_object *object, uint64_t address);

#endif
