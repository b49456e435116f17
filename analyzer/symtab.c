/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sorted symbol table: libdwfl's own look-up goes through all symbols each time. */
#include "analyzer/symtab.h"

#include <glib.h>
#include <string.h>

/* A label may lie inside another symbol; so deep it is looked for from the inside out. */
#define NESTING_MAX 16

struct symtab {
	GArray *symbols; /* struct symbol, by address */
};

/* Symbols without size are labels of hand-written code: they say where, not how far. */
static bool has_extent(const GElf_Sym *sym, GElf_Word section)
{
	int type = GELF_ST_TYPE(sym->st_info);

	return sym->st_size > 0 && section != SHN_UNDEF && section != SHN_ABS &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_OBJECT ||
		type == STT_COMMON || type == STT_NOTYPE);
}

static unsigned plainness(const struct symbol *symbol)
{
	return 2 * symbol->is_local + (symbol->name[0] == '_');
}

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *one = a, *other = b;

	if (one->address != other->address)
		return one->address < other->address ? -1 : 1;
	if (plainness(one) != plainness(other))
		return plainness(one) < plainness(other) ? 1 : -1;
	return strcmp(other->name, one->name);
}

struct symtab *symtab_new(Dwfl_Module *module)
{
	struct symtab *symtab = g_new0(struct symtab, 1);
	int count = dwfl_module_getsymtab(module);

	symtab->symbols = g_array_new(FALSE, FALSE, sizeof(struct symbol));
	for (int i = 1; i < count; i++) {
		GElf_Sym sym;
		GElf_Addr address;
		GElf_Word section;
		const char *name =
			dwfl_module_getsym_info(module, i, &sym, &address, &section, NULL, NULL);
		if (!name || !name[0] || !has_extent(&sym, section))
			continue;
		int type = GELF_ST_TYPE(sym.st_info);
		struct symbol symbol = {
			.address = address,
			.size = sym.st_size,
			.name = name,
			.is_local = GELF_ST_BIND(sym.st_info) == STB_LOCAL,
			.is_function = type == STT_FUNC || type == STT_GNU_IFUNC,
		};
		g_array_append_val(symtab->symbols, symbol);
	}
	g_array_sort(symtab->symbols, compare_symbols);
	return symtab;
}

void symtab_free(struct symtab *symtab)
{
	if (!symtab)
		return;
	g_array_unref(symtab->symbols);
	g_free(symtab);
}

/* How many symbols begin at or below address. */
static guint count_below(const struct symtab *symtab, uint64_t address)
{
	guint low = 0, high = symtab->symbols->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		if (g_array_index(symtab->symbols, struct symbol, middle).address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct symbol *symtab_find(const struct symtab *symtab, uint64_t address)
{
	guint below = count_below(symtab, address);

	for (guint i = 0; i < NESTING_MAX && i < below; i++) {
		const struct symbol *symbol =
			&g_array_index(symtab->symbols, struct symbol, below - 1 - i);
		if (address - symbol->address < symbol->size)
			return symbol;
	}
	return NULL;
}
