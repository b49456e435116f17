/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Static variables by address, and the walk through their types. */
#include "analyzer/variables.h"

#include <ctype.h>
#include <dwarf.h>
#include <elfutils/libdw.h>

#define DIES_MAX 100000000 /* visited in all, per module */
#define SCOPE_DEPTH_MAX 32
#define TYPE_DEPTH_MAX 32
#define DIMENSIONS_MAX 8

struct entry {
	Dwarf_Die die;
	Dwarf_Die function; /* addr is NULL where it is not local to one */
};

struct variables {
	Dwarf *dwarf;
	Dwarf_Addr bias;
	GHashTable *outside; /* of functions: address to struct entry; NULL not read yet */
	GHashTable *inside;
	unsigned dies_left;
};

/* A walk through the units. */
struct walk {
	struct variables *variables;
	bool is_inside; /* collects what is local to functions */
	Dwarf_Die function;
};

/* What the walk through a type has found. */
struct part {
	GString *text, *stable;
	uint64_t rest;	/* bytes that text does not tell */
	bool is_hidden; /* inside a member with a name reserved for the library */
};

struct variables *variables_new(Dwfl_Module *module)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);

	if (!dwarf)
		return NULL;
	struct variables *variables = g_new0(struct variables, 1);
	variables->dwarf = dwarf;
	variables->bias = bias;
	variables->dies_left = DIES_MAX;
	return variables;
}

void variables_free(struct variables *variables)
{
	if (!variables)
		return;
	g_clear_pointer(&variables->outside, g_hash_table_unref);
	g_clear_pointer(&variables->inside, g_hash_table_unref);
	g_free(variables);
}

/* A fixed address, which only a static variable has. */
static bool fixed_address(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute location, indirect;
	Dwarf_Block block;
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_formblock(dwarf_attr(die, DW_AT_location, &location), &block) != 0 ||
	    block.length == 0 || (block.data[0] != DW_OP_addr && block.data[0] != DW_OP_addrx))
		return false;
	if (dwarf_getlocation(&location, &ops, &count) != 0 || count != 1)
		return false;
	*ret = ops[0].number;
	if (ops[0].atom == DW_OP_addr)
		return true;
	return dwarf_getlocation_attr(&location, ops, &indirect) == 0 &&
	       dwarf_formaddr(&indirect, ret) == 0;
}

static void entry_add(struct walk *walk, GHashTable *table, Dwarf_Die *die)
{
	uint64_t address;

	if (!fixed_address(die, &address) || g_hash_table_contains(table, &address))
		return;
	uint64_t *key = g_new(uint64_t, 1);
	struct entry *entry = g_new(struct entry, 1);
	*key = address;
	entry->die = *die;
	entry->function = walk->function;
	g_hash_table_insert(table, key, entry);
}

static void collect(struct walk *walk, GHashTable *table, Dwarf_Die *scope, unsigned depth);

static void collect_one(struct walk *walk, GHashTable *table, Dwarf_Die *die, unsigned depth)
{
	bool is_local = walk->function.addr;

	switch (dwarf_tag(die)) {
	case DW_TAG_variable:
		if (is_local == walk->is_inside)
			entry_add(walk, table, die);
		break;
	case DW_TAG_namespace:
		collect(walk, table, die, depth + 1);
		break;
	case DW_TAG_lexical_block:
		if (is_local)
			collect(walk, table, die, depth + 1);
		break;
	case DW_TAG_subprogram:
		if (walk->is_inside) {
			Dwarf_Die outer = walk->function;
			walk->function = *die;
			collect(walk, table, die, depth + 1);
			walk->function = outer;
		}
		break;
	default:
		break;
	}
}

