/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ELF symbols of a module, sorted by address: the full table of the file or of its separate
 * debug file where there is one, else the dynamic one. Used by symbols.c alone.
 */
#ifndef ANALYZER_SYMTAB_H
#define ANALYZER_SYMTAB_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

/* Addresses are those of the ELF file. The name belongs to the Dwfl. */
struct symbol {
	uint64_t address, size; /* size is not 0 */
	const char *name;	/* as the linker has it */
	bool is_local;		/* not visible outside its file */
	bool is_function;
};

struct symtab;

/* module must outlive the result. */
struct symtab *symtab_new(Dwfl_Module *module);
void symtab_free(struct symtab *symtab); /* NULL is allowed */

/* The symbol that contains address, NULL for none. Of aliases the plainest. */
const struct symbol *symtab_find(const struct symtab *symtab, uint64_t address);

#endif
