/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From addresses to units to functions to inlined calls, by sorted tables made on first use. */
#include "analyzer/debuginfo.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/demangle.h"

#define DIES_MAX 100000000 /* visited in all, per module */
#define INLINE_DEPTH_MAX 128
#define SCOPE_DEPTH_MAX 32

/* Code of a unit or of a function; one of them may have several ranges. */
struct range {
	uint64_t low, high;
	unsigned unit; /* index in units */
	Dwarf_Die die; /* of the function */
};

struct unit {
	Dwarf_Die head;	   /* has the line table */
	Dwarf_Die body;	   /* has the functions; not the same for split DWARF */
	GArray *functions; /* struct range, NULL before the first use */
};

struct debuginfo {
	Dwarf *dwarf;
	Dwarf_Addr bias;
	GStringChunk *strings; /* Weak */
	GArray *units;	       /* struct unit */
	GArray *ranges;	       /* struct range, of units */
	unsigned dies_left;
};

static void unit_done(void *pointer)
{
	struct unit *unit = pointer;

	g_clear_pointer(&unit->functions, g_array_unref);
}

struct debuginfo *debuginfo_new(Dwfl_Module *module, GStringChunk *strings)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);

	if (!dwarf)
		return NULL;
	struct debuginfo *debuginfo = g_new0(struct debuginfo, 1);
	debuginfo->dwarf = dwarf;
	debuginfo->bias = bias;
	debuginfo->strings = strings;
	debuginfo->dies_left = DIES_MAX;
	return debuginfo;
}

void debuginfo_free(struct debuginfo *debuginfo)
{
	if (!debuginfo)
		return;
	g_clear_pointer(&debuginfo->units, g_array_unref);
	g_clear_pointer(&debuginfo->ranges, g_array_unref);
	g_free(debuginfo);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *one = a, *other = b;

	if (one->low != other->low)
		return one->low < other->low ? -1 : 1;
	/* The wider first: a search from the end meets the narrower one first. */
	return (one->high < other->high) - (one->high > other->high);
}

/* The range that contains address. Ranges that overlap are a fault of the file. */
static struct range *range_find(GArray *ranges, uint64_t address)
{
	guint low = 0, high = ranges->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		if (g_array_index(ranges, struct range, middle).low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	struct range *range = &g_array_index(ranges, struct range, low - 1);
	return address < range->high ? range : NULL;
}

static void ranges_add(GArray *ranges, Dwarf_Die *owner, Dwarf_Die *die, unsigned unit)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t next = 0;

	while ((next = dwarf_ranges(owner, next, &base, &low, &high)) > 0) {
		struct range range = { low, high, unit, *die };
		if (low < high)
			g_array_append_val(ranges, range);
	}
}

static void units_load(struct debuginfo *debuginfo)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die head, body;
	uint8_t type;

	debuginfo->units = g_array_new(FALSE, TRUE, sizeof(struct unit));
	g_array_set_clear_func(debuginfo->units, unit_done);
	debuginfo->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
	while (dwarf_get_units(debuginfo->dwarf, cu, &cu, NULL, &type, &head, &body) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		struct unit unit = { head, body.addr ? body : head, NULL };
		ranges_add(debuginfo->ranges, &head, &head, debuginfo->units->len);
		g_array_append_val(debuginfo->units, unit);
	}
	g_array_sort(debuginfo->ranges, compare_ranges);
}

static bool is_scope(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_module;
}

