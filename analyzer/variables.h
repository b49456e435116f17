/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DWARF of one module: which part of a static variable lies at an offset. Used by symbols.c
 * alone. As in debuginfo.h, corrupt debug information gives fewer words, never a crash.
 */
#ifndef ANALYZER_VARIABLES_H
#define ANALYZER_VARIABLES_H

#include <elfutils/libdwfl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct variables;

/* NULL where module has no DWARF. module must outlive the result. */
struct variables *variables_new(Dwfl_Module *module);
void variables_free(struct variables *variables); /* NULL is allowed */

/* What is known of a variable. Strings belong to the Dwfl. */
struct variable {
	const char *name;      /* in the source, NULL unknown */
	const char *function;  /* that it is local to, NULL none */
	const char *file;      /* source file of its unit, NULL unknown */
	const char *made_file; /* where it is defined, NULL unknown */
	int made_line;
	/*
	 * The part at the offset: "", "[2]", ".lock", "[3].mutex", "[1]+4"; and the
	 * same without numbers: "[].mutex".
	 */
	GString *part, *stable_part;
};

/*
 * Fill ret for the variable that begins at address (of the ELF file). Returns false, ret as it
 * was, where DWARF knows none there. looks_in_functions: it may be local to a function, which takes
 * longer to find out. The strings part and stable_part are the caller's, and appended to.
 */
bool variables_find(struct variables *variables, uint64_t address, bool looks_in_functions,
		    uint64_t offset, struct variable *ret);

#endif
