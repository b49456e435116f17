/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source's name of a linker symbol of C++ or Rust. */
#ifndef ANALYZER_DEMANGLE_H
#define ANALYZER_DEMANGLE_H

#include <stdbool.h>

/* NULL where symbol is not mangled. The caller frees it with free(). */
char *demangle(const char *symbol, bool has_parameters);

#endif
