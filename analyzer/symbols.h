/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From addresses to functions, lines and variables, by the files that the modules of a trace were
 * loaded from. A file is opened on its first use and kept. Nothing is taken from a file whose
 * build id is not the recorded one, that is gone, or that is no ELF file: then there are no
 * symbols, which is no error. Where no build id was recorded, the file is trusted. Separate debug
 * files are found where the system has them; no server is ever asked.
 */
#ifndef ANALYZER_SYMBOLS_H
#define ANALYZER_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/debuginfo.h"
#include "analyzer/model.h"

struct symbols;

/* Unsets DEBUGINFOD_URLS in this process, which libdwfl would heed. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols); /* NULL is allowed */

struct source_frames {
	const struct source_frame *frames; /* innermost first */
	unsigned count;			   /* 0: nothing is known */
};

/*
 * The functions at an address of an instruction; for a return address, one less is the
 * call. Strings and frames live until symbols_free().
 */
struct source_frames symbols_code(struct symbols *symbols, const struct module *module,
				  uint64_t address);

/* The name of the function at address, without parameters, or NULL. Lives until symbols_free(). */
const char *symbols_function(struct symbols *symbols, const struct module *module,
			     uint64_t address);

/* A static variable, or a part of it. Strings live until symbols_free(). */
struct symbol_data {
	const char *name;   /* "queue_lock", "forks[2]", "bank.lock", "pool+24" */
	const char *stable; /* the same without numbers: "forks[]", "pool" */
	const char *scope;  /* its file or function where it is not global, else NULL */
	const char *file;   /* where it is defined, NULL unknown */
	int line;
};

/* Fill ret with what lies at address; false where no symbol covers it. */
bool symbols_data(struct symbols *symbols, const struct module *module, uint64_t address,
		  struct symbol_data *ret);

#endif