static void collect(struct walk *walk, GHashTable *table, Dwarf_Die *scope, unsigned depth)
{
	Dwarf_Die die;

	if (depth > SCOPE_DEPTH_MAX || dwarf_child(scope, &die) != 0)
		return;
	do {
		if (walk->variables->dies_left == 0)
			return;
		walk->variables->dies_left--;
		collect_one(walk, table, &die, depth);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static GHashTable *table_load(struct variables *variables, bool is_inside)
{
	GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	struct walk walk = { .variables = variables, .is_inside = is_inside };
	Dwarf_CU *cu = NULL;
	Dwarf_Die head, body;
	uint8_t type;

	while (dwarf_get_units(variables->dwarf, cu, &cu, NULL, &type, &head, &body) == 0) {
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			collect(&walk, table, body.addr ? &body : &head, 0);
	}
	return table;
}

static struct entry *entry_find(struct variables *variables, uint64_t address,
				bool looks_in_functions)
{
	if (!variables->outside)
		variables->outside = table_load(variables, false);
	struct entry *entry = g_hash_table_lookup(variables->outside, &address);
	if (entry || !looks_in_functions)
		return entry;
	if (!variables->inside)
		variables->inside = table_load(variables, true);
	return g_hash_table_lookup(variables->inside, &address);
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;

	return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) &&
	       dwarf_peel_type(&type, ret) == 0;
}

static bool is_aggregate(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_array_type;
}

static bool is_reserved(const char *name)
{
	return name[0] == '_' && (name[1] == '_' || isupper((unsigned char)name[1]));
}

/* Sizes of the dimensions, 0 for an unknown one. Returns how many, 0 for too many. */
static unsigned dimensions(Dwarf_Die *array, uint64_t sizes[static DIMENSIONS_MAX])
{
	unsigned count = 0;
	Dwarf_Attribute size;
	Dwarf_Word value;
	Dwarf_Die die;

	if (dwarf_child(array, &die) != 0)
		return 0;
	do {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		if (count == DIMENSIONS_MAX)
			return 0;
		sizes[count] = 0;
		if (dwarf_formudata(dwarf_attr(&die, DW_AT_count, &size), &value) == 0)
			sizes[count] = value;
		else if (dwarf_formudata(dwarf_attr(&die, DW_AT_upper_bound, &size), &value) == 0)
			sizes[count] = value + 1;
		count++;
	} while (dwarf_siblingof(&die, &die) == 0);
	return count;
}

/* From an array to the element at *offset. */
static bool enter_element(struct part *part, Dwarf_Die *type, uint64_t *offset)
{
	uint64_t sizes[DIMENSIONS_MAX], index[DIMENSIONS_MAX];
	unsigned count = dimensions(type, sizes);
	Dwarf_Die element;
	Dwarf_Word size;

	if (count == 0 || !type_of(type, &element) || dwarf_aggregate_size(&element, &size) != 0 ||
	    size == 0)
		return false;
	if (part->is_hidden && !is_aggregate(&element))
		return false;
	uint64_t linear = *offset / size;
	for (unsigned i = count; i-- > 1;) {
		if (sizes[i] == 0)
			return false;
		index[i] = linear % sizes[i];
		linear /= sizes[i];
	}
	index[0] = linear;
	for (unsigned i = 0; i < count; i++) {
		g_string_append_printf(part->text, "[%" G_GUINT64_FORMAT "]", index[i]);
		g_string_append(part->stable, "[]");
	}
	*offset %= size;
	*type = element;
	part->rest = *offset;
	part->is_hidden = false;
	return true;
}

/* Whether member, of type, has the byte at offset; start: its first byte. */
static bool member_has(Dwarf_Die *member, uint64_t offset, Dwarf_Die *type, uint64_t *start)
{
	Dwarf_Attribute attribute;
	Dwarf_Word location = 0, size;
	int tag = dwarf_tag(member);

	if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
	    dwarf_hasattr(member, DW_AT_declaration) || dwarf_hasattr(member, DW_AT_bit_size))
		return false;
	/* A virtual base has an expression here: not for us. */
	if (dwarf_attr_integrate(member, DW_AT_data_member_location, &attribute) &&
	    dwarf_formudata(&attribute, &location) != 0)
		return false;
	if (!type_of(member, type) || dwarf_aggregate_size(type, &size) != 0)
		return false;
	*start = location;
	return offset >= location && offset - location < size;
}

/* From a structure, class or union to its first member at *offset. */
static bool enter_member(struct part *part, Dwarf_Die *type, uint64_t *offset, unsigned *budget)
{
	Dwarf_Die member, inner;
	uint64_t start;

	if (dwarf_child(type, &member) != 0)
		return false;
	while (!member_has(&member, *offset, &inner, &start)) {
		if (--*budget == 0 || dwarf_siblingof(&member, &member) != 0)
			return false;
	}
	const char *name = dwarf_tag(&member) == DW_TAG_member ? dwarf_diename(&member) : NULL;
	*offset -= start;
	*type = inner;
	if (name && is_reserved(name)) {
		part->is_hidden = true;
	} else if (name) {
		g_string_append_printf(part->text, ".%s", name);
		g_string_append_printf(part->stable, ".%s", name);
		part->rest = *offset;
	}
	return true;
}

/* An object of the native library at its beginning, whose members are nobody's business. */
static bool is_native(Dwarf_Die *type, uint64_t offset)
{
	const char *name = offset == 0 ? dwarf_diename(type) : NULL;

	return name && g_str_has_prefix(name, "heddle_");
}

static void describe(struct part *part, Dwarf_Die type, uint64_t offset)
{
	unsigned budget = 100000;

	for (unsigned depth = 0; depth < TYPE_DEPTH_MAX && is_aggregate(&type); depth++) {
		if (is_native(&type, offset))
			break;
		bool is_array = dwarf_tag(&type) == DW_TAG_array_type;
		if (is_array ? !enter_element(part, &type, &offset)
			     : !enter_member(part, &type, &offset, &budget))
			break;
	}
	if (part->rest)
		g_string_append_printf(part->text, "+%" G_GUINT64_FORMAT, part->rest);
}

bool variables_find(struct variables *variables, uint64_t address, bool looks_in_functions,
		    uint64_t offset, struct variable *ret)
{
	struct entry *entry = entry_find(variables, address - variables->bias, looks_in_functions);
	struct part part = { ret->part, ret->stable_part, offset, false };
	Dwarf_Die type, unit;

	if (!entry)
		return false;
	ret->name = dwarf_diename(&entry->die);
	ret->function = entry->function.addr ? dwarf_diename(&entry->function) : NULL;
	/* Not the file that declares it: a header's static is another variable in each unit. */
	ret->file = dwarf_diecu(&entry->die, &unit, NULL, NULL) ? dwarf_diename(&unit) : NULL;
	ret->made_file = dwarf_decl_file(&entry->die);
	if (dwarf_decl_line(&entry->die, &ret->made_line) != 0)
		ret->made_file = NULL;
	if (type_of(&entry->die, &type))
		describe(&part, type, offset);
	else if (offset)
		g_string_append_printf(ret->part, "+%" G_GUINT64_FORMAT, offset);
	return true;
}
