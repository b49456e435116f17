/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DWARF of one module: functions, files and lines at an address, inlined calls included. Nothing
 * is read before the first question, and then only the unit it is about. Debug information may be
 * corrupt: a bad reference ends the walk, and the number of entries visited is bounded.
 * Used by symbols.c and variables.c.
 */
#ifndef ANALYZER_DEBUGINFO_H
#define ANALYZER_DEBUGINFO_H

#include <elfutils/libdwfl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* One function at an address. Strings live as long as the chunk given to debuginfo_new(). */
struct source_frame {
	const char *function; /* demangled, NULL unknown */
	const char *file;     /* NULL unknown */
	int line;	      /* 0 unknown */
	bool is_inlined;      /* into the next frame */
	const char
		*directory; /* where the compiler ran: what file may be relative to; NULL unknown */
};

struct debuginfo;

/* NULL where module has no DWARF. module and strings must outlive the result. */
struct debuginfo *debuginfo_new(Dwfl_Module *module, GStringChunk *strings);
void debuginfo_free(struct debuginfo *debuginfo); /* NULL is allowed */

/*
 * Append the functions at address (of the ELF file) to frames, struct source_frame, innermost
 * first. Returns how many; 0 where no unit covers it.
 */
unsigned debuginfo_frames(struct debuginfo *debuginfo, uint64_t address, GArray *frames);

/*
 * A file name as the compiler was given it: file as libdw says it, mostly with the directory of
 * compilation in front (directory, may be NULL), which comes off where the name of the unit
 * (may be NULL) is relative. No "./" in it. The result belongs to strings.
 */
const char *debuginfo_path(GStringChunk *strings, const char *file, const char *directory,
			   const char *unit_name);

#endif