static void functions_collect(struct debuginfo *debuginfo, GArray *functions, Dwarf_Die *scope,
			      unsigned depth)
{
	Dwarf_Die die;

	if (depth > SCOPE_DEPTH_MAX || dwarf_child(scope, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);
		if (debuginfo->dies_left == 0)
			return;
		debuginfo->dies_left--;
		if (tag == DW_TAG_subprogram)
			ranges_add(functions, &die, &die, 0);
		else if (is_scope(tag))
			functions_collect(debuginfo, functions, &die, depth + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static GArray *unit_functions(struct debuginfo *debuginfo, struct unit *unit)
{
	if (!unit->functions) {
		unit->functions = g_array_new(FALSE, FALSE, sizeof(struct range));
		functions_collect(debuginfo, unit->functions, &unit->body, 0);
		g_array_sort(unit->functions, compare_ranges);
	}
	return unit->functions;
}

/* The child of scope that has address, to *ret, which may be scope. */
static bool child_with(struct debuginfo *debuginfo, Dwarf_Die *scope, uint64_t address,
		       Dwarf_Die *ret)
{
	Dwarf_Die die;

	if (dwarf_child(scope, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		if (debuginfo->dies_left == 0)
			return false;
		debuginfo->dies_left--;
		if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
		     tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
		    dwarf_haspc(&die, address) == 1) {
			*ret = die;
			return true;
		}
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

/* The function and the calls inlined at address, outermost first. */
static unsigned calls_at(struct debuginfo *debuginfo, Dwarf_Die *function, uint64_t address,
			 Dwarf_Die calls[static INLINE_DEPTH_MAX])
{
	Dwarf_Die scope = *function;
	unsigned count = 1;

	calls[0] = *function;
	while (count < INLINE_DEPTH_MAX && child_with(debuginfo, &scope, address, &scope)) {
		if (dwarf_tag(&scope) == DW_TAG_inlined_subroutine)
			calls[count++] = scope;
	}
	return count;
}

static const char *attribute_string(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

static const char *function_name(struct debuginfo *debuginfo, Dwarf_Die *die)
{
	const char *symbol = attribute_string(die, DW_AT_linkage_name);

	if (!symbol)
		symbol = attribute_string(die, DW_AT_MIPS_linkage_name);
	char *demangled = symbol ? demangle(symbol, true) : NULL;
	const char *name = demangled ? demangled : dwarf_diename(die);
	const char *copy = name ? g_string_chunk_insert_const(debuginfo->strings, name) : NULL;
	free(demangled);
	return copy;
}

/* Without "./" at the beginning and within. */
static char *without_dots(const char *path)
{
	GString *out = g_string_new(NULL);

	while (*path) {
		bool at_start = out->len == 0 || out->str[out->len - 1] == '/';
		if (at_start && path[0] == '.' && path[1] == '/') {
			path += 2;
			while (*path == '/')
				path++;
			continue;
		}
		g_string_append_c(out, *path++);
	}
	return g_string_free(out, FALSE);
}

const char *debuginfo_path(GStringChunk *strings, const char *file, const char *directory,
			   const char *unit_name)
{
	size_t length = directory ? strlen(directory) : 0;

	while (length > 0 && directory[length - 1] == '/')
		length--;
	if (length > 0 && unit_name && unit_name[0] != '/' &&
	    strncmp(file, directory, length) == 0 && file[length] == '/' && file[length + 1])
		file += length + 1;
	g_autofree char *tidy = without_dots(file);
	return g_string_chunk_insert_const(strings, tidy);
}

static const char *unit_path(struct debuginfo *debuginfo, struct unit *unit, const char *file)
{
	if (!file)
		return NULL;
	return debuginfo_path(debuginfo->strings, file,
			      attribute_string(&unit->head, DW_AT_comp_dir),
			      attribute_string(&unit->head, DW_AT_name));
}

static const char *unit_directory(struct debuginfo *debuginfo, struct unit *unit)
{
	const char *directory = attribute_string(&unit->head, DW_AT_comp_dir);

	return directory ? g_string_chunk_insert_const(debuginfo->strings, directory) : NULL;
}

static void set_line(struct debuginfo *debuginfo, struct unit *unit, uint64_t address,
		     struct source_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->head, address);

	if (!line)
		return;
	frame->file = unit_path(debuginfo, unit, dwarf_linesrc(line, NULL, NULL));
	if (dwarf_lineno(line, &frame->line) != 0)
		frame->line = 0;
}

/* Where the inlined call came from. */
static void set_call(struct debuginfo *debuginfo, struct unit *unit, Dwarf_Die *call,
		     struct source_frame *frame)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word file, line;

	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_line, &attribute), &line) == 0 &&
	    line <= INT_MAX)
		frame->line = (int)line;
	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_file, &attribute), &file) == 0 &&
	    dwarf_getsrcfiles(&unit->body, &files, NULL) == 0)
		frame->file = unit_path(debuginfo, unit, dwarf_filesrc(files, file, NULL, NULL));
}

unsigned debuginfo_frames(struct debuginfo *debuginfo, uint64_t address, GArray *frames)
{
	Dwarf_Die calls[INLINE_DEPTH_MAX];
	uint64_t pc = address - debuginfo->bias;

	if (!debuginfo->units)
		units_load(debuginfo);
	struct range *range = range_find(debuginfo->ranges, pc);
	if (!range)
		return 0;
	struct unit *unit = &g_array_index(debuginfo->units, struct unit, range->unit);
	struct range *function = range_find(unit_functions(debuginfo, unit), pc);
	unsigned count = function ? calls_at(debuginfo, &function->die, pc, calls) : 1;
	const char *directory = unit_directory(debuginfo, unit);
	for (unsigned i = count; i-- > 0;) {
		struct source_frame frame = { .is_inlined = i > 0, .directory = directory };
		if (function)
			frame.function = function_name(debuginfo, &calls[i]);
		if (i + 1 == count)
			set_line(debuginfo, unit, pc, &frame);
		else
			set_call(debuginfo, unit, &calls[i + 1], &frame);
		g_array_append_val(frames, frame);
	}
	return count;
}
