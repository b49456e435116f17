/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Demangling by libiberty. */
#include "analyzer/demangle.h"

#include <libiberty/demangle.h>

char *demangle(const char *symbol, bool has_parameters)
{
	int options = DMGL_ANSI | DMGL_AUTO;

	return cplus_demangle(symbol, has_parameters ? options | DMGL_PARAMS : options);
}
