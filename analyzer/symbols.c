/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of a trace's modules, by libdwfl: each in a Dwfl of its own, at the file's addresses. */
#include "analyzer/symbols.h"

#include <ctype.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/demangle.h"
#include "analyzer/symtab.h"
#include "analyzer/variables.h"
#include "libtrace/error.h"

#define PAGE_MASK 4095UL

struct file {
	Dwfl *dwfl; /* NULL: no symbols */
	struct symtab *symtab;
	struct debuginfo *debuginfo; /* NULL none */
	struct variables *variables; /* NULL none */
	uint64_t first;		     /* address of the first mapped page in the ELF file */
	bool is_fixed;		     /* loaded where the ELF file says */
	GHashTable *code;	     /* address to struct source_frames */
};

struct symbols {
	GHashTable *files; /* path, newline, build id: struct file */
	GStringChunk *strings;
};

static void frames_free(void *pointer)
{
	struct source_frames *frames = pointer;

	g_free((struct source_frame *)frames->frames);
	g_free(frames);
}

static void file_free(void *pointer)
{
	struct file *file = pointer;

	g_hash_table_unref(file->code);
	symtab_free(file->symtab);
	debuginfo_free(file->debuginfo);
	variables_free(file->variables);
	if (file->dwfl)
		dwfl_end(file->dwfl);
	g_free(file);
}

struct symbols *symbols_new(void)
{
	struct symbols *symbols = g_new0(struct symbols, 1);

	unsetenv("DEBUGINFOD_URLS");
	symbols->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
	symbols->strings = g_string_chunk_new(4096);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	g_hash_table_unref(symbols->files);
	g_string_chunk_free(symbols->strings);
	g_free(symbols);
}

/* A path of a trace may be anything, a device or a pipe too. */
static int open_regular(const char *path)
{
	struct stat status;

	if (path[0] != '/')
		return -1;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return -1;
	int ret = fd;
	fd = -1;
	return ret;
}

static bool has_build_id(Dwfl_Module *module, const char *wanted)
{
	const unsigned char *bits;
	GElf_Addr address;
	int size = dwfl_module_build_id(module, &bits, &address);
	g_autoptr(GString) hex = g_string_new(NULL);

	if (!wanted[0])
		return true;
	for (int i = 0; i < size; i++)
		g_string_append_printf(hex, "%02x", bits[i]);
	return g_ascii_strcasecmp(hex->str, wanted) == 0;
}

/* What the dynamic linker does with the file. */
static bool read_layout(struct file *file, Elf *elf)
{
	GElf_Ehdr head;
	GElf_Phdr segment;
	size_t count;

	if (!elf || !gelf_getehdr(elf, &head) || elf_getphdrnum(elf, &count) != 0 ||
	    (head.e_type != ET_EXEC && head.e_type != ET_DYN))
		return false;
	file->is_fixed = head.e_type == ET_EXEC;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &segment); i++) {
		if (segment.p_type == PT_LOAD) {
			file->first = segment.p_vaddr & ~PAGE_MASK;
			return true;
		}
	}
	return false;
}

static Dwfl_Module *report_file(Dwfl *dwfl, const char *path)
{
	int fd = open_regular(path);

	if (fd < 0)
		return NULL;
	dwfl_report_begin(dwfl);
	Dwfl_Module *module = dwfl_report_elf(dwfl, path, path, fd, 0, true);
	dwfl_report_end(dwfl, NULL, NULL);
	if (!module)
		close(fd);
	return module;
}

static struct file *file_open(struct symbols *symbols, const struct module *module)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct file *file = g_new0(struct file, 1);
	GElf_Addr bias;

	file->code = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, frames_free);
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwfl_Module *found = dwfl ? report_file(dwfl, module->path) : NULL;
	if (!found || !has_build_id(found, module->build_id) ||
	    !read_layout(file, dwfl_module_getelf(found, &bias))) {
		dwfl_end(dwfl);
		return file;
	}
	file->dwfl = dwfl;
	file->symtab = symtab_new(found);
	file->debuginfo = debuginfo_new(found, symbols->strings);
	file->variables = variables_new(found);
	return file;
}

/* The module's file, or NULL where it has no symbols. */
static struct file *file_get(struct symbols *symbols, const struct module *module)
{
	g_autofree char *key = g_strdup_printf("%s\n%s", module->path, module->build_id);
	struct file *file = g_hash_table_lookup(symbols->files, key);

	if (!file) {
		file = file_open(symbols, module);
		g_hash_table_insert(symbols->files, g_steal_pointer(&key), file);
	}
	return file->dwfl ? file : NULL;
}

static uint64_t file_address(const struct file *file, const struct module *module, uint64_t address)
{
	return file->is_fixed ? address : address - module->start + file->first;
}

