/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file an address belongs to, told once to the trace; which addresses are the tracer's. */
#include "primitives/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "primitives/told.h"
#include "primitives/wrap.h"

struct range {
	uint64_t start, end;
};

/* The tracer's libraries. Written while the process has no second thread of the program. */
#define TRACER_MAX 32
static struct range tracer[TRACER_MAX];
static unsigned tracer_count;
static struct range tracer_bounds = { UINT64_MAX, 0 };

#define TOLD_SIZE 1024
static _Atomic uint64_t told[TOLD_SIZE];

/* The module that this thread met last. */
static __thread struct range latest __attribute__((tls_model("initial-exec")));

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_tracer_name(const char *path)
{
	static const char *const prefixes[] = { "liblttng-ust", "libheddle-provider" };
	const char *name = base_name(path);

	for (unsigned i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

static void tracer_add(struct range range)
{
	for (unsigned i = 0; i < tracer_count; i++) {
		if (tracer[i].start == range.start)
			return;
	}
	if (tracer_count == TRACER_MAX)
		return;
	tracer[tracer_count++] = range;
	if (range.start < tracer_bounds.start)
		tracer_bounds.start = range.start;
	if (range.end > tracer_bounds.end)
		tracer_bounds.end = range.end;
}

static int tracer_visit(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	if (!info->dlpi_name || !is_tracer_name(info->dlpi_name))
		return 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X) {
			uint64_t start = info->dlpi_addr + segment->p_vaddr;
			tracer_add((struct range){ start, start + segment->p_memsz });
		}
	}
	return 0;
}

void modules_find_tracer(void)
{
	dl_iterate_phdr(tracer_visit, NULL);
}

static bool range_has(const struct range *range, uint64_t address)
{
	return address - range->start < range->end - range->start;
}

bool modules_is_tracer(uint64_t address)
{
	if (!tracer_count || !range_has(&tracer_bounds, address))
		return false;
	for (unsigned i = 0; i < tracer_count; i++) {
		if (range_has(&tracer[i], address))
			return true;
	}
	return false;
}

/* Hex digits of the build id in a note segment of size bytes, or nothing. */
static void build_id_from_notes(const char *note, size_t size, char *hex, size_t hex_size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *head = (const void *)note;
		size_t name_size = (head->n_namesz + 3UL) & ~3UL;
		size_t length = sizeof(*head) + name_size + ((head->n_descsz + 3UL) & ~3UL);
		const unsigned char *bytes = (const void *)(note + sizeof(*head) + name_size);

		if (length > size)
			return;
		if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
		    memcmp(note + sizeof(*head), "GNU", 4) == 0) {
			for (size_t i = 0; i < head->n_descsz && 2 * i + 2 < hex_size; i++) {
				hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
				hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
				hex[2 * i + 2] = '\0';
			}
			return;
		}
		note += length;
		size -= length;
	}
}

static void build_id_read(const struct dl_find_object *object, char *hex, size_t hex_size)
{
	const ElfW(Ehdr) *head = object->dlfo_map_start;
	uint64_t bias = object->dlfo_link_map->l_addr;
	uint64_t end = (uint64_t)object->dlfo_map_end;

	hex[0] = '\0';
	if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
		return;
	const ElfW(Phdr) *segments = (const void *)((const char *)head + head->e_phoff);
	for (unsigned i = 0; i < head->e_phnum && !hex[0]; i++) {
		uint64_t start = bias + segments[i].p_vaddr;

		if (segments[i].p_type == PT_NOTE && start >= (uint64_t)head &&
		    segments[i].p_memsz <= end - start)
			build_id_from_notes((const char *)start, segments[i].p_memsz, hex,
					    hex_size);
	}
}

/* An absolute path of the module where that can be had. */
static const char *module_path(const char *name, char *path, size_t size)
{
	if (!name[0]) {
		ssize_t length = readlink("/proc/self/exe", path, size - 1);
		path[length > 0 ? length : 0] = '\0';
		return path;
	}
	if (name[0] == '/' || !getcwd(path, size))
		return name;
	size_t length = strlen(path);
	if (length + 1 + strlen(name) + 1 > size)
		return name;
	path[length] = '/';
	strcpy(path + length + 1, name);
	return path;
}

static void module_emit(const struct dl_find_object *object)
{
	char path[PATH_MAX];
	char build_id[65];
	const char *name = object->dlfo_link_map->l_name;

	build_id_read(object, build_id, sizeof(build_id));
	struct event event = {
		.type = EVENT_process_module,
		.object = (uint64_t)object->dlfo_map_start,
		.other = (uint64_t)object->dlfo_map_end - (uint64_t)object->dlfo_map_start,
		.text = module_path(name ? name : "", path, sizeof(path)),
		.build_id = build_id,
	};
	wrap_write(&event);
}

void modules_note(uint64_t address)
{
	struct dl_find_object object;

	if (range_has(&latest, address))
		return;
	/* Takes no lock, and may be called in signal handlers. */
	if (_dl_find_object((void *)address, &object) != 0)
		return;
	latest = (struct range){ (uint64_t)object.dlfo_map_start, (uint64_t)object.dlfo_map_end };
	uint64_t key = told_mix(latest.start) ^ told_mix(latest.end) ^
		       told_mix((uint64_t)object.dlfo_link_map->l_ld);
	if (told_claim(told, TOLD_SIZE, key))
		module_emit(&object);
}

uint64_t modules_program(void)
{
	return getauxval(AT_PHDR);
}

void modules_after_fork(void)
{
	latest = (struct range){ 0, 0 };
	for (unsigned i = 0; i < TOLD_SIZE; i++)
		atomic_store_explicit(&told[i], 0, memory_order_relaxed);
}
