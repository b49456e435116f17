/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be said of a finding's parts without the report that it is in. */
#include "analyzer/finding.h"

static bool is_library_header(const struct frame *frame)
{
	static const char *const folders[] = { "/usr/include/", "/usr/local/include/",
					       "/usr/lib/gcc/", "/usr/lib/llvm", NULL };

	for (const char *const *folder = folders; frame->file && *folder; folder++) {
		if (g_str_has_prefix(frame->file, *folder))
			return true;
	}
	return false;
}

const struct frame *stack_main_frame(const struct stack *stack)
{
	for (unsigned i = 0; i < stack->count; i++) {
		if (!is_library_header(&stack->frames[i]))
			return &stack->frames[i];
	}
	return stack->count ? &stack->frames[0] : NULL;
}