/* A symbol as people write it; the linker's version and the compiler's numbers come off. */
static const char *plain_name(struct symbols *symbols, const char *name, bool has_parameters)
{
	char *demangled = demangle(name, has_parameters);
	size_t length = strcspn(name, "@");

	if (demangled) {
		const char *copy = g_string_chunk_insert_const(symbols->strings, demangled);
		free(demangled);
		return copy;
	}
	g_autofree char *cut = g_strndup(name, length);
	while (length > 0 && isdigit((unsigned char)cut[length - 1]))
		length--;
	if (length > 1 && cut[length] && cut[length - 1] == '.')
		cut[length - 1] = '\0';
	return g_string_chunk_insert_const(symbols->strings, cut);
}

static const char *symbol_function(struct symbols *symbols, struct file *file, uint64_t address,
				   bool has_parameters)
{
	const struct symbol *symbol = symtab_find(file->symtab, address);

	return symbol ? plain_name(symbols, symbol->name, has_parameters) : NULL;
}

static struct source_frames *frames_load(struct symbols *symbols, struct file *file,
					 uint64_t address)
{
	GArray *frames = g_array_new(FALSE, TRUE, sizeof(struct source_frame));
	struct source_frames *ret = g_new0(struct source_frames, 1);

	if (!file->debuginfo || debuginfo_frames(file->debuginfo, address, frames) == 0)
		g_array_set_size(frames, 1);
	struct source_frame *outermost =
		&g_array_index(frames, struct source_frame, frames->len - 1);
	if (!outermost->function)
		outermost->function = symbol_function(symbols, file, address, true);
	ret->count = outermost->function || outermost->file ? frames->len : 0;
	ret->frames = (struct source_frame *)g_array_free(frames, FALSE);
	return ret;
}

struct source_frames symbols_code(struct symbols *symbols, const struct module *module,
				  uint64_t address)
{
	struct file *file = file_get(symbols, module);

	if (!file)
		return (struct source_frames){ NULL, 0 };
	uint64_t *key = g_new(uint64_t, 1);
	*key = file_address(file, module, address);
	struct source_frames *frames = g_hash_table_lookup(file->code, key);
	if (frames) {
		g_free(key);
		return *frames;
	}
	frames = frames_load(symbols, file, *key);
	g_hash_table_insert(file->code, key, frames);
	return *frames;
}

const char *symbols_function(struct symbols *symbols, const struct module *module, uint64_t address)
{
	struct file *file = file_get(symbols, module);

	if (!file)
		return NULL;
	return symbol_function(symbols, file, file_address(file, module, address), false);
}

/* Locals of functions have a number behind their name, or a mangled name within a function's. */
static bool may_be_local(const struct symbol *symbol)
{
	return strchr(symbol->name, '.') || g_str_has_prefix(symbol->name, "_ZZ");
}

/* A file is enough: two files of one name with a lock of one name each are rare. */
static const char *scope_of(struct symbols *symbols, const struct variable *variable)
{
	if (variable->function)
		return g_string_chunk_insert_const(symbols->strings, variable->function);
	if (!variable->file)
		return NULL;
	const char *slash = strrchr(variable->file, '/');
	return g_string_chunk_insert_const(symbols->strings, slash ? slash + 1 : variable->file);
}

static const char *join(struct symbols *symbols, const char *name, const char *part)
{
	g_autofree char *text = g_strconcat(name, part, NULL);

	return g_string_chunk_insert_const(symbols->strings, text);
}

bool symbols_data(struct symbols *symbols, const struct module *module, uint64_t address,
		  struct symbol_data *ret)
{
	struct file *file = file_get(symbols, module);
	uint64_t place = file ? file_address(file, module, address) : 0;
	const struct symbol *symbol = file ? symtab_find(file->symtab, place) : NULL;

	if (!symbol || symbol->is_function)
		return false;
	g_autoptr(GString) part = g_string_new(NULL);
	g_autoptr(GString) stable = g_string_new(NULL);
	struct variable variable = { .part = part, .stable_part = stable };
	uint64_t offset = place - symbol->address;
	const char *name = plain_name(symbols, symbol->name, false);

	if (file->variables && variables_find(file->variables, symbol->address,
					      may_be_local(symbol), offset, &variable)) {
		/* Of a mangled name the demangled one tells more. */
		if (variable.name && !g_str_has_prefix(symbol->name, "_Z"))
			name = variable.name;
	} else if (offset) {
		g_string_append_printf(part, "+%" G_GUINT64_FORMAT, offset);
	}
	ret->name = join(symbols, name, part->str);
	ret->stable = join(symbols, name, stable->str);
	ret->file = variable.made_file;
	ret->line = variable.made_line;
	/* A mangled name within a function's says whose it is. */
	bool is_told = !symbol->is_local || g_str_has_prefix(symbol->name, "_ZZ");
	ret->scope = is_told ? NULL : scope_of(symbols, &variable);
	return true;
}
