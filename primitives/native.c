/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program tells heddle by itself. */
#include "native/heddle/plain.h"
#include "primitives/wrap.h"

PUBLIC void heddle_name(const void *object, const char *name)
{
	struct call call;

	if (name && WRAP(&call, object_name))
		wrap_emit_text(&call, EVENT_object_name, object, 0, name);
}
